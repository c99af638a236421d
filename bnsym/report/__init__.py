"""What a derivation's verdicts look like: as data, as a table, as numbered steps."""
