"""Compiled libraries: found again, never taken from others, and a clear word where something is missing."""

import os
import stat
import subprocess
import sys

import pytest

from bnsym.compile import CompileError
from bnsym.compile.c import library
from bnsym.compile.c.library import library as load

TEXT = "int number_of_this_test(void) { return 7; }\n"


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "bnsym"


@pytest.fixture
def forget_compiler():
    for kept in (library._command, library._version):
        kept.cache_clear()
    yield
    for kept in (library._command, library._version):
        kept.cache_clear()


def begin_apart(code, cache):
    """Begin a process that runs code with this cache, and has loaded nothing of it yet."""
    program = f"from bnsym.compile.c.library import library as load\nTEXT = {TEXT!r}\n{code}"
    environment = {**os.environ, "XDG_CACHE_HOME": str(cache.parent)}
    return subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    )


def run_apart(code, cache):
    process = begin_apart(code, cache)
    told = process.communicate(timeout=60)
    assert process.returncode == 0, told
    return told[0].strip()


def test_a_library_is_compiled_once(cache, monkeypatch):
    assert load(TEXT).number_of_this_test() == 7
    (path,) = cache.iterdir()
    made = path.stat().st_mtime_ns
    monkeypatch.setattr(library, "_compiled", lambda *_: pytest.fail("compiled again"))
    assert load(TEXT).number_of_this_test() == 7
    assert path.stat().st_mtime_ns == made
    assert stat.S_IMODE(cache.stat().st_mode) == 0o700


@pytest.mark.parametrize("spoil", ["empty", "cut", "altered", "text"])
def test_a_file_that_is_not_as_it_was_written_is_made_anew(cache, spoil):
    """A library that was cut off would end the process when it is loaded, not raise: it is never loaded."""
    run_apart("load(TEXT)", cache)
    (path,) = cache.iterdir()
    whole = path.read_bytes()
    half = len(whole) // 2
    contents = {"empty": b"", "cut": whole[:half], "altered": whole[:half] + bytes(len(whole) - half), "text": b"no"}
    path.write_bytes(contents[spoil])
    assert run_apart("print(load(TEXT).number_of_this_test())", cache) == "7"
    assert whole in [file.read_bytes() for file in cache.iterdir()]


def test_processes_that_compile_the_same_at_once_all_have_it(cache):
    started = [begin_apart("print(load(TEXT).number_of_this_test())", cache) for _ in range(3)]
    assert [process.communicate(timeout=60) for process in started] == [("7\n", "")] * 3
    assert all(path.suffix == ".so" for path in cache.iterdir())


def test_where_nothing_can_be_written_a_folder_of_this_process_serves(cache, monkeypatch):
    write, tried = library.write_atomically, []

    def full(path, content):
        tried.append(path)
        if path.is_relative_to(cache):
            raise OSError(28, "No space left on device")
        write(path, content)

    monkeypatch.setattr(library, "write_atomically", full)
    assert load(TEXT).number_of_this_test() == 7
    assert len(tried) == 2 and not tried[1].is_relative_to(cache)


def test_what_cannot_be_loaded_is_named_with_the_remedy(cache, monkeypatch):
    monkeypatch.setattr(library, "_compiled", lambda *_: b"not a library")
    with pytest.raises(CompileError, match=r"cannot be loaded: .*XDG_CACHE_HOME"):
        load(TEXT)


def test_another_text_is_another_library(cache):
    assert load(TEXT.replace("7", "8")).number_of_this_test() == 8
    assert load(TEXT).number_of_this_test() == 7
    assert len(list(cache.iterdir())) == 2


@pytest.mark.parametrize("spoil", ["writable", "link"])
def test_a_file_that_others_could_have_written_is_not_loaded(cache, spoil):
    load(TEXT)
    (path,) = cache.iterdir()
    content = path.read_bytes()
    path.unlink()
    if spoil == "writable":
        path.write_bytes(b"not a library")
        path.chmod(0o666)
    else:
        other = cache.parent / "other.so"
        other.write_bytes(b"not a library")
        path.symlink_to(other)
    assert load(TEXT).number_of_this_test() == 7
    assert path.read_bytes()[:4] == content[:4] and not path.is_symlink()


def test_a_folder_that_others_may_write_to_is_not_used(cache):
    cache.mkdir()
    cache.chmod(0o777)
    assert load(TEXT).number_of_this_test() == 7
    assert not list(cache.iterdir())


def test_nothing_is_left_of_a_compilation_that_fails(cache):
    with pytest.raises(CompileError, match="failed"):
        load("this is not C")
    assert not list(cache.iterdir())


@pytest.mark.parametrize("named", [True, False])
def test_without_a_compiler_the_message_says_what_to_install(monkeypatch, forget_compiler, named):
    monkeypatch.setenv("PATH", "")
    if named:
        monkeypatch.setenv("CC", "no-such-compiler")
    else:
        monkeypatch.delenv("CC", raising=False)
    with pytest.raises(CompileError, match="install gcc or clang"):
        load(TEXT)


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("#!/bin/sh\nexit 0\n", "made nothing"),
        ("#!/bin/sh\necho no space left >&2\nexit 1\n", "failed:\nno space left"),
        ("this is no program\n", "did not run"),
        ("#!/bin/sh\nexec sleep 20\n", "did not run"),
    ],
)
def test_a_compiler_that_does_not_work_is_named(cache, forget_compiler, monkeypatch, tmp_path, script, message):
    compiler = tmp_path / "strange-cc"
    compiler.write_text(script)
    compiler.chmod(0o755)
    monkeypatch.setenv("CC", str(compiler))
    monkeypatch.setattr(library, "SECONDS", 0.3)
    with pytest.raises(CompileError, match=message) as caught:
        load(TEXT)
    assert "strange-cc" in str(caught.value) and not list(cache.glob("*"))


def test_ownership_is_looked_at(tmp_path, monkeypatch):
    path = tmp_path / "x.so"
    path.write_bytes(b"")
    assert library._is_own(path, stat.S_ISREG)
    monkeypatch.setattr(os, "getuid", lambda: path.stat().st_uid + 1)
    assert not library._is_own(path, stat.S_ISREG)
