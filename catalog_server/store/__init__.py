"""Tables of a node and what is written to them; SQL is nowhere else."""
