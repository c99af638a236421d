"""From C text to a loaded library: the system's compiler, and a cache of what it made.

A library is found again by what it was made from: the text, the compiler and its options, and the machine.

Guarantees: nothing is loaded but a regular file in a folder that both belong to this user and that nobody else may
write to; a file appears in the cache whole or not at all. Where there is no such folder, a private temporary one
serves this process.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import platform
import shlex
import shutil
import stat
import subprocess
import tempfile
from functools import cache
from pathlib import Path

from bnsym.compile.errors import CompileError
from bnsym.files import write_atomically

OPTIONS = (
    "-std=c11", "-O3", "-march=native", "-fPIC", "-shared", "-fno-math-errno", "-fno-trapping-math",
    "-fno-signed-zeros", "-fassociative-math", "-freciprocal-math", "-ffp-contract=fast", "-Wno-unknown-pragmas",
)  # fmt: skip
WIDE = ("-mprefer-vector-width=512",)  # x86 alone
SECONDS = 120  # that a compiler may take


def library(text: str) -> ctypes.PyDLL:
    """The text, compiled and loaded. Raises CompileError if there is no compiler, or if it fails."""
    command = _command()
    recipe = "\0".join((text, *command, _version(command[0]), _machine()))
    path = _folder() / f"{hashlib.sha256(recipe.encode()).hexdigest()}.so"
    if not _is_own(path, stat.S_ISREG):
        write_atomically(path, _compiled(text, command))
    return ctypes.PyDLL(str(path))


@cache
def _command() -> tuple[str, ...]:
    wanted = os.environ.get("CC")
    names = shlex.split(wanted)[:1] if wanted else ["cc", "gcc", "clang"]
    found = next((path for name in names if (path := shutil.which(name))), None)
    if found is None:
        what = f"the C compiler {wanted!r} that CC names is not there" if wanted else "there is no C compiler"
        advice = "install gcc or clang (Debian: apt-get install gcc; macOS: xcode-select --install)"
        raise CompileError(f"the compiled backend needs a C compiler, and {what}: {advice}, or use the backend numpy")
    extra = shlex.split(wanted)[1:] if wanted else []
    return (found, *extra, *OPTIONS, *(WIDE if platform.machine() in ("x86_64", "AMD64") else ()))


@cache
def _version(compiler: str) -> str:
    shown = subprocess.run([compiler, "--version"], capture_output=True, text=True, timeout=SECONDS, check=False)
    return shown.stdout


@cache
def _machine() -> str:
    """What the compiler makes code for, where it makes it for the machine that it runs on."""
    processor = Path("/proc/cpuinfo")
    lines = processor.read_text(encoding="utf-8", errors="replace").splitlines() if processor.is_file() else []
    features = next((line for line in lines if line.startswith(("flags", "Features"))), "")
    return f"{platform.platform()} {platform.machine()} {platform.processor()} {features}"


def _compiled(text: str, command: tuple[str, ...]) -> bytes:
    with tempfile.TemporaryDirectory(prefix="bnsym-") as folder:
        source, target = Path(folder) / "step.c", Path(folder) / "step.so"
        source.write_text(text, encoding="ascii")
        try:
            run = subprocess.run(
                [*command, str(source), "-o", str(target), "-lm"],
                capture_output=True, text=True, errors="replace", timeout=SECONDS, check=False,
            )  # fmt: skip
        except (OSError, subprocess.TimeoutExpired) as error:
            raise CompileError(f"the C compiler {command[0]} did not run: {error}") from error
        if run.returncode:
            raise CompileError(f"the C compiler {command[0]} failed:\n{run.stderr.strip()[:2000]}")
        return target.read_bytes()


def _folder() -> Path:
    base = os.environ.get("XDG_CACHE_HOME")
    folder = (Path(base) if base and Path(base).is_absolute() else Path("~/.cache").expanduser()) / "bnsym"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        fit = _is_own(folder, stat.S_ISDIR) and os.access(folder, os.W_OK)
    except (OSError, RuntimeError):
        fit = False
    return folder if fit else _private_folder()


@cache
def _private_folder() -> Path:
    return Path(tempfile.mkdtemp(prefix="bnsym-"))


def _is_own(path: Path, kind) -> bool:
    """Whether that is a file of this kind, no link, of this user, that no other may write to."""
    try:
        found = path.lstat()
    except OSError:
        return False
    private = not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    return kind(found.st_mode) and private and found.st_uid == os.getuid()
