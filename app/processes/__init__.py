"""Processes of their own for what may hang, grow or crash: parsers and decoders of untrusted files."""
