"""The features' halves of the window, a folder each."""
