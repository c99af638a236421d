"""The index language: expressions over named axes, the cost graph, and their LaTeX.

Nothing here needs SymPy or NumPy, so that a certificate can be compared with a document without them.
"""
