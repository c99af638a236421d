"""The verdicts for a person at a terminal: a table a document, then what deserves to be said of single lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console, ConsoleOptions, Group, RenderableType
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from bnsym.document import caret
from bnsym.printable import one_line, plain
from bnsym.report.outcome import Outcome
from bnsym.verdict import Result

if TYPE_CHECKING:
    from bnsym.refute.counterexample import Counterexample

NAMED = 10  # files that are skipped and named
MARGIN = 13  # columns for the labels of a block
SHORT = 16  # characters of a value that is not rounded
DIGITS = 6  # of a value that is
STYLE = {
    "proved": "green",
    "refuted": "red",
    "ill-formed": "magenta",
    "error": "bold red",
    "undecided": "yellow",
}


class Screen(Console):
    """A console on which nothing but its own styles steers the terminal."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        for segment in super().render(renderable, options):
            yield segment if segment.control else segment._replace(text=plain(segment.text))


def show(console: Console, outcome: Outcome) -> None:
    """Print the verdicts of one document: a table, then what deserves to be said, a block a statement.

    Only a terminal has lines of one length: what is piped is broken nowhere.
    """
    console.print(Text.assemble((one_line(outcome.path), "bold"), f"  {one_line(outcome.title)}"), soft_wrap=True)
    if outcome.problem is not None:
        console.print(Text(caret(outcome.problem), style="red"), soft_wrap=True)
        return
    _show_table(console, outcome)
    for line in _remarks(outcome):
        console.print(line, soft_wrap=True)
    blocks = [(result, list(_block(result))) for result in outcome.results]
    blocks = [(result, block) for result, block in blocks if block or result.problem is not None]
    for result, block in blocks:
        style = STYLE.get(result.verdict, "dim")
        name = f"{result.statement.id}, line {result.statement.line}: "
        console.print(Text.assemble("\n", (name, "bold"), (result.verdict, style)), soft_wrap=True)
        if result.problem is not None:  # a caret is where it points to only if nothing is broken off
            console.print(Text(caret(result.problem), style=style), soft_wrap=True)
        for label, text in block:
            _print_hanging(console, Text(f"  {label}".ljust(MARGIN), style="dim"), text)
    for name, lines in outcome.steps.items():
        console.print(Text(f"\n{name}", style="bold"))
        console.print(Group(*map(Text, lines)), soft_wrap=True)
    console.print(Text.assemble("\n" if blocks or outcome.steps else "", _summary(outcome.claims)))


def _show_table(console: Console, outcome: Outcome) -> None:
    """A row a statement: where it is, the verdict, and how it was read."""
    times = [f"{r.milliseconds:.1f}" if r.is_claim else "" for r in outcome.results]
    columns = (
        ("line", *(str(r.statement.line) for r in outcome.results)),
        ("id", *(r.statement.id for r in outcome.results)),
        ("verdict", *(r.verdict for r in outcome.results)),
    )
    widths = [max(map(len, column)) + 2 for column in columns]
    last = max(map(len, times), default=0)
    readings = [result.reading or result.statement.latex for result in outcome.results]
    rows = zip(zip(*columns, strict=True), ("ms", *times), ("reading", *readings), strict=True)
    for (line, name, verdict), time, reading in rows:
        start = Text(line.ljust(widths[0]) + name.ljust(widths[1]))
        start.append(verdict.ljust(widths[2]), style=STYLE.get(verdict, "dim" if line != "line" else ""))
        start.append(time.rjust(last) + "  ")
        _print_hanging(console, start, Text(reading))


def _print_hanging(console: Console, start: Text, text: Text) -> None:
    """Some columns and a text, which is broken below itself where the terminal is too narrow."""
    if not console.is_terminal:
        for line in text.split() or [text]:
            console.print(Text.assemble(start, line), soft_wrap=True)
            start = Text(" " * len(start))
        return
    grid = Table.grid(padding=0)
    grid.add_column(width=len(start), no_wrap=True)
    grid.add_column(overflow="fold")
    grid.add_row(start, text)
    console.print(grid)


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
        table.add_row(Text(one_line(outcome.path)), *cells, f"{outcome.milliseconds:.0f}")
    total = [Text(str(sum(count[v] for count in counts)), style=STYLE[v]) for v in columns]
    table.add_row(
        Text(f"{len(outcomes)} documents", style="bold"), *total, f"{sum(o.milliseconds for o in outcomes):.0f}"
    )
    console.print()
    console.print(table)
    if skipped:
        more = f" and {len(skipped) - NAMED} more" if len(skipped) > NAMED else ""
        names = ", ".join(one_line(str(path)) for path in skipped[:NAMED]) + more
        console.print(Text(f"skipped, without a header: {names}", style="dim"), soft_wrap=True)


def _remarks(outcome: Outcome) -> Iterator[Text]:
    """What is said of the document as a whole."""
    if outcome.assumptions:
        yield Text("assumed: " + ";  ".join(map(one_line, outcome.assumptions)), style="dim")
    hypotheses = dict.fromkeys(h for r in outcome.results for h in r.hypotheses)
    if hypotheses:
        yield Text("under: " + ";  ".join(hypotheses), style="dim")
    for induction in outcome.inductions:
        yield Text(
            f"induction: {induction.step} (from l+1 to l) with {induction.base} (at the last layer) gives "
            f"{induction.symbol} at every layer of every depth"
        )


def _block(result: Result) -> Iterator[tuple[str, Text]]:
    """What is said of one statement: what is wrong with it, what to write instead, and an example."""
    style = STYLE.get(result.verdict, "dim")
    if result.verdict == "refuted":
        yield "written", Text(result.statement.latex)
    for erratum in result.errata:
        yield "note", Text(f"{erratum.kind}: {erratum.message}", style="yellow")
    if result.residual is not None:
        yield "too large", Text(f"the right-hand side, by {result.residual}", style=style)
    if result.differs_from is not None:
        yield "chain", Text(f"differs from the expression before it ({result.differs_from})", style="yellow")
    if result.same_as is not None:
        yield "chain", Text(f"the same as the expression before it ({result.same_as})", style="yellow")
    for n, suggestion in enumerate(result.suggestions):
        yield "or" if n else "write", Text.assemble((suggestion, "green"), ("" if n else "   (proved)", "dim"))
    for condition in result.conditions:
        yield "but", Text(condition.words, style="yellow")
    if result.counterexample is not None:
        yield "example", Text("\n").join(map(Text, _instance(result.counterexample)))


def _instance(found: Counterexample) -> Iterator[str]:
    """The two values, and the instance, a tensor a line."""
    left, right = _told_apart(found.left, found.right)
    at = ", ".join(f"{index} = {place}" for index, place in found.at.items())
    yield f"left-hand side {left}, right-hand side {right}{f' at {at}' if at else ''}, where"
    yield ", ".join(f"{axis} has size {size}" for axis, size in found.sizes.items())
    values = [*found.tensors.items(), *found.functions.items()]
    values += [(rf"\partial {cost} / \partial {n}", v) for cost, by in found.partials.items() for n, v in by.items()]
    for name, value in values:
        yield f"{name} = {_nested(value)}"


def _told_apart(left: str, right: str) -> tuple[str, str]:
    """Two values as they are if they are short, else rounded, with as many digits as tell them apart."""
    if max(len(left), len(right)) <= SHORT:
        return left, right
    numbers = [Fraction(side.strip("[]").partition(",")[0]) for side in (left, right)]
    for digits in range(DIGITS, 3 * DIGITS):
        first, second = (f"{float(number):.{digits}g}" for number in numbers)
        if first != second:
            return f"≈ {first}", f"≈ {second}"
    return left, right


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
