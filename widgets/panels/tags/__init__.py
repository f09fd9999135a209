"""The tag browser beside the images."""
