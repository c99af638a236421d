"""Data that are read in pieces: every sample once an epoch, in an order that is shuffled, seeded and can be resumed."""

import numpy as np
import pytest

from bnsym.train import DataError, samples
from bnsym.train.samples import Samples
from tests.train.networks import make, same, state


def mapped(folder, count, width=4, dtype="float32", labels=3):
    """Samples whose first entry is their number, in files that are mapped."""
    X = np.random.default_rng(0).standard_normal((count, width)).astype(dtype)
    X[:, 0] = np.arange(count)
    np.save(folder / "X.npy", X)
    np.save(folder / "T.npy", np.arange(count) % labels)
    return np.load(folder / "X.npy", mmap_mode="r"), np.load(folder / "T.npy", mmap_mode="r")


@pytest.fixture
def small_buffer(monkeypatch):
    """Room for 48 samples of four float32 and a label, in pieces of three."""
    monkeypatch.setattr(samples, "BUFFER", 48 * (4 * 4 + 8))


def source(X, T):
    return Samples.of(X, T, (4,), 3, "float32", True)


@pytest.mark.parametrize("count", [49, 100, 193, 480])
@pytest.mark.parametrize("size", [1, 7, 32, 48, 64, 1000])
def test_an_epoch_has_every_sample_once(tmp_path, small_buffer, count, size):
    data = source(*mapped(tmp_path, count))
    assert data.rows is not None
    batches = list(data.epoch(np.random.default_rng(0), size))
    assert len(batches) == data.batches(size)
    assert all(len(X) == size for X, _ in batches[:-1])
    numbers = np.concatenate([X[:, 0] for X, _ in batches]).astype(int)
    left_over = count % size == 1 and size > 1 and count > 1
    assert len(numbers) == len(set(numbers)) == count - left_over
    targets = np.concatenate([T for _, T in batches])
    assert np.array_equal(targets.argmax(axis=1), numbers % 3)
    assert all(array.flags.c_contiguous and array.dtype == np.float32 for batch in batches for array in batch)


def test_no_more_than_the_buffer_is_read_at_once(tmp_path, small_buffer, monkeypatch):
    data, read = source(*mapped(tmp_path, 480)), []
    monkeypatch.setattr(Samples, "read", lambda self, rows, was=Samples.read: read.append(len(rows)) or was(self, rows))
    for _ in data.epoch(np.random.default_rng(0), 32):
        pass
    assert max(read) == 48 and sum(read) == 480


def test_far_samples_meet_and_epochs_differ(tmp_path, small_buffer):
    data, random = source(*mapped(tmp_path, 480)), np.random.default_rng(0)
    first, second = ([X[:, 0] for X, _ in data.epoch(random, 32)] for _ in range(2))
    assert np.mean([np.ptp(numbers) for numbers in first]) > 300
    assert not np.array_equal(first[0], second[0])


@pytest.mark.parametrize("size", [1, 7, 32, 48, 64])
@pytest.mark.parametrize("in_memory", [False, True])
def test_batches_that_are_passed_change_nothing_behind_them(tmp_path, small_buffer, size, in_memory):
    X, T = mapped(tmp_path, 193)
    data = source(np.array(X), T) if in_memory else source(X, T)
    assert (data.rows is None) == in_memory
    whole, random = list(data.epoch(np.random.default_rng(3), size)), np.random.default_rng(3)
    for passed in range(len(whole) + 1):
        generator = np.random.default_rng(3)
        rest = list(data.epoch(generator, size, passed))
        assert [X.tobytes() for X, _ in rest] == [X.tobytes() for X, _ in whole[passed:]]
        if passed == 0:
            random = generator
        assert generator.bit_generator.state == random.bit_generator.state


def test_a_split_parts_the_samples(tmp_path, small_buffer):
    data = source(*mapped(tmp_path, 100))
    rest, held = data.split(0.2, np.random.default_rng(0))
    numbers = [X[:, 0] for part in (rest, held) for X, _ in part.parts(30)]
    assert len(held) == 20 and sorted(np.concatenate(numbers)) == list(range(100))
    assert [len(X) for X, _ in rest.epoch(np.random.default_rng(0), 32)] == [32, 32, 16]


@pytest.mark.parametrize("fraction", [0.0001, 0.9999])
def test_an_empty_part_is_refused(fraction):
    with pytest.raises(DataError, match="cannot be split"):
        source(np.zeros((10, 4)), np.zeros(10, int)).split(fraction, np.random.default_rng(0))


def test_a_small_map_is_read_as_a_whole(tmp_path):
    assert source(*mapped(tmp_path, 100)).rows is None


def test_training_on_a_map_learns_and_repeats(tmp_path, small_buffer):
    X, T = mapped(tmp_path, 300)
    np.save(tmp_path / "shifted.npy", np.asarray(X) * [0, 1, 1, 1] + 4 * np.eye(3, 4)[T])
    shifted = np.load(tmp_path / "shifted.npy", mmap_mode="r").astype("float32")
    np.save(tmp_path / "shifted.npy", shifted)
    shifted = np.load(tmp_path / "shifted.npy", mmap_mode="r")
    first, second = (make(dtype="float32") for _ in range(2))
    history = first.fit(shifted, T, epochs=4, validation=0.2)
    assert first.history[-1].validation_accuracy > 0.95
    assert second.fit(shifted, T, epochs=4, validation=0.2) == history
    assert same(first.parameters, second.parameters)


def test_training_on_a_map_is_resumed_to_the_bit(tmp_path, small_buffer):
    X, T = mapped(tmp_path, 200)
    path = tmp_path / "run.npz"
    whole = make(dtype="float32")
    whole.fit(X, T, epochs=2)

    class Enough(Exception):
        pass

    def stop(record):
        raise Enough

    broken = make(dtype="float32")
    with pytest.raises(Enough):
        broken.fit(X, T, epochs=2, checkpoint=path, every=7, callback=stop)
    resumed = type(broken).load(path, derivation=broken.derivation)
    assert resumed.run.batch == 21
    resumed.resume(X, T)
    assert state(resumed) == state(whole)


@pytest.mark.parametrize(
    ("row", "column", "value", "said"), [(60, 2, np.nan, r"X\[60, 2\] is nan"), (77, 1, np.inf, r"X\[77, 1\] is inf")]
)
def test_what_is_wrong_in_a_map_is_named_by_its_place(tmp_path, small_buffer, row, column, value, said):
    X, T = mapped(tmp_path, 100)
    X = np.array(X)
    X[row, column] = value
    np.save(tmp_path / "X.npy", X)
    with pytest.raises(DataError, match=said):
        make(dtype="float32").fit(np.load(tmp_path / "X.npy", mmap_mode="r"), T, epochs=1)


def test_a_wrong_label_in_a_map_is_named_by_its_place(tmp_path, small_buffer):
    X, T = mapped(tmp_path, 100)
    T = np.array(T)
    T[83] = 3
    with pytest.raises(DataError, match=r"T\[83\] is the label 3; expected 0 to 2"):
        make(dtype="float32").fit(X, T, epochs=1)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (np.array([0, 10]), "rows go from 0 to 10; there are 10"),
        (np.array([-1, 3]), "rows go from -1"),
        (np.array([True] * 10), "integers"),
        (np.zeros(0, int), "one or more"),
        ([0, 1], "array"),
    ],
)
def test_rows_are_checked(rows, said):
    with pytest.raises(DataError, match=said):
        make().fit(np.zeros((10, 4)), np.zeros(10, int), rows=rows)


def test_rows_are_what_is_trained_on():
    X, T = np.random.default_rng(0).standard_normal((20, 4)), np.arange(20) % 3
    rows, first, second = np.array([1, 5, 7, 8, 13, 19]), make(), make()
    assert first.fit(X, T, rows=rows, epochs=2) == second.fit(X[rows], T[rows], epochs=2)
    assert first.measure(X, T, rows=rows) == second.measure(X[rows], T[rows])
