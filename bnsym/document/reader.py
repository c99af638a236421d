r"""A document from its file: header, spans, definitions, claims.

Nothing is raised for what stands in the document: it becomes a statement of kind "error" or "ill-formed", or
the document's `problem`.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from bnsym.document.errors import HeaderError, Text, Unreadable
from bnsym.document.meaning.dependencies import Dependencies
from bnsym.document.meaning.registry import Registry
from bnsym.document.notation.header import BUILTIN, read_header
from bnsym.document.rewording.equation import Rewording
from bnsym.document.source import File
from bnsym.document.statements.adjoints import adjoints
from bnsym.document.statements.functions import Functions
from bnsym.document.statements.links import Links
from bnsym.document.statements.premises import Premises
from bnsym.document.statements.rows import find_rows
from bnsym.language.statement import Document, Problem


def read(path: str | Path, notation: str | Path | None = None) -> Document:
    """Read a document.

    `notation` is a TOML file, or a document whose header is taken; without it the document's own header
    counts. Raises OSError if a file cannot be opened; everything else is reported in the `Document`.
    """
    path = Path(path)
    content = ""
    try:
        file = File.open(path)
        content = file.content
        heading = file if notation is None else File.open(Path(notation))
        where = "" if notation is None else f"{notation}: "
        toml = heading.header
        if toml is None:
            lines = "two lines % +++" if heading.is_tex else "two lines +++"
            message = f"there is no header: expected TOML between {lines} at the top of the file, or a notation file"
            raise Unreadable(Text(heading.content).problem(where + message, 0))
        try:
            return _read(file, toml.text)
        except HeaderError as error:
            text = Text(heading.content, toml.place)
            raise Unreadable(text.problem(where + error.message, error.position)) from None
    except Unreadable as error:
        return _failed(path, content, error.problem)


def has_header(path: Path) -> bool:
    """Whether a file holds a header, or cannot be opened as what it should be; raises OSError."""
    try:
        return File.open(path).header is not None
    except Unreadable:
        return True


def _failed(path: Path, text: str, problem: Problem) -> Document:
    digest = hashlib.sha256(text.encode()).hexdigest()
    return Document(str(path), "", digest, (), (), (), (), (), (), None, None, problem)


def _read(file: File, header: str) -> Document:
    source = file.scan()
    text = Text(file.content, source.place)
    notation = read_header(header, source.expand)
    included = ", ".join(f"line {Text(file.content).line(place)}" for place in source.included)
    registry = Registry(notation, elsewhere=included)
    premises = Premises(registry)
    cost = premises.cost()
    rows = find_rows(source, text, notation.compounds)
    if names := adjoints(registry, rows):
        notation.compounds |= names
        rows = find_rows(source, text, notation.compounds)
    functions = Functions(registry, rows, source.content)
    premises.abbreviations()
    links = Links(registry, rows, source.content, text, functions)
    links.elaborate()
    links.overrule(premises.assumptions())
    given = links.take_given(premises.hypotheses)
    statements = links.statements()
    dependencies = Dependencies(registry.definitions, notation.generic)
    return Document(
        path=str(file.path),
        title=notation.title,
        digest=hashlib.sha256(f"{file.content}\0{header}".encode()).hexdigest(),
        statements=statements,
        definitions=tuple(dependencies.in_order(registry.definitions)),
        abbreviations=tuple(registry.abbreviations),
        hypotheses=(*premises.hypotheses, *(reading for reading, _ in given)),
        assumptions=(*(f"{a.left} = {a.right}" for a in premises.taken), *(written for _, written in given)),
        functions=tuple(
            name
            for known in notation.functions.values()
            for _, name in known
            if name not in BUILTIN.values() and name not in notation.curves
        ),
        cost=cost,
        layers=(notation.generic, notation.last) if notation.generic else None,
        letters=tuple(notation.letters.items()),
        slopes=tuple(registry.slopes),
        curves=notation.curves,
        rectified=frozenset(functions.rectified),
        rewording=Rewording(registry, links.rows, source.content, links.held),
    )
