"""The vocabulary as people use it: search at the command line."""
