"""Blocks of code in Markdown: where there can be none, the Markdown parser is not asked."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from bnsym.document.source.markdown import _CODE, blank

PIECES = [
    " ",
    "  ",
    "   ",
    "    ",
    "\t",
    ">",
    "> ",
    "-",
    "- ",
    "+ ",
    "* ",
    "1. ",
    "12) ",
    "a",
    "b c",
    "|",
    "#",
    "\n",
    "\r",
]
PIECES += ["\n\n", "`", "```", "~~~", "$x$", "\x0c", "\x0b", "\xa0", "\ufeff", "<b>", "---", "[a]: b"]


@settings(max_examples=2000, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join))
def test_what_is_passed_over_has_no_code(text):
    plain = text.replace("\r", " ")
    if _CODE.search(plain) is None:
        assert not {token.type for token in MarkdownIt("commonmark").parse(plain)} & {"fence", "code_block"}


@pytest.mark.parametrize(
    "text",
    [
        "    code", "\tcode", "- a\n\n      code", ">     code", "> - a\n>\n>       code", "```\ncode\n```",
        "   ~~~\ncode", "1.  a\n\n        code", "-\t\tcode", "    \x0ccode", "  \r code",
    ],
)  # fmt: skip
def test_code_is_blanked_wherever_it_stands(text):
    assert "code" not in blank(text)


def test_text_alone_needs_no_parser():
    texts = ["text", "a    b", "- a\n  - b\n\n    \n", "$$\n   x\n$$", " " * 9 + "\n", "> - 1. a"]
    script = f"import sys, bnsym.document.source.markdown as m\nfor text in {texts!r}: m.blank(text)\n"
    subprocess.run([sys.executable, "-c", script + "assert 'markdown_it' not in sys.modules"], check=True)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("~~$a = b$~~ $c$", "$c$"),
        ("~~was\n$$a = b$$~~ $c$", "$c$"),
        ("<del>$a = b$</del> <s>$b$</s> $c$", "$c$"),
        ("$a~~=~~b$", "$a~~=~~b$"),  # space in a formula
        ("$$a~~=~~b$$", "$$a~~=~~b$$"),
        (r"\~~$a$~~", r"\~~$a$~~"),
        ("~~a\n\n$b$~~", "~~a $b$~~"),  # two paragraphs
    ],
)
def test_what_is_struck_out_is_blanked(text, left):
    blanked = blank(text)
    assert len(blanked) == len(text) and " ".join(blanked.split()) == left


@pytest.mark.parametrize("piece", ["~~a", "~~$", "$~~", "$\\", r"\$\$", "<del>", "$$a", "~~$a"])
def test_what_is_struck_out_and_never_ends_takes_no_time(piece):
    assert len(blank(piece * 50_000)) == len(piece) * 50_000


@pytest.mark.parametrize("piece", [" ", "> ", "- ", "1", ">", "   >", "1. "])
def test_long_lines_take_no_time(piece):
    assert _CODE.search(f"{piece * 200_000}\n") is None
