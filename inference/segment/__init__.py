"""Segmentation of structures."""
