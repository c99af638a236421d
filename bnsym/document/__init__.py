r"""The reader: from a Markdown file with LaTeX to a `Document` in which every index is explicit.

    from bnsym.document import read
    document = read("batch_norm.md")

Guarantees: reading is deterministic; nothing of what is read is dropped in silence; what cannot be read is a
statement or a problem with file position and the fix, never an exception (but for a file that is not there).
"""

from bnsym.document.errors import caret
from bnsym.document.folder import find_documents
from bnsym.document.reader import read

__all__ = ["caret", "find_documents", "read"]
