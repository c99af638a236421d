"""Random computations, read from a document and compiled, against complex steps through the same in NumPy."""

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given

import bnsym
from bnsym.compile import lambdify
from bnsym.testing import Computation, complex_step, computations
from tests.support.thorough import examples


def compare(computation: Computation, backend: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        derivation = bnsym.read(computation.write(Path(folder)))
    assert derivation.document.problem is None, derivation.document.problem
    problems = [s.problem for s in derivation.statements if s.problem]
    assert not problems, problems
    program = lambdify(derivation, sizes=computation.sizes, activation="tanh", backend=backend)
    tensors = {name: computation.tensors[name] for name in program.shapes}
    cost, gradient = program(**tensors)
    expected = computation.cost(computation.tensors)
    assert cost == pytest.approx(expected, rel=1e-10, abs=1e-10)
    for name, found in gradient.items():

        def moved(value, name=name):
            return computation.cost({**computation.tensors, name: value})

        exact = complex_step(moved, tensors[name])
        np.testing.assert_allclose(found, exact, rtol=1e-9, atol=1e-10 * max(1, np.abs(exact).max()), err_msg=name)


@examples(40)
@given(computations())
def test_gradients_are_those_of_a_complex_step(computation):
    compare(computation, "numpy")


@examples(6)
@given(computations())
def test_so_they_are_in_c(computation):
    compare(computation, "compiled")
