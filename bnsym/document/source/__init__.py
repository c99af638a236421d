r"""From a file to its mathematics: Markdown, LaTeX, and the Markdown cells of notebooks.

Whatever is done to the text of a file before formulas are read (a notebook's cells are decoded, macros are
expanded, what is no mathematics is blanked), one map leads from an offset back to the place in the file.
"""

from bnsym.document.source.file import File, Source, Span

__all__ = ["File", "Source", "Span"]
