"""From proved index equations to straight-line NumPy code; see `lambdify`."""

from bnsym.compile.blueprint import Blueprint, lambdify
from bnsym.compile.errors import CompileError, UnprovedError
from bnsym.compile.program import Program

__all__ = ["Blueprint", "CompileError", "Program", "UnprovedError", "lambdify"]
