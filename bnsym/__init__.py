"""bnsym: a proof checker for gradient derivations that compiles what it has proved."""
