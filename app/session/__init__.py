"""The evented state of one reading: what was drawn and marked, with undo."""
