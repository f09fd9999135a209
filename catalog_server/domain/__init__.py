"""Rules of a node that need no database: states, dictionary, conformance, identity, classification, areas."""
