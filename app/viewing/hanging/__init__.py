"""Hanging protocols: which images stand where, by what they are."""
