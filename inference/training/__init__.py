"""Training of the shipped models from generated studies: ``python -m inference.training denoise --steps
10000``.
"""
