"""What is drawn into a tile, a module a type of layer; features name their painters
(`widgets.ui_feature.UiFeature.layer_painters`).  Shapes are drawn from the resolved marks, above all layers.
"""
