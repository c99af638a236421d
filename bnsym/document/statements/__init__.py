"""From the rows of a document to its definitions and claims."""
