"""A time budget a claim: what takes longer is undecided and says so, the rest of the document is judged."""

from __future__ import annotations

import json
import signal
import time
from threading import Thread

import pytest
from click.testing import CliRunner

from bnsym.budget import TimeUp, limited
from bnsym.calculus.prove import Prover
from bnsym.cli import main
from bnsym.kernel.check import check
from bnsym.refute.repair import Repair
from tests.support.documents import DERIVATIONS, edited, read_text, source
from tests.support.refutation import quick

__all__ = ["quick"]
DOCUMENT = DERIVATIONS / "batch_norm_epsilon.md"


def busy(seconds: float) -> None:
    """Something that no `except Exception` ends."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            time.sleep(0.001)
        except Exception:
            continue


def test_what_takes_longer_is_interrupted():
    start = time.monotonic()
    with pytest.raises(TimeUp), limited(0.05):
        busy(20)
    assert time.monotonic() - start < 10
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)


def test_what_is_done_in_time_is_not():
    before = signal.getsignal(signal.SIGALRM)
    for seconds in (None, 30):
        with limited(seconds):
            busy(0.01)
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)
    assert signal.getsignal(signal.SIGALRM) == before


def test_swallowing_it_helps_for_a_while_only():
    with pytest.raises(TimeUp), limited(0.01):
        try:
            busy(20)
        except BaseException:
            busy(20)


def test_another_thread_cannot_be_interrupted():
    found: list[Exception] = []

    def work() -> None:
        try:
            with limited(1):
                found.append(AssertionError("it began"))
        except ValueError as error:
            found.append(error)

    thread = Thread(target=work)
    thread.start()
    thread.join()
    assert [type(error) for error in found] == [ValueError]


def test_a_claim_that_takes_too_long_is_undecided_and_no_other(tmp_path, monkeypatch):
    """The third claim hangs in the middle of a proof; those after it are proved, with certificates that are valid."""
    usual, calls = Prover.record, []

    def record(self, *arguments):
        calls.append(arguments)
        number = usual(self, *arguments)
        if len(calls) == 5:
            busy(60)
        return number

    monkeypatch.setattr(Prover, "record", record)
    arguments = ["verify", "--json", "--timeout", "3", "--certificates", str(tmp_path), str(DOCUMENT)]
    outcome = CliRunner().invoke(main, arguments)
    (document,) = json.loads(outcome.output)["documents"]
    claims = [s for s in document["statements"] if s["verdict"] not in ("definition", "informal")]
    late = [s for s in claims if s["verdict"] != "proved"]
    assert [s["verdict"] for s in late] == ["undecided"] and claims[-1]["verdict"] == "proved"
    assert late[0]["stopped"]["message"] == "it was not decided within 3 s"
    assert outcome.exit_code == 1
    proofs = list(tmp_path.glob("*.json"))
    assert len(proofs) == len(claims) - 1
    for path in proofs:
        check(path.read_bytes())


def test_a_repair_that_takes_too_long_leaves_the_verdict(monkeypatch, quick):
    monkeypatch.setattr(Repair, "offers", lambda self: busy(60))
    text = edited(source("batch_norm_bias"), (r"{\partial b^l} &= 0", r"{\partial \beta^l} &= 0"))
    derivation = read_text(text, timeout=5.0)
    (result,) = [r for r in derivation.verify() if r.is_claim and r.verdict != "proved"]
    assert result.verdict == "refuted" and result.counterexample is not None and result.suggestions == ()


@pytest.mark.parametrize("seconds", ["0", "-1", "soon"])
def test_a_budget_is_a_positive_number(seconds):
    outcome = CliRunner().invoke(main, ["verify", "--timeout", seconds, str(DOCUMENT)])
    assert outcome.exit_code == 2 and "--timeout" in outcome.output
