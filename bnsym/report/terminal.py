"""The verdicts for a person at a terminal: a table a document, then what deserves to be said of single lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from bnsym.document import caret
from bnsym.judge import Result
from bnsym.refute.counterexample import Counterexample
from bnsym.report.outcome import Outcome

NAMED = 10  # files that are skipped and named
STYLE = {
    "proved": "green",
    "refuted": "red",
    "ill-formed": "magenta",
    "error": "bold red",
    "undecided": "yellow",
}


def show(console: Console, outcome: Outcome) -> None:
    """Print the verdicts of one document."""
    console.print(Text.assemble((outcome.path, "bold"), f"  {outcome.title}"), soft_wrap=True)
    if outcome.problem is not None:
        console.print(Text(caret(outcome.problem), style="red"), soft_wrap=True)
        return
    table = Table(box=None, pad_edge=False, show_edge=False, expand=False)
    for column in ("line", "id", "verdict"):
        table.add_column(column, no_wrap=True)
    table.add_column("reading", overflow="fold")
    table.add_column("ms", justify="right", no_wrap=True)
    for result in outcome.results:
        verdict = Text(result.verdict, style=STYLE.get(result.verdict, "dim"))
        shown = result.reading or result.statement.latex
        time = f"{result.milliseconds:.1f}" if result.is_claim else ""
        table.add_row(str(result.statement.line), result.statement.id, verdict, Text(shown), time)
    console.print(table)
    for line in _notes(outcome):
        console.print(line, soft_wrap=True)  # a caret is where it points to only if nothing is broken off
    for name, lines in outcome.steps.items():
        console.print(Text(f"\n{name}", style="bold"))
        console.print(Group(*map(Text, lines)), soft_wrap=True)
    console.print(_summary(outcome.claims))


def show_summary(console: Console, outcomes: list[Outcome], skipped: list[Path]) -> None:
    """Print how several documents fared, a line each, and which files were none; verdicts that occur have columns."""
    counts = [Counter[str](r.verdict for r in outcome.claims) for outcome in outcomes]
    for outcome, count in zip(outcomes, counts, strict=True):
        count["error"] += outcome.problem is not None
    columns = [v for v in STYLE if v == "proved" or any(count[v] for count in counts)]
    table = Table(box=None, pad_edge=False, show_edge=False)
    table.add_column("document", overflow="fold")
    for column in (*columns, "ms"):
        table.add_column(column, justify="right", no_wrap=True)
    for outcome, count in zip(outcomes, counts, strict=True):
        cells = [Text(str(count[v] or ""), style=STYLE[v]) for v in columns]
        table.add_row(Text(outcome.path), *cells, f"{outcome.milliseconds:.0f}")
    total = [Text(str(sum(count[v] for count in counts)), style=STYLE[v]) for v in columns]
    table.add_row(
        Text(f"{len(outcomes)} documents", style="bold"), *total, f"{sum(o.milliseconds for o in outcomes):.0f}"
    )
    console.print()
    console.print(table)
    if skipped:
        more = f" and {len(skipped) - NAMED} more" if len(skipped) > NAMED else ""
        names = ", ".join(map(str, skipped[:NAMED])) + more
        console.print(Text(f"skipped, without a header: {names}", style="dim"), soft_wrap=True)


def _notes(outcome: Outcome) -> Iterator[Text]:
    if outcome.assumptions:
        yield Text("assumed: " + ";  ".join(outcome.assumptions), style="dim")
    hypotheses = dict.fromkeys(h for r in outcome.results for h in r.hypotheses)
    if hypotheses:
        yield Text("under: " + ";  ".join(hypotheses), style="dim")
    for result in outcome.results:
        name = result.statement.id
        if result.problem is not None:
            yield Text(f"{name}: {caret(result.problem)}", style=STYLE[result.verdict])
        for erratum in result.errata:
            yield Text(f"{name}: {erratum.kind}: {erratum.message}", style="yellow")
        if result.residual is not None:
            yield Text(f"{name}: the right-hand side is too large by {result.residual}", style="red")
        if result.counterexample is not None:
            yield Text(f"{name}: counterexample: {_instance(result.counterexample)}", style="red")
        if result.differs_from is not None:
            yield Text(f"{name}: differs from the expression before it ({result.differs_from})", style="yellow")
        if result.same_as is not None:
            yield Text(f"{name}: the same as the expression before it ({result.same_as})", style="yellow")
        for condition in result.conditions:
            yield Text(f"{name}: {condition.words}", style="yellow")
        for n, suggestion in enumerate(result.suggestions):
            yield Text(f"{name}: {'or' if n else 'proved instead'}: {suggestion}", style="green")
    for induction in outcome.inductions:
        yield Text(
            f"induction: {induction.step} (from l+1 to l) with {induction.base} (at the last layer) gives "
            f"{induction.symbol} at every layer of every depth"
        )


def _instance(found: Counterexample) -> str:
    """The instance and the two values, on one line."""
    values = [*found.tensors.items(), *found.functions.items()]
    values += [(rf"\partial {cost} / \partial {n}", v) for cost, by in found.partials.items() for n, v in by.items()]
    shown = [f"{name} = {_nested(value)}" for name, value in [*found.sizes.items(), *values, *found.at.items()]]
    return f"{found.left} on the left, {found.right} on the right, where {', '.join(shown)}"


def _nested(value: object) -> str:
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_nested, value))}]"
    return "·" if value is None else str(value)


def _summary(results: list[Result]) -> Text:
    claims = Counter(r.verdict for r in results)
    if not claims:
        return Text("no claims", style="yellow")
    text = Text()
    for n, (verdict, count) in enumerate(sorted(claims.items())):
        text.append(", " if n else "").append(f"{count} {verdict}", style=STYLE[verdict])
    return text
