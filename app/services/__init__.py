"""Use cases.  Each takes an `Actor` first, asks for a right, and writes its audit row with its change."""
