"""What is computed, in which form, when, and where it lies."""
