"""Reports: templates, editing, quality rules, and the exporters that read the one canonical model (DB13/T
3.3.3).
"""
