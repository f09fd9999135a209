"""Objects that are no images: reports, documents, curves, and what lies over images."""
