"""Use cases of a node: who may do what, and the audit row in the same transaction."""
