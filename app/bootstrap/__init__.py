"""The composition root: the only package that may import everything.

`station` builds the services, `window` puts the window over them, `demo` is the main job without a person.
"""
