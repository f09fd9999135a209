"""Objects that are no images, each read as what it is.  All of it runs in bounded children."""
