"""Everything of the window that is not drawn in a viewport."""
