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
        return 1
    status = 0
    for path in paths:
        try:
            theorem = check(Path(path).read_bytes())
        except (Rejected, OSError) as error:
            print(f"{path}: rejected: {error}".encode("ascii", "backslashreplace").decode())
            status = 1
        else:
            print(f"{path}: valid, {len(theorem.hypotheses)} hypotheses")
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
