"""Certificates under attack: whatever was altered is rejected, and rejection is the only way to fail."""

import copy
import json
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bnsym.kernel.check import check
from bnsym.kernel.data import Rejected, decode, encode
from bnsym.kernel.rules import Theorem, Use
from bnsym.kernel.term import Term
from bnsym.testing.graphs import graph, leaf, root
from bnsym.testing.models import Model
from tests.kernel.certificates import Writer, by_hand, text
from tests.support.thorough import examples

REPOSITORY = Path(__file__).parents[2]
CERTIFICATE = by_hand()
METADATA = ("document", "statement")
Place = tuple[Any, ...]


def paths(data: Any, at: Place = ()) -> Iterator[Place]:
    """Where the values of some JSON are, the whole first."""
    yield at
    entries = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in entries:
        yield from paths(value, (*at, key))


def value_at(data: Any, path: Place) -> Any:
    for key in path:
        data = data[key]
    return data


def replaced(data: Any, path: Place, value: Any) -> Any:
    result = copy.deepcopy(data)
    if not path:
        return value
    value_at(result, path[:-1])[path[-1]] = value
    return result


PATHS = list(paths(CERTIFICATE))[1:]
CONTENT = [p for p in PATHS if p[0] not in (*METADATA, "digest")]


def others(value: Any) -> list[Any]:
    """Values of the same kind that say something else, or nothing."""
    match value:
        case int():
            return [value + 1, -1]
        case str() if value.lstrip("-").isdecimal():
            return [str(-int(value)), str(int(value) + 1), value + "/2", "0"]
        case str():
            return [value + "x", "x", "#0", "$0", "C", ""]
        case list():
            return [[], value + value[:1], value[:-1], value[::-1]] if value else [["s"]]
        case dict():
            return [{}]
        case _:
            return [0, "positive"]


def holds(theorem: Theorem, data: Any) -> bool:
    """Whether the theorem is true in models of the graph."""
    return all(Model(data, {"sample": n, "unit": k}, seed=7).holds(theorem) for n, k in [(3, 2), (2, 1), (1, 2)])


def must_be_rejected_or_true(certificate: Any) -> bool:
    """The replay either rejects, or what it yields is a true theorem of the graph; returns whether it rejects."""
    try:
        theorem = check(text(certificate))
    except Rejected:
        return True
    assert holds(theorem, certificate["graph"])
    return False


def test_the_certificate_is_valid():
    theorem = check(text(CERTIFICATE, seal=False))
    assert theorem.hypotheses == {("positive", "sigma")}
    assert holds(theorem, CERTIFICATE["graph"])
    assert check(text(CERTIFICATE, seal=False).encode()) == theorem


# ---------------------------------------------------------------- integrity


@pytest.mark.parametrize("part", sorted(CERTIFICATE))
def test_every_field_is_guarded_by_the_digest(part):
    tried = 0
    for path in [p for p in PATHS if p[0] == part]:
        for other in others(value_at(CERTIFICATE, path)):
            if other != value_at(CERTIFICATE, path):
                tried += 1
                with pytest.raises(Rejected):
                    check(text(replaced(CERTIFICATE, path, other), seal=False))
    assert tried


def test_fields_are_neither_missing_nor_extra():
    for field in CERTIFICATE:
        with pytest.raises(Rejected):
            check(text({k: v for k, v in CERTIFICATE.items() if k != field}, seal=field != "digest"))
    with pytest.raises(Rejected):
        check(text({**CERTIFICATE, "note": "trust me"}))


# ---------------------------------------------------------------- validity


@pytest.mark.parametrize("part", ["claim", "theorems", "hypotheses", "version"])
def test_with_the_digest_made_anew_the_kernel_rejects_what_does_not_follow(part):
    for number, path in enumerate(p for p in CONTENT if p[0] == part):
        choices = [other for other in others(value_at(CERTIFICATE, path)) if other != value_at(CERTIFICATE, path)]
        with pytest.raises(Rejected):
            check(text(replaced(CERTIFICATE, path, choices[number % len(choices)])))


def test_with_the_digest_made_anew_another_graph_proves_only_what_is_true_of_it():
    """A changed graph is another claim. Where the proof still fits, it must be true of the graph as it is now."""
    accepted, without_model = [], []
    for number, path in enumerate(p for p in CONTENT if p[0] == "graph"):
        choices = [other for other in others(value_at(CERTIFICATE, path)) if other != value_at(CERTIFICATE, path)]
        for other in (choices[number % len(choices)], choices[-1]):
            try:
                if not must_be_rejected_or_true(replaced(CERTIFICATE, path, other)):
                    accepted.append(path)
            except ArithmeticError:  # σ is not positive any more: the hypotheses of the theorem are false
                without_model.append(path)
    tensors = [t["name"] for t in CERTIFICATE["graph"]["tensors"]]
    unfolded = {"mu", "xhat"}
    assert not [p for p in accepted if len(p) > 4 and p[3] == "body" and tensors[p[2]] in unfolded]
    assert {tensors[p[2]] for p in without_model} <= {"sigma"}
    assert accepted


def test_steps_may_be_neither_dropped_nor_repeated_nor_exchanged():
    for t, theorem in enumerate(CERTIFICATE["theorems"]):
        for s in range(len(theorem["steps"])):
            for uses in (
                theorem["steps"][:s] + theorem["steps"][s + 1 :],
                theorem["steps"][: s + 1] + theorem["steps"][s:],
            ):
                with pytest.raises(Rejected):
                    check(text(replaced(CERTIFICATE, ("theorems", t, "steps"), uses)))
        if len(theorem["steps"]) > 1:
            with pytest.raises(Rejected):
                check(text(replaced(CERTIFICATE, ("theorems", t, "steps"), theorem["steps"][::-1])))


def test_a_claim_is_the_last_theorem():
    for t in range(len(CERTIFICATE["theorems"]) - 1):
        record = CERTIFICATE["theorems"][t]
        with pytest.raises(Rejected):
            check(text({**CERTIFICATE, "claim": {k: record[k] for k in ("free", "left", "right")}}))
    with pytest.raises(Rejected):
        check(text({**CERTIFICATE, "theorems": []}))


def test_hypotheses_are_neither_hidden_nor_invented():
    for hypotheses in ([], [["positive", "sigma"], ["positive", "slack"]], [["positive", "mu"]], [["positive"]]):
        with pytest.raises(Rejected):
            check(text({**CERTIFICATE, "hypotheses": hypotheses}))


def test_an_abbreviation_of_the_future_cannot_be_used():
    """Theorem 3 may not use theorem 3 or 4."""
    for number in ("3", "4", "9"):
        path = ("theorems", 3, "steps", 1, "uses", 0, "schema", 1)
        with pytest.raises(Rejected):
            check(text(replaced(CERTIFICATE, path, number)))


def test_row_sums_do_not_become_column_sums():
    """The certificate that would prove Σ_j K_ij = Σ_j K_ji, if a free index could be called #0."""
    row, column = Term.tensor("K", ["i", "t"]).close([("t", "a")]), Term.tensor("K", ["t", "i"]).close([("t", "a")])
    writer = Writer(graph(leaf("K", "a", "a"), axes=("a",)))
    for side in (row, column):
        writer.prove((("i", "a"), ("j", "a")), side, side)
    forged = copy.deepcopy(writer.certificate())
    use = {"multiplier": encode(Term.number(1)), "binders": []}
    for number in (0, 1):
        forged["theorems"][number]["free"][1][0] = "#0"
    uses = [{**use, "schema": ["theorem", n], "at": ["i", "i"]} for n in "01"]
    last = {"rule": "linear", "free": [["i", "a"]], "left": encode(row), "right": encode(column)}
    forged["theorems"].append({**last, "steps": [{"uses": uses, "after": encode(column)}]})
    forged["claim"] = {k: last[k] for k in ("free", "left", "right")}
    with pytest.raises(Rejected, match="not an index"):
        check(text(forged))


# ---------------------------------------------------------------- random edits

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 10**6),
    st.floats(),
    st.text(max_size=4),
    st.sampled_from(["1/2", "#0", "$3"]),
)
values = st.one_of(
    scalars,
    st.sampled_from([value_at(CERTIFICATE, p) for p in CONTENT]),
    st.recursive(scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner)),
)


@st.composite
def edits(draw) -> Any:
    """The certificate after one to three edits: a value deleted, repeated, exchanged or replaced."""
    result = copy.deepcopy(CERTIFICATE)
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from([p for p in paths(result) if p and p[0] not in METADATA]))
        parent, key = value_at(result, path[:-1]), path[-1]
        kind = draw(st.sampled_from(["delete", "repeat", "exchange", "replace", "replace"]))
        if kind == "replace" or (isinstance(parent, dict) and kind != "delete"):
            parent[key] = copy.deepcopy(draw(values))
        elif kind == "delete":
            del parent[key]
        elif kind == "repeat":
            parent.insert(key, copy.deepcopy(parent[key]))
        else:
            other = draw(st.integers(0, len(parent) - 1))
            parent[key], parent[other] = parent[other], parent[key]
    return result


@examples(250)
@given(edits())
def test_random_edits_are_rejected_or_prove_what_is_true(edited):
    if not set(CERTIFICATE) - {"digest"} <= set(edited):  # `text` writes a digest anew
        with pytest.raises(Rejected):
            check(text(edited))
    elif edited["graph"] == CERTIFICATE["graph"]:
        must_be_rejected_or_true(edited)
    else:
        try:
            check(text(edited))
        except Rejected:
            return


@examples(200)
@given(values)
def test_any_json_is_rejected(data):
    with pytest.raises(Rejected):
        check(text(data))


@examples(200)
@given(st.integers(0, 10**6), st.binary(min_size=1, max_size=8))
def test_any_bytes_are_rejected(place, junk):
    written = text(CERTIFICATE, seal=False).encode()
    place %= len(written)
    spoiled = written[:place] + junk + written[place + len(junk) :]
    try:
        same = json.loads(spoiled) == json.loads(written)  # white space between tokens is not content
    except ValueError:
        same = False
    if not same:
        with pytest.raises(Rejected):
            check(spoiled)


@pytest.mark.parametrize(
    "data",
    [
        "",
        "[" * 100_000,
        '{"version": NaN}',
        '"\\ud800"',
        b"\xff\xfe",
        "1" * 10_000,
        text({**CERTIFICATE, "document": {"path": "\ud800"}}, seal=False),
        text(replaced(CERTIFICATE, ("theorems", 0, "left", 0, 0), "9" * 5000)),
        text(replaced(CERTIFICATE, ("theorems", 0, "left", 0, 0), "1/0")),
        text(replaced(CERTIFICATE, ("theorems", 0, "left", 0, 1, 0, 2), "1000000000")),
        text(replaced(CERTIFICATE, ("theorems", 0, "left", 0, 1, 0, 2), "64/63")),
        text(replaced(CERTIFICATE, ("graph", "tensors", 6, "exponent"), 10**100)),
    ],
    ids=range(12),
)
def test_rejection_is_the_only_way_to_fail(data):
    with pytest.raises(Rejected):
        check(data)


# ---------------------------------------------------------------- root-unique in a certificate


def squares() -> dict[str, Any]:
    gamma, r, free = Term.tensor("gamma", ["i"]), Term.tensor("r", ["i"]), (("i", "a"),)
    writer = Writer(
        graph(leaf("gamma", "a", sign="positive"), root("r", {"i": "a"}, Term.tensor("gamma", ["i"], 2)), axes=("a",))
    )
    writer.prove(free, r**2, gamma**2, Use(("root", "r"), ("i",), Term.number(1)))
    writer.root_unique(free, r, gamma, 0, 2)
    return writer.certificate()


def test_a_root_of_a_square_is_unique_only_if_positive():
    certificate = squares()
    assert check(text(certificate)).hypotheses == {("positive", "gamma")}
    for sign in (None, "nonzero", "negative"):
        with pytest.raises(Rejected):
            check(text(replaced(certificate, ("graph", "tensors", 0, "sign"), sign)))
    for field, value in [("exponent", 3), ("exponent", "2"), ("exponent", 1.5), ("exponent", 10**9), ("from", 1)]:
        with pytest.raises(Rejected):
            check(text(replaced(certificate, ("theorems", 1, field), value)))


# ---------------------------------------------------------------- the command

ISOLATED = """
import runpy, sys
sys.path.insert(0, sys.argv.pop(1))
try:
    runpy.run_module("bnsym.kernel", run_name="__main__", alter_sys=True)
except SystemExit as end:
    status = end.code
foreign = sorted({m.partition(".")[0] for m in sys.modules} - set(sys.stdlib_module_names) - {"bnsym", "__main__"})
assert not foreign, foreign
assert "sympy" not in sys.modules and "numpy" not in sys.modules
sys.exit(status)
"""


def run(*arguments: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-I", "-S", "-c", ISOLATED, str(REPOSITORY), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_the_command_needs_the_standard_library_alone(tmp_path):
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_text(text(CERTIFICATE))
    bad.write_text(text({**CERTIFICATE, "hypotheses": []}))
    accepted = run(str(good))
    assert (accepted.returncode, accepted.stderr) == (0, "")
    assert "valid" in accepted.stdout
    both = run(str(good), str(bad), str(tmp_path / "missing.json"))
    assert both.returncode == 1
    assert [line.split(": ")[1].split(",")[0] for line in both.stdout.splitlines()] == ["valid", "rejected", "rejected"]
    assert run().returncode == 1


# ---------------------------------------------------------------- encoding


def test_encodings_are_unique():
    """Another order of the same content is refused, or is another term."""
    choose, refused = random.Random(3), 0
    for record in CERTIFICATE["theorems"]:
        for side in ("left", "right"):
            term = decode(record[side])
            assert encode(term) == record[side]
            for path in paths(record[side]):
                value = value_at(record[side], path)
                shuffled = choose.sample(value, len(value)) if isinstance(value, list) else value
                if shuffled != value:
                    try:
                        assert decode(replaced(record[side], path, shuffled)) != term
                    except (Rejected, ValueError, TypeError, LookupError):
                        refused += 1
    assert refused > 10
