"""The archive in the window: worklist, free room of the disk."""
