"""Refutation: exact evaluation of terms over concrete instances of a cost graph, and counterexamples that replay.

It shares neither the chain rule nor the evaluation with the kernel or with SymPy, so that it is a second
oracle for both; it is never what makes a claim proved.
"""

from bnsym.refute.counterexample import Counterexample, find_counterexample, replay
from bnsym.refute.evaluate import Instance

__all__ = ["Counterexample", "Instance", "find_counterexample", "replay"]
