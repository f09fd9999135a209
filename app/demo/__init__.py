"""The demo: its study, people and three-tier directory, the window over them, and the main job without a
person.

A user of the composition root, never the other way round.
"""
