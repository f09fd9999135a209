"""From bytes that nobody has checked to frozen data and pixels."""
