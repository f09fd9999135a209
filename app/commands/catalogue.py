"""All commands of the desk, in one explicit list."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from app.commands.desk import Desk
from app.commands.registry import Command
from app.domain.presentation import Window
from app.domain.provenance import ReviewState
from app.domain.report import ReportState
from app.domain.volume import Quantity
from app.viewing.presets import automatic_window, dicom_window, window_presets
from app.viewing.state import Compare, Layout, Plane, TextLevel, Tool

#: tools of the row: (tool, English title, key, icon)
TOOLS: tuple[tuple[Tool, str, str, str], ...] = (
    (Tool.WINDOW, "Window/level", "W", "contrast"),
    (Tool.SCROLL, "Scroll", "S", "arrows-vertical"),
    (Tool.ZOOM, "Zoom", "Z", "zoom-in"),
    (Tool.PAN, "Pan", "T", "hand-move"),
    (Tool.CROSSHAIR, "Crosshair", "H", "crosshair"),
    (Tool.LENGTH, "Measure length", "D", "ruler-measure"),
    (Tool.ELLIPSE, "Measure ellipse", "E", "circle-dashed"),
    (Tool.PROBE, "Probe value", "B", "color-picker"),
)

RENDERING_PRESETS: tuple[tuple[str, str], ...] = (
    ("bone", "Bone"),
    ("vessels", "Vessels and soft tissue"),
    ("lung", "Lung and airways"),
)


def desk_commands(desk: Desk) -> list[Command]:
    """Every command with its callback bound to a desk."""
    return [*_frame(desk), *_worklist(desk), *_reading(desk), *_analysis(desk), *_report(desk), *_directory(desk)]


def _frame(desk: Desk) -> list[Command]:
    return [
        Command("workspace.worklist", "Go to worklist", lambda: desk.show_workspace("worklist"), "Alt+1", "list-details"),
        Command("workspace.read", "Go to reading", lambda: desk.show_workspace("read"), "Alt+2", "device-desktop-analytics"),
        Command("workspace.report", "Go to report", lambda: desk.show_workspace("report"), "Alt+3", "clipboard-plus"),
        Command("workspace.directory", "Go to directory", lambda: desk.show_workspace("directory"), "Alt+4", "sitemap"),
        Command("person.log-in", "Log in", desk.log_in, palette=False),
        Command("person.add-first", "Set up this station", desk.station.people.add_first, palette=False),
        Command("person.log-out", "Log out", desk.log_out, icon="logout", enabled=lambda: desk.has_actor),
    ]


def _worklist(desk: Desk) -> list[Command]:
    return [
        Command(
            "study.import", "Import images", lambda paths: desk.import_paths([Path(p) for p in paths]), icon="folder-plus", palette=False
        ),
        Command("study.open", "Open study", desk.open_study, palette=False),
        Command("study.close", "Close study", desk.close_study, enabled=_has_study(desk)),
    ]


def _reading(desk: Desk) -> list[Command]:
    screen = desk.screen
    has_images, has_study = _has_images(desk), _has_study(desk)

    def in_hounsfield() -> bool:
        return screen.volume is not None and screen.volume.quantity is Quantity.HU

    def has_priors() -> bool:
        return bool(desk.reading.priors)

    def choose(tool: Tool) -> Callable[[], None]:
        return lambda: setattr(screen, "tool", tool)

    def preset(name: str, window: Window) -> Callable[[], None]:
        def apply() -> None:
            screen.window, screen.window_label = window, name

        return apply

    def set_window(centre: float, width: float, label: str = "") -> None:
        screen.window, screen.window_label = Window(centre, width), label

    def full_range() -> None:
        if screen.volume is not None:
            screen.window, screen.window_label = automatic_window(screen.volume, low=0.0, high=1.0), ""

    def images_own() -> None:
        if screen.volume is not None:
            screen.window, screen.window_label = dicom_window(screen.volume)

    def next_text_level() -> None:
        levels = list(TextLevel)
        screen.text_level = levels[(levels.index(screen.text_level) + 1) % len(levels)]

    def toggle_layout() -> None:
        screen.layout = Layout.SINGLE if screen.layout is Layout.QUAD else Layout.QUAD

    def go_to_slice(plane: str, index: float) -> None:
        screen.viewport(Plane(plane)).index = index

    presets = [
        Command(f"window.{p.name}", p.title, preset(p.title, p.window), p.key, where="read", enabled=in_hounsfield)
        for p in window_presets()
    ]
    tools = [Command(f"tool.{tool}", title, choose(tool), key, icon, "read") for tool, title, key, icon in TOOLS]
    renderings = [
        Command(f"rendering.{name}", title, _setter(screen, "rendering_preset", name), where="read", enabled=in_hounsfield)
        for name, title in RENDERING_PRESETS
    ]
    compares = [
        Command(
            f"compare.{mode}", title, _setter(screen, "compare", mode), icon=icon, where="read", enabled=lambda: screen.result is not None
        )
        for mode, title, icon in (
            (Compare.SOURCE, "Show original", "photo"),
            (Compare.RESULT, "Show processed", "sparkles"),
            (Compare.SWIPE, "Swipe original and processed", "arrows-left-right"),
            (Compare.DIFFERENCE, "Show difference", "layers-difference"),
        )
    ]
    return [
        Command("series.show", "Show series", desk.show_series, palette=False),
        Command("series.next", "Show next series", lambda: desk.step_series(1), where="read", enabled=has_study),
        Command("series.previous", "Show previous series", lambda: desk.step_series(-1), where="read", enabled=has_study),
        Command("study.later", "Open the patient's next study", lambda: desk.step_study(1), "Ctrl+Right", where="read", enabled=has_priors),
        Command(
            "study.earlier", "Open the patient's previous study", lambda: desk.step_study(-1), "Ctrl+Left", where="read", enabled=has_priors
        ),
        Command("slice.go", "Go to slice", go_to_slice, palette=False),
        *tools,
        *presets,
        *renderings,
        *compares,
        Command("window.set", "Set window", set_window, palette=False, enabled=has_images),
        Command("window.full", "Full range", full_range, "0", where="read", enabled=has_images),
        Command("window.dicom", "Window of the images", images_own, "`", where="read", enabled=has_images),
        Command(
            "view.invert", "Invert grey", lambda: setattr(screen, "invert", not screen.invert), "I", "contrast-off", "read", has_images
        ),
        Command("view.text", "Change corner text", next_text_level, "Space", "text-size", "read", has_images),
        Command("view.reset", "Reset views", screen.reset_views, "Shift+Escape", "refresh", "read", has_images),
        Command("view.layout", "One view or four", toggle_layout, "F", "layout-grid", "read", has_images),
        Command(
            "view.overlay",
            "Show or hide overlay",
            lambda: setattr(screen, "overlay_visible", not screen.overlay_visible),
            "O",
            "stack-2",
            "read",
            lambda: screen.segmentation is not None,
        ),
        Command(
            "view.crosshair",
            "Show or hide crosshair",
            lambda: setattr(screen, "crosshair_visible", not screen.crosshair_visible),
            "Shift+H",
            "focus-centered",
            "read",
            has_images,
        ),
        Command("image.mark-key", "Mark key image", desk.mark_key_image, "K", "photo-star", "read", has_images),
        Command(
            "mark.delete",
            "Delete mark",
            desk.delete_selected,
            "Delete",
            "trash",
            "read",
            lambda: bool(desk.selected_mark) and desk.may_draw,
        ),
        Command(
            "history.undo",
            "Undo",
            desk.reading.history.undo,
            "Ctrl+Z",
            "arrow-back-up",
            "read",
            lambda: bool(desk.reading.history.undo_name) and desk.may_draw,
        ),
        Command(
            "history.redo",
            "Redo",
            desk.reading.history.redo,
            "Ctrl+Y",
            "arrow-forward-up",
            "read",
            lambda: bool(desk.reading.history.redo_name) and desk.may_draw,
        ),
    ]


def _analysis(desk: Desk) -> list[Command]:
    has_images = _has_images(desk)
    return [
        Command("analysis.plan", "Plan analysis", desk.plan_analysis, palette=False, enabled=has_images),
        Command("analysis.run", "Run analysis", desk.run_analysis, palette=False, enabled=has_images),
        Command("result.accept", "Confirm result", lambda result_id: desk.review_result(result_id, ReviewState.ACCEPTED), palette=False),
        Command("result.discard", "Discard result", lambda result_id: desk.review_result(result_id, ReviewState.DISCARDED), palette=False),
    ]


def _report(desk: Desk) -> list[Command]:
    def state(*wanted: ReportState) -> Callable[[], bool]:
        return lambda: desk.report is not None and desk.report.state in wanted

    writing = state(ReportState.DRAFT, ReportState.RETURNED)
    return [
        Command("report.open", "Open report", desk.open_report, icon="clipboard-plus", enabled=_has_study(desk)),
        Command("report.save", "Save report", desk.save_report, palette=False, enabled=writing),
        Command("report.check", "Check report", desk.check_report, enabled=lambda: desk.report is not None),
        Command("report.sign", "Sign and send to review", desk.sign_report, icon="signature", enabled=writing),
        Command("report.approve", "Approve report", desk.approve_report, icon="rosette-discount-check", enabled=state(ReportState.SIGNED)),
        Command("report.return", "Return report", desk.return_report, palette=False, enabled=state(ReportState.SIGNED)),
        Command(
            "report.export", "Export report", lambda out: desk.export_report(Path(out)), palette=False, enabled=state(ReportState.FINAL)
        ),
    ]


def _directory(desk: Desk) -> list[Command]:
    return [
        Command("directory.propose", "Fill in record", desk.propose_record, palette=False, enabled=_has_study(desk)),
        Command("directory.register", "Register study", desk.register_study, palette=False, enabled=_has_study(desk)),
        Command("directory.send", "Send outbox", desk.send_outbox, icon="send"),
        Command("directory.open-study", "Open study of record", desk.open_record_study, palette=False),
    ]


def _setter(target: Any, name: str, value: Any) -> Callable[[], None]:
    return lambda: setattr(target, name, value)


def _has_images(desk: Desk) -> Callable[[], bool]:
    return lambda: desk.screen.volume is not None


def _has_study(desk: Desk) -> Callable[[], bool]:
    return lambda: desk.reading.study is not None
