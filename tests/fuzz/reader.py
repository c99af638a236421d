"""Coverage-guided fuzzing of the reader: `python -m tests.fuzz.reader [libFuzzer options]` (needs atheris).

For example `-max_total_time=600 corpus/`, or `-runs=100000`. Bytes are the body of a document under a header of
ours, or a whole document. Whatever they are, reading ends without an exception, and each problem has its place. The
fuzzer starts from documents of ours, and from the words that `spoiled_documents` puts in.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["bnsym.document", "bnsym.language"]):
    from bnsym.document import caret, read

from bnsym.testing.document import HOSTILE, PIECES
from tests.fuzz.documents import sources
from tests.test_untrusted import SMALL

HEADER, BODY = (part.encode() for part in (SMALL[: SMALL.rindex("+++") + 4], SMALL[SMALL.rindex("+++") + 4 :]))


def beginnings(folder: Path) -> list[str]:
    """What the fuzzer begins with: options that name a dictionary and a folder of documents."""
    words = folder / "words"
    entries = ("".join(f"\\x{byte:02x}" for byte in word.encode()) for word in (*PIECES, *HOSTILE))
    words.write_text("".join(f'"{entry}"\n' for entry in entries))
    (folder / "documents").mkdir()
    for number, content in enumerate([BODY, *(f"\0{text}".encode() for text in sources())]):
        (folder / "documents" / str(number)).write_bytes(content)
    return [f"-dict={words}", "-len_control=0", str(folder / "documents")]


def main() -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        path = folder / "document.md"

        def one(data: bytes) -> None:
            path.write_bytes(data[1:] if data[:1] == b"\0" else HEADER + data)
            document = read(path)
            for problem in (document.problem, *(s.problem for s in document.statements)):
                if problem is not None:
                    assert problem.line >= 1 and problem.column >= 1 and problem.message
                    caret(problem)

        given = sys.argv[1:]
        folders = [] if any(not option.startswith("-") for option in given) else [tempfile.mkdtemp(dir=folder)]
        atheris.Setup([sys.argv[0], *given, *folders, *beginnings(folder)], one)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
