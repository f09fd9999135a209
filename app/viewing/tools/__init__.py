"""What the left button does, a module a tool; the lists of them are the features' own
(`app.features.Feature.tools`).
"""
