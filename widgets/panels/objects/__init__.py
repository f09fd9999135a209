"""Objects that are no images in the window: what they put over images."""
