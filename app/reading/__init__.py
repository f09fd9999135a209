"""Opening studies and series for reading."""
