"""Reading's half of the window."""

from app.reading.spread import WINDOW_ID
from app.session.commands import ToolbarGroup
from widgets.panels.reading.images_workspace import ImagesWorkspace
from widgets.panels.reading.layout_picker import LayoutPicker
from widgets.panels.reading.memory_status import MemoryStatus
from widgets.panels.reading.read_workspace import ReadWorkspace
from widgets.ui_feature import StatusSpec, ToolbarPart, UiFeature, WindowSpec, WorkspaceSpec

UI_FEATURE = UiFeature(
    "reading",
    workspaces=(
        WorkspaceSpec(
            "read",
            title="Read",
            tip="Reading",
            go="Go to reading",
            icon="device-desktop-analytics",
            make=ReadWorkspace,
        ),
    ),
    windows=(WindowSpec(WINDOW_ID, title="More views", workspace_id="read", make=ImagesWorkspace),),
    status=(StatusSpec("memory", order=25, make=MemoryStatus),),
    toolbar=(ToolbarPart(ToolbarGroup.LAYOUT, order=10, make=LayoutPicker),),
)
