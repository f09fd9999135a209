"""The types of shapes that measure and note, in the order of their tools."""

from __future__ import annotations

from app.viewing.shapes.angle import Angle
from app.viewing.shapes.arrow import Arrow
from app.viewing.shapes.bidirectional import Bidirectional
from app.viewing.shapes.cardiothoracic import Cardiothoracic
from app.viewing.shapes.cobb import Cobb
from app.viewing.shapes.ellipse import Ellipse
from app.viewing.shapes.legs import AcetabularIndex, CentreEdge, LegAxes
from app.viewing.shapes.length import Length
from app.viewing.shapes.lesion import FixedLesion, LiverSphere, PercistLesion, RelativeLesion
from app.viewing.shapes.note import Note, SpineLabel
from app.viewing.shapes.outline import Freehand, Polygon, Rectangle, Spline
from app.viewing.shapes.probe import Probe
from app.viewing.shapes.shape import Shape
from app.viewing.shapes.sphere import Sphere

SHAPES: tuple[Shape, ...] = (
    Length(),
    Ellipse(),
    Probe(),
    Angle(),
    Cobb(),
    Bidirectional(),
    Cardiothoracic(),
    Rectangle(),
    Polygon(),
    Spline(),
    Freehand(),
    Sphere(),
    LegAxes(),
    CentreEdge(),
    AcetabularIndex(),
    SpineLabel(),
    RelativeLesion(),
    FixedLesion(),
    PercistLesion(),
    LiverSphere(),
    Arrow(),
    Note(),
)
