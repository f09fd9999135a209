"""Pixels on their way to the screen: images in memory, lookup tables, shutters."""
