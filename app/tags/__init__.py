"""Every element of a DICOM object, to look into, to search and to compare."""
