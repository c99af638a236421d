"""From proved index equations to straight-line NumPy code; see `lambdify`."""

from bnsym.compile.errors import CompileError, UnprovedError
from bnsym.compile.program import Blueprint, Program, lambdify

__all__ = ["Blueprint", "CompileError", "Program", "UnprovedError", "lambdify"]
