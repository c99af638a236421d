"""The collector of cycles rests where it says so, and nowhere else."""

from __future__ import annotations

import gc
import subprocess
import sys

import pytest

from bnsym.collector import loading, uncollected
from tests.support.documents import read_text, shown
from tests.test_untrusted import SMALL

BY_W = r"\frac{\partial C}{\partial w_i} = "
SLOPE = r"\sum_s \frac{\partial C}{\partial y_{si}} g'(w_i x_{si}) x_{si} / \sigma_i"


@pytest.mark.parametrize("rest", [uncollected, loading])
def test_it_goes_on_afterwards(rest):
    with rest():
        assert not gc.isenabled()
    assert gc.isenabled()
    with pytest.raises(KeyError), rest():
        raise KeyError
    assert gc.isenabled()


@pytest.mark.parametrize("rest", [uncollected, loading])
def test_whoever_has_stopped_it_keeps_it_stopped(rest):
    gc.disable()
    try:
        with rest():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_what_was_loaded_is_passed_over_and_what_comes_later_is_not():
    script = (
        "import gc\nfrom bnsym.collector import loading\n"
        "class Loop: pass\n"
        "with loading(): import json\n"
        "frozen = gc.get_freeze_count()\n"
        "assert frozen > 1000\n"
        "with loading(): loop = Loop(); loop.self = loop\n"
        "assert gc.get_freeze_count() == frozen\n"
        "del loop\n"
        "assert gc.collect() > 0\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (BY_W + SLOPE, "proved"),
        (BY_W + "2 " + SLOPE, "refuted"),
        (BY_W + " + ".join(f"{SLOPE}^{{{k}}}" for k in range(2, 60)), "undecided"),  # it takes longer than it may
        (r"y_{si} = (\sum_j w_j + \sum_t \sum_j x_{tj} + \sigma_i)^{20}", "refuted"),
    ],
)
def test_judging_makes_hardly_any_cycles_however_it_ends(claim, verdict):
    """So that memory stays what is in use: what a claim leaves to the collector is a few hundred objects."""
    derivation = read_text(SMALL + shown([claim]), timeout=0.01 if verdict == "undecided" else None)
    gc.collect()
    gc.disable()
    try:
        (*_, result) = derivation.verify(repairs=False)
        assert result.verdict == verdict
        assert gc.collect() < 5000
    finally:
        gc.enable()
