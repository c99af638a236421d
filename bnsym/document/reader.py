r"""A document from its file: header, spans, definitions, claims.

Nothing is raised for what stands in the document: it becomes a statement of kind "error" or "ill-formed", or
the document's `problem`.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

from bnsym.document.dependencies import Dependencies
from bnsym.document.errors import HeaderError, Text
from bnsym.document.header import BUILTIN, Notation, read_header
from bnsym.document.links import Links
from bnsym.document.premises import Premises
from bnsym.document.registry import Registry
from bnsym.document.rewording.equation import Rewording
from bnsym.document.rows import find_rows
from bnsym.document.source import MAXIMAL_LENGTH, scan, split_header
from bnsym.language.statement import Document, Problem


def read(path: str | Path, notation: str | Path | None = None) -> Document:
    """Read a document.

    `notation` is a TOML file, or a document whose header is taken; without it the document's own header
    counts. Raises OSError if a file cannot be opened; everything else is reported in the `Document`.
    """
    path = Path(path)
    text, problem = _load(path)
    if problem is not None:
        return _failed(path, "", problem)
    if notation is None:
        toml, offset = split_header(text)
        header = Text(text)
        where = ""
    else:
        content, problem = _load(Path(notation))
        if problem is not None:
            return _failed(path, text, problem)
        toml, offset = (content, 0) if Path(notation).suffix == ".toml" else split_header(content)
        header = Text(content)
        where = f"{notation}: "
    if toml is None:
        message = (
            f"{where}there is no header: expected TOML between two lines +++ at the top of the file, or a notation file"
        )
        return _failed(path, text, replace(header.problem(message, 0), line=1, column=1))
    digest = hashlib.sha256(f"{text}\0{toml}".encode()).hexdigest()
    try:
        return _read(path, text, digest, read_header(toml))
    except HeaderError as error:
        return _failed(path, text, header.problem(where + error.message, offset + error.position))


def _load(path: Path) -> tuple[str, Problem | None]:
    data = path.read_bytes()
    if len(data) > MAXIMAL_LENGTH:
        return "", Problem(1, 1, f"{path} is longer than {MAXIMAL_LENGTH} bytes, which is more than is read")
    try:
        return data.decode("utf-8").replace("\r\n", "\n"), None
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return "", Problem(line, 1, f"{path} is not UTF-8: byte {data[error.start]:#04x}")


def _failed(path: Path, text: str, problem: Problem) -> Document:
    digest = hashlib.sha256(text.encode()).hexdigest()
    return Document(str(path), "", digest, (), (), (), (), (), (), None, None, problem)


def _read(path: Path, content: str, digest: str, notation: Notation) -> Document:
    registry = Registry(notation)
    premises = Premises(registry)
    cost = premises.cost()
    premises.abbreviations()
    source, text = scan(content), Text(content)
    links = Links(registry, find_rows(source, text, notation.compounds), source.content, text)
    links.elaborate()
    links.overrule(premises.assumptions())
    statements = links.statements()
    dependencies = Dependencies(registry.definitions, notation.generic)
    return Document(
        path=str(path),
        title=notation.title,
        digest=digest,
        statements=statements,
        definitions=tuple(dependencies.in_order(registry.definitions)),
        abbreviations=tuple(registry.abbreviations),
        hypotheses=tuple(premises.hypotheses),
        assumptions=tuple(f"{a.left} = {a.right}" for a in premises.taken),
        functions=tuple(n for known in notation.functions.values() for _, n in known if n not in BUILTIN.values()),
        cost=cost,
        layers=(notation.generic, notation.last) if notation.generic else None,
        letters=tuple(notation.letters.items()),
        rewording=Rewording(registry, links.rows, source.content),
    )
