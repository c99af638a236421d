"""The collector of cycles rests where it says so, and nowhere else."""

from __future__ import annotations

import gc
import subprocess
import sys

import pytest

from bnsym.collector import loading, uncollected


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
