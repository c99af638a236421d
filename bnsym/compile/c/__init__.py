"""A plan as C: loop nests, matrix products, and the library that comes of them."""
