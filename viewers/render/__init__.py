"""The rendered volume: its widget."""
