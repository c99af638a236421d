"""Data sets: what is read, how it is split, and what is wrong where."""

import sys

import numpy as np
import pytest

from bnsym.train import DataError
from bnsym.train.data import load


def write(folder, text):
    path = folder / "data.csv"
    path.write_text(text, encoding="utf-8")
    return path


ROWS = "".join(f"{k},{k / 2},{'ab'[k % 2]}\n" for k in range(10))


def test_csv_with_named_labels_and_a_header(tmp_path):
    data = load(write(tmp_path, "width,height,kind\n" + ROWS), test=0.3)
    assert data.train_x.shape == (7, 2) and data.test_x.shape == (3, 2)
    assert data.classes == ("a", "b") and data.outputs == 2
    for x, t in zip([*data.train_x, *data.test_x], [*data.train_t, *data.test_t], strict=True):
        assert x[0] / 2 == x[1] and t == x[0] % 2


def test_csv_with_numbers_as_labels_keeps_their_order(tmp_path):
    data = load(write(tmp_path, "".join(f"{k},{(10, 2)[k % 2]}\n" for k in range(10))))
    assert data.classes == ("2", "10")


def test_csv_with_numeric_targets(tmp_path):
    data = load(write(tmp_path, "".join(f"{k},{k / 4}\n" for k in range(10))), labels=False)
    assert data.train_t.shape == (8, 1) and data.outputs == 1
    assert np.array_equal(data.train_x / 4, data.train_t)


def test_the_split_is_seeded_and_loses_nothing(tmp_path):
    path = write(tmp_path, ROWS)
    first, second, other = load(path), load(path), load(path, seed=1)
    assert np.array_equal(first.test_x, second.test_x)
    assert sorted([*first.train_x[:, 0], *first.test_x[:, 0]]) == list(range(10))
    assert not np.array_equal(first.train_x, other.train_x)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", r"data\.csv: there are no samples"),
        ("a,b\n", r"data\.csv: there are no samples"),
        (ROWS + "1,2\n", r"data\.csv:11: 2 columns, the lines above have 3"),
        (ROWS + "1,x,a\n", r"data\.csv:11: column 2 is 'x'"),
        (ROWS + "nan,1,a\n", r"data\.csv:11: column 1 is 'nan'"),
        (ROWS + "inf,1,a\n", r"data\.csv:11: column 1 is 'inf'"),
        (ROWS + "1,1,\n", r"data\.csv:11: the label in the last column is missing"),
        ("1\n2\n", r"data\.csv:1: expected numbers and a label"),
        ("1,a\n2,a\n3,a\n", "all samples have the label a"),
        ("1,a\n2,b\n", "cannot be split"),
    ],
)
def test_a_bad_csv_file_is_named_with_its_line(tmp_path, text, said):
    with pytest.raises(DataError, match=said):
        load(write(tmp_path, text))


def test_a_file_that_is_not_text_is_named(tmp_path):
    (tmp_path / "data.csv").write_bytes(b"1,2\n\xff\xfe\x00,\n")
    with pytest.raises(DataError, match=r"data\.csv"):
        load(tmp_path / "data.csv")


def test_numeric_targets_must_be_numbers(tmp_path):
    with pytest.raises(DataError, match="not all numbers"):
        load(write(tmp_path, ROWS), labels=False)


def test_npz(tmp_path):
    X, y = np.arange(20.0).reshape(10, 2), np.arange(10) % 3
    np.savez(tmp_path / "data.npz", X=X, y=y)
    data = load(tmp_path / "data.npz")
    assert data.classes == ("0", "1", "2") and len(data.train_x) == 8
    np.savez(tmp_path / "data.npz", X=X, y=X)
    assert load(tmp_path / "data.npz", labels=False).outputs == 2


@pytest.mark.parametrize(
    ("arrays", "said"),
    [
        ({"X": np.zeros((4, 2))}, "there is no array y"),
        ({"X": np.zeros(4), "y": np.zeros(4)}, "expected"),
        ({"X": np.zeros((4, 2)), "y": np.zeros(3)}, "expected"),
        ({"X": np.full((4, 2), np.inf), "y": np.arange(4)}, "not finite"),
        ({"X": np.array([[print]] * 4, dtype=object), "y": np.arange(4)}, "plain arrays"),
    ],
)
def test_a_bad_npz_file_is_named(tmp_path, arrays, said):
    np.savez(tmp_path / "data.npz", **arrays)
    with pytest.raises(DataError, match=rf"data\.npz.*{said}"):
        load(tmp_path / "data.npz")


def test_junk_is_not_an_npz_file(tmp_path):
    (tmp_path / "data.npz").write_bytes(b"junk")
    with pytest.raises(DataError, match="not an NPZ file"):
        load(tmp_path / "data.npz")


def test_other_sources_are_refused(tmp_path):
    with pytest.raises(DataError, match="expected 'digits'"):
        load("mnist")
    with pytest.raises(DataError, match="fraction"):
        load("digits", test=1.0)
    with pytest.raises(OSError):
        load(tmp_path / "missing.csv")


def test_without_scikit_learn_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(DataError, match=r"pip install bnsym\[data\]"):
        load("digits")
