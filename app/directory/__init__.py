"""The station's side of the three-tier resource directory (DB13/T 4)."""
