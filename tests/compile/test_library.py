"""Compiled libraries: found again, never taken from others, and a clear word where something is missing."""

import os
import stat

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
    library._command.cache_clear()
    yield
    library._command.cache_clear()


def test_a_library_is_compiled_once(cache, monkeypatch):
    assert load(TEXT).number_of_this_test() == 7
    (path,) = cache.iterdir()
    made = path.stat().st_mtime_ns
    monkeypatch.setattr(library, "_compiled", lambda *_: pytest.fail("compiled again"))
    assert load(TEXT).number_of_this_test() == 7
    assert path.stat().st_mtime_ns == made
    assert stat.S_IMODE(cache.stat().st_mode) == 0o700


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


def test_ownership_is_looked_at(tmp_path, monkeypatch):
    path = tmp_path / "x.so"
    path.write_bytes(b"")
    assert library._is_own(path, stat.S_ISREG)
    monkeypatch.setattr(os, "getuid", lambda: path.stat().st_uid + 1)
    assert not library._is_own(path, stat.S_ISREG)
