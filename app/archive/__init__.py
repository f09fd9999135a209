"""What the station holds: importing, finding, giving out."""
