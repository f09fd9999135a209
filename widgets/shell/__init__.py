"""The window itself: made from lists of features, naming none."""
