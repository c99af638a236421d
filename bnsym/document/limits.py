"""How much is read of a document, which nobody has to trust. Beyond each limit there is an error that names it."""

LENGTH = 2**20  # bytes of a document
NOTEBOOK = 2**24  # bytes of a notebook with all its outputs; its Markdown is a document
LINES = 100_000  # of a document
TOKENS = 100_000  # of the mathematics of a document
NAMES = 1000  # that a header declares
DEPTH = 64  # levels of nesting, of formulas and of macros, and parts of a key of a header
EXPONENT = 64  # the size of an exponent
DIGITS = 64  # of a number
NODES = 20_000  # of the expressions of a statement, with its abbreviations written out
USE = 2**17  # characters that one use of a macro comes to
EXPANSION = 2**20  # characters that all uses of macros come to
