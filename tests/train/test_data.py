"""Data sets: what is read, how it is split, and what is wrong where."""

import sys

import numpy as np
import pytest

from bnsym.train import DataError, MissingExtraError, maps, tables
from bnsym.train.data import load


def write(folder, text):
    path = folder / "data.csv"
    path.write_text(text, encoding="utf-8")
    return path


ROWS = "".join(f"{k},{k / 2},{'ab'[k % 2]}\n" for k in range(10))


def test_csv_with_named_labels_and_a_header(tmp_path):
    data = load(write(tmp_path, "width,height,kind\n" + ROWS), test=0.3)
    assert data.X.shape == (10, 2) and len(data.train) == 7 and len(data.test) == 3
    assert data.classes == ("a", "b") and data.outputs == 2
    for x, t in zip(data.X, data.T, strict=True):
        assert x[0] / 2 == x[1] and t == x[0] % 2


def test_csv_with_numbers_as_labels_keeps_their_order(tmp_path):
    data = load(write(tmp_path, "".join(f"{k},{(10, 2)[k % 2]}\n" for k in range(10))))
    assert data.classes == ("2", "10")


def test_csv_with_numeric_targets(tmp_path):
    data = load(write(tmp_path, "".join(f"{k},{k / 4}\n" for k in range(10))), labels=False)
    assert data.T.shape == (10, 1) and data.outputs == 1 and len(data.train) == 8
    assert np.array_equal(data.X / 4, data.T)


def test_the_split_is_seeded_and_loses_nothing(tmp_path):
    path = write(tmp_path, ROWS)
    first, second, other = load(path), load(path), load(path, seed=1)
    assert np.array_equal(first.test, second.test)
    assert sorted([*first.train, *first.test]) == list(range(10))
    assert not np.array_equal(first.train, other.train)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", r"data\.csv: there are no samples"),
        ("a,b\n", r"data\.csv: there are no samples"),
        (ROWS + "1,2\n", r"data\.csv:11: 2 columns, the lines above have 3"),
        (ROWS + "1,x,a\n", r"data\.csv:11: column 2 is 'x'"),
        (ROWS + "nan,1,a\n", r"data\.csv:11: column 1 is 'nan'"),
        (ROWS + "inf,1,a\n", r"data\.csv:11: column 1 is 'inf'"),
        (ROWS + "1,1,\n", r"data\.csv:11: the last column, the label or target, is empty"),
        ("1\n2\n", r"data\.csv:1: expected numbers, and a label"),
        ("1,a\n2,a\n3,a\n", "all samples have the label a"),
        ("1,a\n2,b\n", "cannot be split"),
        ("1,0.5\n2,1\n3,0.25\n", r"data\.csv: the label 0\.25 is not whole: .* squared-error"),
    ],
)
def test_a_bad_csv_file_is_named_with_its_line(tmp_path, text, said):
    with pytest.raises(DataError, match=said):
        load(write(tmp_path, text))


def test_a_file_that_is_not_text_is_named(tmp_path):
    (tmp_path / "data.csv").write_bytes(b"1,2\n\xff\xfe\x00,\n")
    with pytest.raises(DataError, match=r"data\.csv"):
        load(tmp_path / "data.csv")


@pytest.mark.parametrize("target", ["a", "nan", "1e999"])
def test_numeric_targets_must_be_numbers(tmp_path, target):
    said = rf"data\.csv:2: the target is '{target}', not a finite number: .* cross-entropy"
    with pytest.raises(DataError, match=said):
        load(write(tmp_path, f"1,2,3\n4,5,{target}\n6,7,a\n"), labels=False)


def test_labels_that_are_written_as_fractions_but_are_whole(tmp_path):
    data = load(write(tmp_path, "".join(f"{k},{('1', '1.0', '2.0')[k % 3]}\n" for k in range(9))))
    assert data.classes == ("1", "2") and list(data.T[:3]) == [0, 0, 1]


def test_npz(tmp_path):
    X, y = np.arange(20.0).reshape(10, 2), np.arange(10) % 3
    np.savez(tmp_path / "data.npz", X=X, y=y)
    data = load(tmp_path / "data.npz")
    assert data.classes == ("0", "1", "2") and len(data.train) == 8
    np.savez(tmp_path / "data.npz", X=X, y=X)
    assert load(tmp_path / "data.npz", labels=False).outputs == 2


def test_a_sample_of_several_axes_becomes_a_row(tmp_path):
    X = np.arange(60.0).reshape(10, 2, 3)
    np.savez(tmp_path / "data.npz", X=X, y=np.arange(10) % 2)
    assert np.array_equal(load(tmp_path / "data.npz").X, X.reshape(10, 6))


def test_labels_may_be_a_column_or_rows_of_probabilities(tmp_path):
    X, y = np.arange(20.0).reshape(10, 2), np.arange(10) % 3
    np.savez(tmp_path / "data.npz", X=X, y=y[:, None])
    data = load(tmp_path / "data.npz")
    assert data.classes == ("0", "1", "2") and np.array_equal(data.T, y)
    np.savez(tmp_path / "data.npz", X=X, y=np.eye(4)[y] * 0.75 + 0.0625)
    data = load(tmp_path / "data.npz")
    assert data.outputs == 4 and data.classes == ("0", "1", "2", "3") and data.T.shape == (10, 4)


@pytest.mark.parametrize(
    ("arrays", "said"),
    [
        ({"X": np.zeros((4, 2))}, "there is no array y.*there is X"),
        ({"x": np.zeros((4, 2)), "labels": np.zeros(4)}, "there is no array X.*there are labels, x"),
        ({"X": np.zeros((4, 2)), "y": np.full((4, 3), 2.0)}, "row 0 of y adds up to 6.*squared-error"),
        ({"X": np.zeros((4, 2)), "y": np.arange(4) / 4}, "label 0.25 is not whole.*squared-error"),
        ({"X": np.zeros((4, 2, 3)).T, "y": np.arange(3)}, r"np\.ascontiguousarray\(X\)"),
        ({"X": np.zeros((4, 2)), "y": np.array(["a", "b"] * 2, dtype=object)}, r"y.astype\(str\)"),
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


@pytest.mark.parametrize("kind", ["npz", "npy"])
@pytest.mark.parametrize("content", [b"", b"junk", b"PK", b"\x93NUMPY\x01\x00"])
def test_junk_is_named_for_what_it_is_not(tmp_path, kind, content):
    path = tmp_path / f"data.{kind}"
    path.write_bytes(content)
    with pytest.raises(DataError, match=f"not an {kind.upper()} file"):
        load(path)


def test_npy_has_its_targets_in_the_last_column(tmp_path):
    table = np.column_stack([np.arange(20.0).reshape(10, 2), np.arange(10) % 3])
    np.save(tmp_path / "data.npy", table)
    data = load(tmp_path / "data.npy")
    assert data.classes == ("0", "1", "2") and np.array_equal(data.X, table[:, :2])
    assert np.array_equal(data.T, table[:, 2])
    assert load(tmp_path / "data.npy", labels=False).outputs == 1


@pytest.mark.parametrize("array", [np.zeros(4), np.zeros((4, 1)), np.zeros((4, 2), complex), np.zeros((2, 2, 2))])
def test_a_bad_npy_file_is_named(tmp_path, array):
    np.save(tmp_path / "data.npy", array)
    with pytest.raises(DataError, match=r"data\.npy: expected a matrix"):
        load(tmp_path / "data.npy")


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_a_large_npz_file_is_mapped(tmp_path, monkeypatch, save):
    X, y = np.random.default_rng(0).standard_normal((50, 3)), np.arange(50) % 2
    save(tmp_path / "data.npz", X=np.asfortranarray(X), y=y)
    monkeypatch.setattr(maps, "BUFFER", 1000)
    data = load(tmp_path / "data.npz")
    assert isinstance(data.X, np.memmap)
    assert np.array_equal(data.X, X) and np.array_equal(data.T, y)


def test_csv_is_mapped_and_written_in_pieces(tmp_path, monkeypatch):
    monkeypatch.setattr(tables, "HELD", 5)
    data = load(write(tmp_path, ROWS))
    assert isinstance(data.X, np.memmap)
    assert np.array_equal(data.X, [[k, k / 2] for k in range(10)])


def test_other_sources_are_refused(tmp_path):
    with pytest.raises(DataError, match="expected 'digits'"):
        load("mnist")
    with pytest.raises(DataError, match="fraction"):
        load("digits", test=1.0)
    with pytest.raises(OSError):
        load(tmp_path / "missing.csv")


def test_without_scikit_learn_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(MissingExtraError, match=r"pip install bnsym\[sklearn\]"):
        load("digits")
