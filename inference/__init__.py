"""Analysis of volumes: arrays in, results out, in a process of its own.  No Qt, no network."""
