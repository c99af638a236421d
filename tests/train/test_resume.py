"""Checkpoints: what is lost when a process dies, what comes back, what is refused."""

import multiprocessing
import os
import random
import signal
import tempfile
import threading
import time
from shutil import which

import numpy as np
import pytest

from bnsym import Trainer
from bnsym.train import CheckpointError, DataError, Interrupted, TrainingError
from tests.compile import documents
from tests.support.thorough import THOROUGH
from tests.train.networks import make, samples, state

X, T = samples(100), np.arange(100) % 3
KILLS = 200 if THOROUGH else 6
OPTIONS = {"dtype": "float32", "optimizer": "adam", "schedule": "cosine", "weight_decay": 0.01, "clip": 1.0}


def load(path):
    return Trainer.load(path, derivation=documents.batch_norm())


@pytest.fixture(scope="module")
def finished():
    """A fit that nothing interrupted: 13 batches in each of four epochs."""
    trainer = make(**OPTIONS)
    trainer.fit(X, T, epochs=4, validation=0.1, patience=3)
    return trainer


class Stop(Exception):
    pass


@pytest.mark.parametrize("at", [1, 5, 12, 13, 25, 47])
def test_a_fit_is_resumed_to_the_bit(tmp_path, finished, at):
    path = tmp_path / "run.npz"
    trainer = make(**OPTIONS)
    step = trainer.model.step

    def failing(*arguments):
        if trainer.steps == at:
            raise Stop
        return step(*arguments)

    trainer.model.step = failing
    with pytest.raises(Stop):
        trainer.fit(X, T, epochs=4, validation=0.1, patience=3, checkpoint=path, every=1)
    resumed = load(path)
    assert resumed.steps == at
    assert resumed.resume(X, T) == [record.cost for record in finished.history]
    assert state(resumed) == state(finished)
    assert resumed.history == finished.history
    assert resumed.learning_rate == finished.learning_rate


def test_the_compiled_step_is_resumed_to_the_bit_too(tmp_path):
    if not any(which(name) for name in ("cc", "gcc", "clang")):
        pytest.skip("the backend compiled needs a C compiler")
    whole, half = make(backend="compiled", **OPTIONS), make(backend="compiled", **OPTIONS)
    whole.fit(X, T, epochs=3)

    def stop(record):
        raise Stop

    with pytest.raises(Stop):
        half.fit(X, T, epochs=3, checkpoint=tmp_path / "run.npz", every=5, callback=stop)
    resumed = load(tmp_path / "run.npz")
    assert resumed.steps == 10
    resumed.resume(X, T)
    assert state(resumed) == state(whole)


def test_a_fit_that_is_over_stays_as_it_is(tmp_path, finished):
    finished.save(tmp_path / "run.npz")
    again = load(tmp_path / "run.npz")
    assert again.resume(X, T) == [record.cost for record in finished.history]
    assert state(again) == state(finished)


def test_other_data_are_refused(tmp_path, finished):
    finished.save(tmp_path / "run.npz")
    for other in (X[:-1], X + 1e-3):
        with pytest.raises(DataError, match="not the samples"):
            load(tmp_path / "run.npz").resume(other, T[: len(other)])
    with pytest.raises(TrainingError, match="no fit to resume"):
        make().resume(X, T)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_saves_and_stops_between_two_steps(tmp_path, finished, number):
    path, before = tmp_path / "run.npz", signal.getsignal(number)
    trainer = make(**OPTIONS)
    step = trainer.model.step

    def signalled(*arguments):
        if trainer.steps == 20:
            os.kill(os.getpid(), number)
        return step(*arguments)

    trainer.model.step = signalled
    with pytest.raises(Interrupted, match="epoch 2; saved to") as stopped:
        trainer.fit(X, T, epochs=4, validation=0.1, patience=3, checkpoint=path)
    assert stopped.value.signal == number and stopped.value.path == path
    assert signal.getsignal(number) is before
    resumed = load(path)
    assert resumed.steps == trainer.steps == 21
    resumed.resume(X, T)
    assert state(resumed) == state(finished)


def test_signals_are_left_alone_without_a_checkpoint_and_in_threads(tmp_path):
    def unchanged(record):
        assert signal.getsignal(signal.SIGINT) is before

    before = signal.getsignal(signal.SIGINT)
    make().fit(X, T, epochs=1, callback=unchanged)
    fit = {"epochs": 1, "checkpoint": tmp_path / "run.npz", "callback": unchanged}
    thread = threading.Thread(target=make().fit, args=(X, T), kwargs=fit)
    thread.start()
    thread.join()
    assert load(tmp_path / "run.npz").run.finished


def test_checkpoints_are_written_when_asked(tmp_path, monkeypatch):
    written = []
    monkeypatch.setattr(Trainer, "save", lambda self, path: written.append(self.steps))
    make().fit(X, T, epochs=2, checkpoint=tmp_path / "run.npz", every=10)
    assert written == [10, 20, 26]
    written.clear()
    make().fit(X, T, epochs=2, checkpoint=tmp_path / "run.npz")
    assert written == [13, 26]


# ---------------------------------------------------------------- damage


def test_every_altered_byte_is_noticed(tmp_path, finished):
    path = tmp_path / "run.npz"
    finished.save(path)
    content = path.read_bytes()
    load(path)
    chosen = range(len(content)) if THOROUGH else random.Random(0).sample(range(len(content)), 300)
    for place in chosen:
        altered = bytearray(content)
        altered[place] ^= 1 << place % 8
        path.write_bytes(altered)
        with pytest.raises(CheckpointError, match=r"run\.npz"):
            load(path)


def test_a_file_that_was_cut_off_is_noticed(tmp_path, finished):
    path = tmp_path / "run.npz"
    finished.save(path)
    content = path.read_bytes()
    for length in [*random.Random(0).sample(range(len(content)), 50), len(content) - 1]:
        path.write_bytes(content[:length])
        with pytest.raises(CheckpointError, match=r"run\.npz"):
            load(path)


def test_a_disk_that_is_full_leaves_the_checkpoint_before(tmp_path, monkeypatch):
    path = tmp_path / "run.npz"
    make().save(path)
    before = path.read_bytes()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        make().fit(X, T, epochs=1, checkpoint=path)
    assert path.read_bytes() == before and [p.name for p in tmp_path.iterdir()] == ["run.npz"]


# ---------------------------------------------------------------- processes that die


def train_slowly(path, reached, saving):
    """In a process of its own: begin, or go on with, the fit; shared values tell how far it is."""
    trainer = load(path) if path.exists() else make(**OPTIONS)
    step, sync = trainer.model.step, os.fsync

    def slow(*arguments):
        reached.value = trainer.steps
        time.sleep(0.001)
        return step(*arguments)

    def slow_disk(handle):
        saving.value = 1
        time.sleep(0.002)
        sync(handle)
        saving.value = 0

    trainer.model.step, os.fsync = slow, slow_disk
    if trainer.run is None:
        trainer.fit(X, T, epochs=4, validation=0.1, patience=3, checkpoint=path, every=3)
    else:
        trainer.resume(X, T, checkpoint=path, every=3)


def test_processes_that_are_killed_lose_one_interval_at_most(tmp_path, finished):
    """SIGKILL at random moments, also while a checkpoint is written; resumed each time, begun again when through."""
    path, chance, caught = tmp_path / "run.npz", random.Random(1), 0
    forking = multiprocessing.get_context("fork")  # a new interpreter would take seconds to come to its first step
    for kill in range(KILLS):
        before = load(path).steps if path.exists() else 0
        reached, saving = forking.Value("i", before), forking.Value("i", 0)
        process = forking.Process(target=train_slowly, args=(path, reached, saving))
        process.start()
        time.sleep(chance.random() * 0.4)
        process.kill()
        process.join()
        caught += saving.value
        if not path.exists():
            assert reached.value <= 3
            continue
        trainer = load(path)
        assert trainer.steps >= max(before, reached.value - 3)
        if trainer.run.finished or kill % 3 == 0:
            trainer.resume(X, T)
            assert state(trainer) == state(finished)
            path.unlink()
    assert caught or not THOROUGH
    finished.save(path)
    assert [file.name for file in tmp_path.iterdir()] == ["run.npz"]


def save_and_die(trainer, path):
    """In a process of its own: all bytes are written, the name is not yet given."""
    os.fsync = lambda handle: os.kill(os.getpid(), signal.SIGKILL)
    trainer.save(path)


def test_what_a_killed_process_left_is_removed_and_nothing_else(tmp_path, finished):
    path = tmp_path / "run[1].npz"
    finished.save(path)
    before = path.read_bytes()
    process = multiprocessing.get_context("fork").Process(target=save_and_die, args=(make(), path))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL and path.read_bytes() == before
    (left,) = set(tmp_path.iterdir()) - {path}
    others = [tmp_path / name for name in (".run[1].npz.original", ".run1.npz.12345678.unfinished", ".run[1].npz.~")]
    for other in others:
        other.write_text("mine")
    link = tmp_path / ".run[1].npz.abcdefgh.unfinished"
    link.symlink_to(others[0])
    finished.save(path)
    assert set(tmp_path.iterdir()) == {path, link, *others} and {other.read_text() for other in others} == {"mine"}
    assert load(path).steps == finished.steps and not left.exists()


def test_what_another_process_is_writing_is_left_alone(tmp_path, finished, monkeypatch):
    """Two trainers may save to one name at a time: the last to finish stays, whole."""
    path, sync, other = tmp_path / "run.npz", os.fsync, make()

    def slow_disk(handle):
        monkeypatch.setattr(os, "fsync", sync)
        other.save(path)
        assert len(list(tmp_path.iterdir())) == 2
        sync(handle)

    monkeypatch.setattr(os, "fsync", slow_disk)
    finished.save(path)
    assert load(path).steps == finished.steps and list(tmp_path.iterdir()) == [path]


def test_a_name_that_is_taken_away_before_it_is_locked_is_made_again(tmp_path, finished, monkeypatch):
    usual, taken = tempfile.mkstemp, []

    def taken_away(**options):
        handle, name = usual(**options)
        if not taken:
            os.unlink(name)
        taken.append(name)
        return handle, name

    monkeypatch.setattr(tempfile, "mkstemp", taken_away)
    finished.save(tmp_path / "run.npz")
    assert len(taken) == 2 and list(tmp_path.iterdir()) == [tmp_path / "run.npz"]
