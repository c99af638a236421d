"""Other right-hand sides for a line of a document: single edits of its text, and how they are read in its place."""
