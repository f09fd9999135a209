"""The resource directory in the window: its workspace, and who of it answers."""
