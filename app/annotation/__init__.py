"""Measurements and key images of a study: drawn, changed, saved, found again."""
