"""A plan as a JAX module, on one device or on many."""
