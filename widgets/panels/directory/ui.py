"""The directory's half of the window."""

from widgets.panels.directory.directory_workspace import DirectoryWorkspace
from widgets.panels.directory.reach_status import ReachStatus
from widgets.ui_feature import StatusSpec, UiFeature, WorkspaceSpec

UI_FEATURE = UiFeature(
    "directory",
    workspaces=(
        WorkspaceSpec(
            "directory",
            title="Directory",
            tip="Resource directory",
            go="Go to directory",
            icon="sitemap",
            make=lambda ui, _: DirectoryWorkspace(ui),
        ),
    ),
    status=(StatusSpec("directory", order=20, make=ReachStatus),),
)
