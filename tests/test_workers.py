"""Work in several processes: order, processes that die, and none that stays behind."""

from __future__ import annotations

import multiprocessing
import os
from contextlib import closing
from time import perf_counter

import pytest

from bnsym.workers import Work, run

WORK = Work("tests.support.work", "work", "lost")


def names(outcomes) -> list[str]:
    return [outcome.partition(" by ")[0] for outcome in outcomes]


@pytest.mark.parametrize("jobs", [1, 2, 5])
def test_outcomes_are_in_the_order_of_the_tasks(jobs):
    tasks = [("a", 0.3), ("b",), ("c", 0.1), ("d",), ("e",)]
    counted = []
    assert names(run(WORK, tasks, jobs, lambda: counted.append(1))) == list("abcde")
    assert len(counted) == len(tasks)
    assert not multiprocessing.active_children()


def test_one_job_is_this_process_and_more_are_not():
    assert list(run(WORK, [("a",), ("b",)], 1)) == [f"a by {os.getpid()}", f"b by {os.getpid()}"]
    assert list(run(WORK, [("a",)], 4)) == [f"a by {os.getpid()}"]
    others = {outcome.partition(" by ")[2] for outcome in run(WORK, [("a", 0.2), ("b", 0.2)], 2)}
    assert len(others) == 2 and str(os.getpid()) not in others


def test_no_tasks():
    assert list(run(WORK, [], 3)) == []


@pytest.mark.parametrize(
    ("what", "how"),
    [("die", "exit code 7"), ("kill", "signal 9"), ("raise", "exit code 1"), ("unpicklable", "exit code 1")],
)  # fmt: skip
def test_a_process_that_dies_loses_its_own_task(what, how, capfd):
    tasks = [("a",), (what,), ("b", 0.1), (what, 0.1), ("c",), ("d",), ("e",)]
    found = names(run(WORK, tasks, 2))
    assert found == ["a", f"{what} lost: {how}", "b", f"{what} lost: {how}", "c", "d", "e"]
    assert capfd.readouterr() == ("", "")
    assert not multiprocessing.active_children()


def test_all_processes_die():
    assert names(run(WORK, [("die",)] * 5, 2)) == ["die lost: exit code 7"] * 5


def test_who_stops_asking_leaves_none_behind():
    start = perf_counter()
    with closing(run(WORK, [("a",), ("b", 60), ("c", 60)], 2)) as outcomes:
        assert next(outcomes).startswith("a")
        assert multiprocessing.active_children()
    assert not multiprocessing.active_children()
    assert perf_counter() - start < 30
