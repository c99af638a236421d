"""Coverage-guided fuzzing of the reader: `python -m tests.fuzz.reader [libFuzzer options]` (needs atheris).

For example `-max_total_time=600 corpus/`, or `-runs=100000`. Bytes are the body of a document under a header of
ours, or a whole document. Whatever they are, reading ends without an exception, and each problem has its place.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["bnsym.document", "bnsym.language"]):
    from bnsym.document import caret, read

from tests.test_untrusted import SMALL

HEADER = SMALL[: SMALL.rindex("+++") + 4].encode()


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "document.md")

        def one(data: bytes) -> None:
            path.write_bytes(data[1:] if data[:1] == b"\0" else HEADER + data)
            document = read(path)
            for problem in (document.problem, *(s.problem for s in document.statements)):
                if problem is not None:
                    assert problem.line >= 1 and problem.column >= 1 and problem.message
                    caret(problem)

        atheris.Setup(sys.argv, one)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
