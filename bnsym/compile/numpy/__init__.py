"""A plan as straight-line NumPy."""
