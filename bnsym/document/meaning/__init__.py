"""From the presentation tree to expressions with every index explicit: what a formula says."""
