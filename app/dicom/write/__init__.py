"""DICOM objects that are made here, a module an object kind."""
