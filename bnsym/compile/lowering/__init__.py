"""Index expressions to values that are whole arrays."""
