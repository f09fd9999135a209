"""Forward models with exact truth: anatomy, projection, noise."""
