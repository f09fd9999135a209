"""Rows in, domain objects out; one module for each thing that is kept."""
