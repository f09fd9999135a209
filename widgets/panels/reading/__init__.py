"""Reading in the window: the workspace of the images."""
