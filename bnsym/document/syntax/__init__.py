"""Tokens, and the presentation tree that is made of them: what a formula looks like."""
