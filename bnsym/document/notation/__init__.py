"""What a header declares, which declared symbol a name is, and letters for what is left without."""
