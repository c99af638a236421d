"""What strategies promise: no batch is degenerate by accident, headers declare their vocabulary, edits are edits."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings

from bnsym.document import read
from bnsym.language.expression import tensors
from bnsym.testing import (
    axes,
    batches,
    degenerate_batches,
    documents,
    header,
    networks,
    spoiled_documents,
    vocabularies,
)
from bnsym.testing.network import KINDS
from tests.support.documents import read_text


@given(batches())
def test_a_generic_batch_is_not_degenerate(X):
    assert len(X) >= 3 and np.isfinite(X).all() and np.abs(X).max() < 20
    for column in X.T:
        apart = np.diff(np.sort(column))
        assert apart.min() > 0.2 and column.std() > 0.2


@given(degenerate_batches())
def test_a_degenerate_batch_is_what_it_says(found):
    X, column = found.X, found.X[:, found.column]
    small = np.abs(X[np.isfinite(X)])
    assert {
        "one sample": len(X) == 1,
        "no variance": len(set(column)) == 1 and len(column) > 1,
        "nan": np.isnan(column).sum() == 1,
        "infinite": np.isinf(column).sum() == 1,
        "huge": small.max() > 1e159,
        "tiny": 0 < small.max() < 1e-158,
        "offset": bool((abs(X - 1e12) < 1e6).all()),
    }[found.kind]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_to_be_had(kind):
    @given(degenerate_batches([kind]))
    def one(found):
        assert found.kind == kind

    one()


@given(networks())
def test_a_network_fits_together(network):
    assert network.T.shape == (len(network.X), network.widths[-1]) and len(network.labels) == len(network.X)
    for layer, (before, after) in enumerate(zip(network.widths, network.widths[1:], strict=False), 1):
        assert network.parameters[f"W{layer}"].shape == (after, before)


@given(vocabularies())
def test_a_header_declares_its_vocabulary(tmp_path_factory, vocabulary):
    path = tmp_path_factory.getbasetemp() / "vocabulary.md"
    names = [symbol.key(None) for symbol in vocabulary.symbols]
    assert len(set(names)) == len(names)
    path.write_text(f"+++\n{header(vocabulary)}+++\n", encoding="utf-8")
    document = read(path)
    assert document.problem is None and document.cost is not None
    assert document.cost.of.symbol in vocabulary.by


@given(axes(data=True), axes())
def test_an_axis_is_one_that_a_header_can_declare(first, second):
    assert first.data and first.layer is None and first.sizes
    both = {axis.name: axis for axis in (first, second)}
    declared = "".join(f"{name} = {{ size = {json.dumps(axis.sizes)} }}\n" for name, axis in both.items())
    assert read_text(f"+++\n[axes]\n{declared}+++\n").document.problem is None


def test_some_documents_have_layers_and_speak_of_two():
    seen = set()

    @settings(max_examples=200, derandomize=True)
    @given(documents())
    def collect(document):
        layers = {tensor.layer for tensor in tensors(document.expression) if tensor.layer is not None}
        seen.update({("[layers]" in document.text, str(layer)) for layer in layers or {None}})

    collect()
    assert seen == {(False, "None"), (True, "None"), (True, "l"), (True, "l-1")}


def test_spoiled_documents_differ_from_their_source():
    seen = set()

    @given(spoiled_documents(["$x = y$"]))
    def collect(text):
        seen.add(text)

    collect()
    assert len(seen - {"$x = y$"}) > 50
