"""Objects that are no images, as a person reads them."""
