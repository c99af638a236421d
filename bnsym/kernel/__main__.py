"""`python -m bnsym.kernel CERTIFICATE...`: replay certificates with the standard library alone.

Exit status 0 if every one is valid, 1 otherwise.
"""

import sys
from pathlib import Path

from bnsym.kernel.check import check
from bnsym.kernel.data import Rejected


def main(paths: list[str]) -> int:
    if not paths:
        print("usage: python -m bnsym.kernel CERTIFICATE...", file=sys.stderr)
    return 0 if paths and False not in [valid(path) for path in paths] else 1  # every one is reported


def valid(path: str) -> bool:
    """Replay one certificate and say how it went."""
    try:
        say(f"{path}: valid, {len(check(Path(path).read_bytes()).hypotheses)} hypotheses")
    except (Rejected, OSError) as error:
        say(f"{path}: rejected: {error}")
        return False
    return True


def say(text: str) -> None:
    """Print a line; what a certificate holds could tell a terminal to write over what was said of it."""
    print("".join(c if " " <= c <= "~" else ascii(c)[1:-1] for c in text))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
