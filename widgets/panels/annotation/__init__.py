"""Measurements and key images in the window."""
