"""What the product speaks about: frozen data, the standard library and NumPy only."""
