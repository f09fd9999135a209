"""Dictionary, classification, areas and sample records as data."""
