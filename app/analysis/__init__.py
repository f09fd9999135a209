"""Methods on images: planned, run, filed, confirmed by a person (DB13/T 5.2, 5.3)."""
