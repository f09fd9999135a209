"""DICOM in and out: bounded reading of untrusted files, volumes made of frames, objects written by
definition.
"""
