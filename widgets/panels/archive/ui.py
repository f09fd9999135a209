"""The archive's half of the window."""

from widgets.panels.archive.disk_status import DiskStatus
from widgets.panels.archive.worklist import WorklistWorkspace
from widgets.ui_feature import StatusSpec, UiFeature, WorkspaceSpec

UI_FEATURE = UiFeature(
    "archive",
    workspaces=(
        WorkspaceSpec(
            "worklist",
            title="List",
            tip="Worklist",
            go="Go to worklist",
            icon="list-details",
            make=lambda ui, _: WorklistWorkspace(ui),
        ),
    ),
    status=(StatusSpec("disk", order=30, make=DiskStatus),),
)
