"""From C text to a loaded library: the system's compiler, and a cache of what it made.

A library is found again by what it was made from (the text, the compiler and its options, and the machine), and is
taken if its content is what its name says.

Guarantees: nothing is loaded but a regular file in a folder that both belong to this user and that nobody else may
write to, and that is as the compiler made it; a file appears in the cache whole or not at all. Where there is no such
folder, or nothing can be written to it, a private temporary one serves this process.
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
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from bnsym.compile.errors import CompileError
from bnsym.files import write_atomically

OPTIONS = (
    "-std=c11", "-O2", "-ftree-vectorize", "-fvect-cost-model=dynamic", "-march=native", "-fPIC", "-shared",
    "-fno-math-errno", "-fno-trapping-math", "-fno-signed-zeros", "-fassociative-math", "-freciprocal-math",
    "-ffp-contract=fast", "-Wno-unknown-pragmas",
)  # fmt: skip
WIDE = ("-mprefer-vector-width=512",)  # x86 alone
SECONDS = 120  # that a compiler may take


def library(text: str) -> ctypes.PyDLL:
    """The text, compiled and loaded. Raises CompileError if there is no compiler, or if it fails."""
    command = _command()
    recipe = _digest("\0".join((text, *command, _version(command[0]), _machine())).encode())
    folder = _folder()
    path = next((found for found in folder.glob(f"{recipe}-*.so") if _is_whole(found)), None)
    if path is None:
        path = _kept(folder, recipe, _compiled(text, command))
    try:
        return ctypes.PyDLL(str(path))
    except OSError as error:
        advice = "if programs may not be run from there, let XDG_CACHE_HOME name another folder"
        raise CompileError(f"{path}, which {command[0]} made, cannot be loaded: {error}; {advice}") from error


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _kept(folder: Path, recipe: str, content: bytes) -> Path:
    """Where a library was put, under a name that says what it was made from and what it is."""
    name = f"{recipe}-{_digest(content)}.so"
    try:
        write_atomically(folder / name, content)
        return folder / name
    except OSError:
        write_atomically(_private_folder() / name, content)
        return _private_folder() / name


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
    return _run([compiler, "--version"]).stdout


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
        run = _run([*command, str(source), "-o", str(target), "-lm"])
        if run.returncode:
            raise CompileError(f"the C compiler {command[0]} failed:\n{run.stderr.strip()[:2000]}")
        if not target.is_file():
            raise CompileError(f"the C compiler {command[0]} made nothing, and did not say why")
        return target.read_bytes()


def _run(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CompileError(f"the C compiler {command[0]} did not run: {error}") from error


def _folder() -> Path:
    base = os.environ.get("XDG_CACHE_HOME")
    folder = (Path(base) if base and Path(base).is_absolute() else Path("~/.cache").expanduser()) / "bnsym"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        fit = _is_own(folder, stat.S_ISDIR) and os.access(folder, os.W_OK)
    except (OSError, RuntimeError):
        fit = False
    return folder if fit else _private_folder()


def _private_folder() -> Path:
    return Path(_private().name)


@cache
def _private() -> tempfile.TemporaryDirectory[str]:
    """It goes when the process ends."""
    return tempfile.TemporaryDirectory(prefix="bnsym-")


def _is_whole(path: Path) -> bool:
    """Whether that is a library as it was made: one that was cut off would end the process that loads it."""
    try:
        return _is_own(path, stat.S_ISREG) and path.stem.endswith(f"-{_digest(path.read_bytes())}")
    except OSError:
        return False


def _is_own(path: Path, kind) -> bool:
    """Whether that is a file of this kind, no link, of this user, that no other may write to."""
    try:
        found = path.lstat()
    except OSError:
        return False
    private = not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    return kind(found.st_mode) and private and found.st_uid == os.getuid()
