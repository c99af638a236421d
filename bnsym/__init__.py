"""bnsym: a proof checker for gradient derivations that compiles what it has proved.

    import bnsym
    derivation = bnsym.read("batch_norm.md")
    derivation.verify()

The names below are loaded when they are first used: `import bnsym` loads neither SymPy nor NumPy.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bnsym.compile import Program, lambdify
    from bnsym.derivation import Derivation, read
    from bnsym.train import Trainer
    from bnsym.train.estimators import BatchNormClassifier, BatchNormRegressor

__version__ = "0.1.0"
__all__ = [
    "BatchNormClassifier",
    "BatchNormRegressor",
    "Derivation",
    "Program",
    "Trainer",
    "lambdify",
    "read",
]

_HOME = {
    "Derivation": "bnsym.derivation",
    "read": "bnsym.derivation",
    "Program": "bnsym.compile",
    "lambdify": "bnsym.compile",
    "Trainer": "bnsym.train",
    "BatchNormClassifier": "bnsym.train.estimators",
    "BatchNormRegressor": "bnsym.train.estimators",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'bnsym' has no attribute {name!r}")
    with import_module("bnsym.collector").uncollected():  # not before: the kernel's command loads the kernel alone
        return getattr(import_module(_HOME[name]), name)
