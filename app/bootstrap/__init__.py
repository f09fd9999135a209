"""The composition root: the only package that may import everything.

`station` builds the services, `window` puts the window over them, `features` and `ui_features` list what
they are made of.
"""
