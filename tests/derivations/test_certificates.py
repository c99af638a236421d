"""Certificates: written for every proved claim, replayed where nothing but the kernel can be had, never altered."""

from __future__ import annotations

import copy
import json
import random
import subprocess
import sys

import pytest
from click.testing import CliRunner

import bnsym
from bnsym.calculus import certificate as certificates_of
from bnsym.cli import main
from bnsym.document import read
from bnsym.kernel import Rejected
from bnsym.kernel.check import FIELDS, check, digest
from bnsym.language.claim import Claim, mismatch
from tests.support.documents import DERIVATIONS, ROOT, edited, source
from tests.support.thorough import THOROUGH

DOCUMENT = DERIVATIONS / "batch_norm_epsilon.md"
CLAIMS = ["eq3.1", "eq3.2", "eq3.3", "eq3.4", "eq3.5", "eq3.6", "eq4.1", "eq4.2"]
# A process in which no module outside the standard library and bnsym can be imported.
BARE = """
import sys

class Refuse:
    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        if top not in sys.stdlib_module_names and top not in ALLOWED:
            raise ModuleNotFoundError(f"{name} is not to be had", name=name)

sys.meta_path.insert(0, Refuse())
import runpy
try:
    sys.argv = ["bnsym", *ARGUMENTS]
    runpy.run_module(MODULE, run_name="__main__")
finally:
    loaded = {name.partition(".")[0] for name in sys.modules}
    assert not loaded & {"sympy", "numpy", "mpmath"}, loaded
    if MODULE == "bnsym.kernel":
        modules = {m for m in sys.modules if m.startswith("bnsym.")}
        assert all(m.startswith("bnsym.kernel") for m in modules), modules
"""


def bare(module: str, arguments: list[str], allowed: set[str]) -> subprocess.CompletedProcess:
    script = f"ALLOWED = {allowed!r}\nMODULE = {module!r}\nARGUMENTS = {arguments!r}\n{BARE}"
    command = [sys.executable, "-c", script]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The certificates of one document, as the command line writes them."""
    where = tmp_path_factory.mktemp("certificates")
    outcome = CliRunner().invoke(main, ["verify", str(DOCUMENT), "--certificates", str(where)])
    assert outcome.exit_code == 0, outcome.output
    return where


@pytest.fixture(scope="module")
def certificates(folder):
    return {path.stem.split("-")[-1]: json.loads(path.read_text("utf-8")) for path in folder.iterdir()}


def sealed(certificate: dict) -> bytes:
    """The certificate with a digest that fits its content."""
    return json.dumps({**certificate, "digest": digest(certificate)}, ensure_ascii=False).encode()


def run(*arguments) -> tuple[int, str]:
    outcome = CliRunner().invoke(main, ["check", *map(str, arguments)])
    return outcome.exit_code, outcome.output


def test_one_for_each_claim(folder, certificates):
    assert sorted(certificates) == CLAIMS
    assert sorted(path.name for path in folder.iterdir()) == [f"batch_norm_epsilon-{c}.json" for c in CLAIMS]
    for identifier, certificate in certificates.items():
        assert certificate.keys() == FIELDS
        assert certificate["statement"]["id"] == identifier
        assert certificate["digest"] == digest(certificate)


def test_they_say_the_same_each_time(folder, certificates):
    derivation = bnsym.read(DOCUMENT)
    again = {r.statement.id: derivation.certificate(r) for r in derivation.verify() if r.proof is not None}
    assert {k: json.loads(json.dumps(v)) for k, v in again.items()} == certificates


def test_none_for_what_is_not_proved(tmp_path, quick):
    path = tmp_path / "wrong.md"
    wrong = edited(source("batch_norm_epsilon"), (r"\Delta_s^l \hat{x}_s^l \\", r"\Delta_s^l \\"))
    path.write_text(wrong, encoding="utf-8")
    outcome = CliRunner().invoke(main, ["verify", str(path), "--certificates", str(tmp_path / "out")])
    assert outcome.exit_code == 1
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == [f"wrong-{c}.json" for c in CLAIMS if c != "eq3.5"]
    derivation = bnsym.read(path)
    (refuted,) = [r for r in derivation.verify() if r.statement.id == "eq3.5"]
    with pytest.raises(ValueError, match="refuted"):
        derivation.certificate(refuted)


class TestReplay:
    def test_the_kernel_alone(self, folder):
        paths = sorted(map(str, folder.iterdir()))
        outcome = bare("bnsym.kernel", paths, {"bnsym"})
        assert outcome.returncode == 0, outcome.stderr
        assert outcome.stdout.count(": valid, ") == len(CLAIMS)

    def test_the_command_line(self, folder):
        """With the document too: the reader is allowed, neither SymPy nor NumPy is."""
        allowed = {"bnsym", "click", "markdown_it", "mdurl"}
        paths = sorted(map(str, folder.iterdir()))
        outcome = bare("bnsym", ["check", *paths, "--document", str(DOCUMENT)], allowed)
        assert outcome.returncode == 0, outcome.stderr
        assert outcome.stdout.count(": valid, ") == len(CLAIMS)

    def test_the_kernel_rejects(self, folder, certificates, tmp_path):
        path = tmp_path / "altered.json"
        path.write_bytes(json.dumps({**certificates["eq3.4"], "version": 2}).encode())
        outcome = bare("bnsym.kernel", [str(path), str(tmp_path / "missing.json")], {"bnsym"})
        assert outcome.returncode == 1 and outcome.stdout.count(": rejected: ") == 2
        assert "Traceback" not in outcome.stderr

    def test_nothing_to_check(self):
        outcome = bare("bnsym.kernel", [], {"bnsym"})
        assert outcome.returncode == 1 and "usage" in outcome.stderr


class TestDocument:
    def test_its_own(self, folder):
        status, output = run(*sorted(folder.iterdir()), "--document", DOCUMENT)
        assert status == 0, output

    @pytest.mark.parametrize("other", ["batch_norm", "batch_norm_corollaries", "squared_error"])
    def test_another(self, folder, other):
        status, output = run(folder / "batch_norm_epsilon-eq3.4.json", "--document", DERIVATIONS / f"{other}.md")
        assert status == 1 and "rejected" in output

    @pytest.mark.parametrize(
        "edit",
        [
            (r"\hat{x}_s^l \\", r"\hat{x}_s^l + 0 \\"),  # the claim
            (r"\gamma^l \hat{x}^l + \beta^l", r"\gamma^l \hat{x}^l - \beta^l"),  # a definition
            (r"u^l &= g(y^l)", r"u^l &= y^l"),
            ("A small constant", "A smaller constant"),  # what no one reads
        ],
        ids=["claim", "definition", "activation", "prose"],
    )
    def test_edited(self, folder, tmp_path, edit):
        path = tmp_path / DOCUMENT.name
        path.write_text(edited(source("batch_norm_epsilon"), edit), encoding="utf-8")
        status, output = run(folder / "batch_norm_epsilon-eq3.5.json", "--document", path)
        assert status == 1 and "rejected" in output

    def test_a_valid_certificate_under_another_statement_s_name(self, folder, certificates, tmp_path):
        """Forged with a good digest: the replay is right, the document is not fooled."""
        path = tmp_path / "forged.json"
        for own, claimed in [("eq3.4", "eq3.5"), ("eq3.5", "eq3.4"), ("eq4.1", "eq3.2")]:
            path.write_bytes(sealed({**certificates[own], "statement": certificates[claimed]["statement"]}))
            assert run(path)[0] == 0
            status, output = run(path, "--document", DOCUMENT)
            assert status == 1 and "rejected" in output

    def test_a_certificate_of_other_definitions_under_this_digest(self, certificates, tmp_path):
        """A proof over another graph, with this document's name on it."""
        other = tmp_path / "other.md"
        shift = (r"\gamma^l \hat{x}^l + \beta^l", r"\gamma^l \hat{x}^l - 2 \beta^l")
        other.write_text(edited(source("batch_norm_epsilon"), shift), encoding="utf-8")
        derivation = bnsym.read(other)
        (result,) = [r for r in derivation.verify() if r.statement.id == "eq3.5"]
        forged = {**derivation.certificate(result), "document": certificates["eq3.5"]["document"]}
        path = tmp_path / "forged.json"
        path.write_bytes(sealed(forged))
        assert run(path)[0] == 0
        assert run(path, "--document", DOCUMENT)[0] == 1

    @pytest.mark.parametrize("field", ["document", "statement"])
    @pytest.mark.parametrize("value", [None, "eq3.5", [], {}, {"id": ["eq3.5"]}, {"id": "eq3.5", "line": None}])
    def test_what_does_not_say_of_what_it_is(self, certificates, tmp_path, field, value):
        """The kernel does not ask for it: a rejection, and no other end."""
        path = tmp_path / "nameless.json"
        path.write_bytes(sealed({**certificates["eq3.5"], field: value}))
        assert run(path)[0] == 0
        status, output = run(path, "--document", DOCUMENT)
        assert status == 1 and "rejected" in output

    def test_what_verify_does_not_call_proved(self, tmp_path):
        """Nothing that can be read leads from x to y, so ∂y/∂x is zero in the graph, and proves nothing."""
        lines = [r"$$y = ?x$$", r"$$z = 2 y$$", r"$$\frac{\partial z}{\partial x} = 0$$"]
        path = tmp_path / "gap.md"
        path.write_text("+++\n[symbols]\nx = []\ny = []\nz = []\n+++\n" + "\n\n".join(lines), encoding="utf-8")
        derivation = bnsym.read(path)
        *_, result = derivation.verify()
        assert result.verdict == "undecided" and result.proof is None
        (claim,) = Claim.all_of(derivation.document, result.statement.readings[0], derivation.judge.graph)
        deriver = derivation.judge.deriver(claim.graph)
        number = deriver.prover.prove(claim.free, claim.left, claim.right)
        forged = tmp_path / "forged.json"
        forged.write_bytes(
            sealed(certificates_of.certificate(derivation.document, result.statement, deriver.prover, number))
        )
        assert run(forged)[0] == 0
        status, output = run(forged, "--document", path)
        assert status == 1 and "not proved" in output

    def test_an_unreadable_document(self, folder, tmp_path):
        path = tmp_path / "empty.md"
        path.write_bytes(b"")
        status, output = run(folder / "batch_norm_epsilon-eq3.5.json", "--document", path)
        assert status == 1 and "cannot be read" in output


# ------------------------------------------------------------ alterations

OTHER = {str: lambda v: v + "x", int: lambda v: v + 1, list: lambda v: [*v, "x"], dict: lambda v: {**v, "x": 1}}


def places(data, path=()):
    """The path of everything below."""
    for key, value in data.items() if isinstance(data, dict) else enumerate(data):
        yield (*path, key)
        if isinstance(value, dict | list):
            yield from places(value, (*path, key))


def altered(data, path, draw):
    """The data with one thing changed, dropped or doubled."""
    result = copy.deepcopy(data)
    *way, last = path
    inner = result
    for key in way:
        inner = inner[key]
    value = inner[last]
    what = draw.random()
    if isinstance(inner, list) and what < 0.25:
        del inner[last]
    elif isinstance(inner, list) and what < 0.4:
        inner.insert(last, copy.deepcopy(value))
    elif isinstance(value, str) and what < 0.8:
        inner[last] = draw.choice(["1", "-1", "2", "s", "j", "#0", "sample", "nothing", value + "'", value[:-1]])
    elif isinstance(value, int):
        inner[last] = value + draw.choice((-1, 1))
    else:
        inner[last] = draw.choice([None, "", 0, [], {}, [value]])
    return result


@pytest.mark.parametrize("field", sorted(FIELDS))
def test_every_field_counts(certificates, field):
    certificate = certificates["eq3.5"]
    changed = {**certificate, field: OTHER[type(certificate[field])](certificate[field])}
    with pytest.raises(Rejected):
        check(json.dumps(changed))
    del changed[field]
    with pytest.raises(Rejected):
        check(json.dumps(changed))


def test_any_alteration_is_noticed(certificates):
    """Without a new digest, anywhere."""
    draw = random.Random(2)
    for identifier in ("eq3.4", "eq3.5", "eq4.1"):
        certificate = certificates[identifier]
        everywhere = list(places(certificate))
        for path in draw.sample(everywhere, min(len(everywhere), 2000 if THOROUGH else 120)):
            changed = altered(certificate, path, draw)
            if changed != certificate:
                with pytest.raises(Rejected):
                    check(json.dumps(changed))


def test_what_no_longer_follows_is_rejected(certificates):
    """With a new digest: what is then accepted is a theorem all the same, and not the document's."""
    draw, accepted, tried = random.Random(3), 0, 0
    document = read(DOCUMENT)
    for identifier in ("eq3.4", "eq3.5", "eq3.6", "eq4.1"):
        certificate = certificates[identifier]
        everywhere = [p for p in places(certificate) if p[0] in ("theorems", "graph", "claim", "hypotheses")]
        for path in draw.sample(everywhere, min(len(everywhere), 3000 if THOROUGH else 90)):
            changed = altered(certificate, path, draw)
            if changed == certificate:
                continue
            tried += 1
            try:
                theorem = check(sealed(changed))
            except Rejected:
                continue
            accepted += 1
            same_claim = changed["claim"] == certificate["claim"] and changed["graph"] == certificate["graph"]
            if same_claim:  # another way to prove it
                assert theorem.left and changed["hypotheses"] == certificate["hypotheses"], path
            else:
                assert mismatch(changed, document) is not None, path
    assert tried > 200 and accepted < 0.2 * tried, (accepted, tried)


def test_a_claim_cannot_be_bent(certificates):
    """Steps, multipliers, and the claim, changed in ways that keep the form."""
    certificate = certificates["eq4.1"]
    for number, theorem in enumerate(certificate["theorems"]):
        for n, step in enumerate(theorem.get("steps", ())):
            for u, use in enumerate(step["uses"]):
                other = [["7" if c == "1" else "1", monomial] for c, monomial in use["multiplier"]]
                swapped = use["at"][::-1] if len(set(use["at"])) > 1 else [*use["at"], "q"]
                for change in ({"multiplier": other}, {"at": swapped}, {"schema": ["definition", "nothing"]}):
                    bent = copy.deepcopy(certificate)
                    bent["theorems"][number]["steps"][n]["uses"][u] = {**use, **change}
                    with pytest.raises(Rejected):
                        check(sealed(bent))
            bent = copy.deepcopy(certificate)
            del bent["theorems"][number]["steps"][n]
            with pytest.raises(Rejected):
                check(sealed(bent))
    for key in ("left", "right"):
        bent = copy.deepcopy(certificate)
        bent["claim"][key] = certificates["eq3.4"]["claim"][key]
        with pytest.raises(Rejected):
            check(sealed(bent))


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b"null", b"1", b'"x"', b"\xff\xfe", b"[" * 5000, b'{"version": 1}'])
def test_what_is_no_certificate(text):
    with pytest.raises(Rejected):
        check(text)
