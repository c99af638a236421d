"""Slips that people make, as edits of the project's documents: what is right, and what is written in its place."""

from __future__ import annotations

from dataclasses import dataclass

from bnsym.derivation import Derivation
from bnsym.verdict import Result
from tests.support.documents import edited, read_text, source


@dataclass(frozen=True)
class Slip:
    """`wrong` stands in place of `right`, which occurs once in the document and belongs to one claim."""

    document: str
    right: str
    wrong: str
    what: str

    def text(self) -> str:
        text = source(self.document)
        assert text.count(self.right) == 1, f"{text.count(self.right)} times: {self.right}"
        return edited(text, (self.right, self.wrong))


SCALE = r"\frac{\gamma^l}{\sqrt{\sigma_B^{2,l} + \epsilon}} \left[ \Delta_s^l"
SLIPS = [
    Slip("batch_norm_epsilon", r"\left[ \Delta_s^l - \langle", r"\left[ \Delta_s^l + \langle", "sign"),
    Slip("batch_norm_epsilon", r" - \hat{x}_s^l \langle \Delta^l \hat{x}^l \rangle \right]", r" \right]", "term lost"),
    Slip("batch_norm_epsilon", SCALE, SCALE.replace(r"\gamma^l", "1"), "factor lost"),
    Slip("batch_norm_epsilon", SCALE, SCALE.replace(r"\sqrt", ""), "power"),
    Slip("batch_norm_epsilon", SCALE, SCALE.replace(r" + \epsilon}", r"} + \epsilon"), "constant outside the root"),
    Slip("batch_norm_epsilon", SCALE, SCALE.replace(r" + \epsilon", ""), "constant lost"),
    Slip("batch_norm_epsilon", r"\gamma^l} &= \sum_s \Delta_s^l", r"\gamma^l} &= \frac{1}{N} \sum_s \Delta_s^l", "1/N"),
    Slip("batch_norm_epsilon", r"&= \sum_s \Delta_s^l \hat{x}_s^l", r"&= \Delta_s^l \hat{x}_s^l", "sum lost"),
    Slip("batch_norm_epsilon", r"&= \sum_s \Delta_s^l \hat{x}_s^l", r"&= \sum_s \Delta_s^l x_s^l", "another tensor"),
    Slip("batch_norm_epsilon", r"W^{l,l+1} g'(y_s^l) \left[", r"W^{l,l+1} \left[", "derivative of g lost"),
    Slip("batch_norm_epsilon", r"{\partial x_{sj}^l} u_{si}", r"{\partial x_{sj}^l} u_{sj}", "index of another axis"),
    Slip(
        "batch_norm_epsilon",
        r"\left[ \Delta_s^l - \langle \Delta^l \rangle -",
        r"\Delta_s^l - \left[ \langle \Delta^l \rangle -",
        "bracket opened too late",
    ),
    Slip("softmax_cross_entropy", r"\left( p_{sk} - t_{sk} \right)", r"\left( t_{sk} - p_{sk} \right)", "order"),
]  # fmt: skip


def wrong_claim(derivation: Derivation) -> Result:
    """The one claim of a document with a slip that is not proved."""
    assert derivation.document.problem is None
    (result,) = [r for r in derivation.verify() if r.is_claim and r.verdict != "proved"]
    return result


def put_in_place(derivation: Derivation, result: Result, text: str, suggestion: str) -> Derivation:
    """The document with a suggestion in place of the right-hand side of its wrong claim."""
    equation = derivation.document.rewording.equation(result.statement.id)
    lines = text.split("\n")
    row = lines[result.statement.line - 1]
    ending = r" \\" if row.rstrip().endswith("\\\\") else ""
    lines[result.statement.line - 1] = f"{equation.left} &= {suggestion}{ending}"
    return read_text("\n".join(lines))
