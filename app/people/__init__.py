"""People: what they may do, how they prove who they are, how they sign."""
