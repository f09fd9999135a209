"""The report in the window: its workspace, and what it says while reading."""
