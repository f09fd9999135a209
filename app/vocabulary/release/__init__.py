"""Reads RadLex releases: OWL, tables (CSV, XLSX, XLS) and FHIR code systems."""
