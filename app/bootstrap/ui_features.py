"""The capabilities of the window, a line each, in the order of the rail; the command line does not need
them.
"""

from __future__ import annotations

from widgets.panels.analysis.ui import UI_FEATURE as ANALYSIS
from widgets.panels.annotation.ui import UI_FEATURE as ANNOTATION
from widgets.panels.archive.ui import UI_FEATURE as ARCHIVE
from widgets.panels.directory.ui import UI_FEATURE as DIRECTORY
from widgets.panels.objects.ui import UI_FEATURE as OBJECTS
from widgets.panels.reading.ui import UI_FEATURE as READING
from widgets.panels.reporting.ui import UI_FEATURE as REPORTING
from widgets.panels.tags.ui import UI_FEATURE as TAGS
from widgets.ui_feature import UiFeature

UI_FEATURES: tuple[UiFeature, ...] = (
    ARCHIVE,
    READING,
    OBJECTS,
    ANNOTATION,
    ANALYSIS,
    REPORTING,
    DIRECTORY,
    TAGS,
)
