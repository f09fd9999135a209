"""Presentation states and reports that would hang a drawing: what can be shown is, what cannot is said."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from pydicom import DataElement
from pydicom.dataset import Dataset
from pydicom.uid import ImplicitVRLittleEndian

from app.dicom.read.objects.annotations import MOST_POINTS_OF_ALL
from app.dicom.read.objects.presentation_state import read_presentation
from app.dicom.read.objects.report_marks import read_report_marks
from app.dicom.read.objects.structured_report import read_report
from app.domain.document import Table
from app.domain.frame import Frame
from app.domain.layers import GraphicKind, PresentationState, Units
from app.domain.pixel import Rescale
from app.domain.presentation import Window
from app.errors import BadInput
from app.objects.pages import presentation_page, report_page
from app.processes.pool import Pool
from app.viewing.layers import Layer, PresentationLayer, ReportLayer
from app.viewing.presented import presented_images
from app.viewing.reported import placed_report
from app.viewing.resolve import facts_of, resolve
from app.viewing.screen import Screen, StackView, Viewport, ViewportId
from tests.dicom.objects.made_objects import base, item
from tests.dicom.objects.made_states import COLUMNS, ROWS, STORED, area, grey_image, state_for, table
from tests.support.painted import painted
from tests.support.stacks import frame_of, stack_of

pytestmark = [pytest.mark.window, pytest.mark.usefixtures("qapp")]

ONE = ViewportId("1")
RANDOM = np.random.default_rng(5)


def figure(data: Any, kind: str = "POLYLINE", units: str = "PIXEL", **facts: Any) -> Dataset:
    made = item(
        GraphicAnnotationUnits=units, GraphicDimensions=2, GraphicType=kind, GraphicFilled="N", **facts
    )
    return with_points(made, data)


def with_points(made: Dataset, data: Any) -> Dataset:
    """Graphic Data as bytes, which Implicit VR does not tell from numbers."""
    made.add_new(0x00700022, "OF", np.asarray(data, dtype="<f4").tobytes())
    return made


def unchecked(tag: int, vr: str, value: str) -> Dataset:
    """An item of an attribute whose value is not allowed."""
    made = Dataset()
    made.add(DataElement(tag, vr, value, validation_mode=pydicom.config.IGNORE))
    return made


def saved(ds: Dataset, path: Path) -> Path:
    """In Implicit VR, where values may be as long as one likes."""
    ds.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian
    ds.save_as(path, enforce_file_format=True)
    return path


def read(folder: Path, parsers: Pool, ds: Dataset) -> PresentationState:
    """As a window has it read."""
    saved(ds, folder / "state.dcm")
    state: PresentationState = parsers.call(read_presentation, folder / "state.dcm", "state", about="state")
    return state


def told(state: PresentationState) -> dict[str, str]:
    return {template.split(":")[0]: params.get("n", "") for template, params in state.told}


def view_of(layer: Layer, frame: Frame) -> tuple[Screen, Viewport]:
    screen = Screen()
    viewport = screen.viewports[ONE]
    viewport.show(stack_of([STORED], [frame]), StackView(0))
    viewport.put_layer(layer)
    return screen, viewport


def corner(screen: Screen, viewport: Viewport) -> str:
    shown = resolve(viewport, facts_of(screen, ONE), (600, 600))
    assert shown is not None
    return " | ".join(f"{line.text} {line.tip}" for line in shown.corners.bottom_right)


def framed(sop_uid: str) -> Frame:
    return frame_of(STORED, 1, sop_uid=sop_uid)


def test_figures_that_cannot_be_drawn_are_left_out_and_said(tmp_path: Path, parsers: Pool) -> None:
    """No numbers, far outside, unknown kinds, too few points; the rest is drawn, whatever it is like."""
    image = grey_image()
    tangle = RANDOM.uniform(0, COLUMNS, size=(3000, 2))
    drawable = [
        figure(tangle),
        figure(tangle[:900], "INTERPOLATED"),
        figure(((-5000, 16), (5000, 16))),
        figure(((1, 1), (9, 9)), units="MATRIX"),
        figure(((0, 0), (1, 1)), units="DISPLAY"),
        figure(((1, 2), (3, 4)), units="FURLONG"),
    ]
    useless = [
        figure(((float("nan"), 1), (2, 3))),
        figure(((1, 1), (float("inf"), 3))),
        figure(((1e30, 1e30), (-1e30, 5), (10, 10))),
        figure(((1e5, 0), (0, 0)), units="DISPLAY"),
        figure(((1, 1), (2, 2)), "STAR"),
        figure(((1, 1),)),
        figure(((1, 1), (2, 2)), "ELLIPSE"),
        figure((), "POINT"),
    ]
    ds = state_for(image)
    ds.GraphicAnnotationSequence = [
        item(GraphicLayer="", GraphicObjectSequence=drawable + useless),
        unchecked(0x00700002, "CS", "' OR 1=1 --\x1b[31m"),
    ]
    ds.GraphicAnnotationSequence[1].GraphicObjectSequence = [figure(((1, 1), (2, 2)))]
    state = read(tmp_path, parsers, ds)
    first, second = state.annotations
    assert second.layer.isprintable()
    assert [len(one.points) for one in first.graphics] == [3000, 900, 2, 2, 2, 2]
    assert [one.units for one in first.graphics[3:]] == [Units.MATRIX, Units.DISPLAY, Units.PIXEL]
    assert len(second.graphics) == 1
    assert told(state) == {
        "Figures without readable points are not shown": "5",
        "Figures far outside of the image are not shown": "2",
        "Figures of an unknown kind are not shown": "1",
    }
    frame = framed(image.SOPInstanceUID)
    screen, viewport = view_of(PresentationLayer(presented_images(state, [frame])), frame)
    for zoom in (1.0, 60.0):
        viewport.zoom = zoom
        assert painted(viewport, (900, 900))[1].any()
    said = corner(screen, viewport)
    assert "有内容无法显示：3 项" in said
    assert "远在图像之外的图形未显示：2 个。" in said
    page = presentation_page(state, 1)
    assert "未知类型的图形未显示：1 个。" in [getattr(block, "text", "") for block in page.blocks]


def test_a_million_points_are_too_many(tmp_path: Path, parsers: Pool) -> None:
    """One figure of a million, and figures whose sum is too large."""
    ds = state_for(grey_image())
    sheaf = [figure(RANDOM.uniform(0, 30, size=(60_000, 2))) for _ in range(4)]
    sheaf += [figure(RANDOM.uniform(0, 30, size=(300, 2))) for _ in range(60)]
    # far more than a Number of Graphic Points can say
    huge = figure(RANDOM.uniform(0, 30, size=(1_000_000, 2)))
    ds.GraphicAnnotationSequence = [item(GraphicLayer="L", GraphicObjectSequence=[huge, *sheaf])]
    state = read(tmp_path, parsers, ds)
    (annotation,) = state.annotations
    assert len(annotation.graphics) == 3 + 60
    frame = framed(grey_image().SOPInstanceUID)
    _, viewport = view_of(PresentationLayer(presented_images(state, [frame])), frame)
    assert painted(viewport, (900, 900))[1].any()
    assert sum(len(one.points) for one in annotation.graphics) <= MOST_POINTS_OF_ALL
    assert told(state) == {"Figures of too many points are not shown": "2"}


def test_texts_are_plain_and_bounded(tmp_path: Path, parsers: Pool) -> None:
    """Control characters and turned directions become blanks, endless texts end, lost ones are said."""
    place = {"AnchorPointAnnotationUnits": "PIXEL", "AnchorPointVisibility": "Y"}
    texts = [
        item(UnformattedTextValue="a\x07\x1b[31mb\u202ec\u2066d", AnchorPoint=[5.0, 6.0], **place),
        unchecked(0x00700006, "ST", "长" * 5000),
        item(UnformattedTextValue="nowhere"),
        item(UnformattedTextValue="far", AnchorPoint=[1e30, 6.0], **place),
    ]
    texts[1].AnchorPoint, texts[1].AnchorPointAnnotationUnits = [5.0, 6.0], "PIXEL"
    ds = state_for(grey_image())
    ds.GraphicAnnotationSequence = [item(GraphicLayer="L", TextObjectSequence=texts)]
    state = read(tmp_path, parsers, ds)
    plain, long = state.annotations[0].texts
    assert plain.text.isprintable()
    assert "\u202e" not in plain.text
    assert len(long.text) == 1024
    assert told(state) == {"Texts without a place are not shown": "2"}


def test_tables_and_windows_that_cannot_be_used_are_said(tmp_path: Path, parsers: Pool) -> None:
    """A table shorter than it says, a window without a width, an impossible magnification, an area beside the
    image: the image shows without them, and its corner says so.
    """
    image = grey_image()
    short = table(np.arange(10), 0, 12)
    short[0x00283002].value = [4096, 0, 12]
    short.ModalityLUTType = "US"
    voi = item(VOILUTSequence=[table(np.arange(10), 0, 12)])
    voi.VOILUTSequence[0][0x00283002].value = [256, 0, 12]
    beside = area(1000, 1000, 1100, 1100)
    for facts, wanted in (
        (
            {"ModalityLUTSequence": [short]},
            "Modality LUT Sequence：应有 4096 项，实有 10 项；未使用该查找表。",
        ),
        ({"SoftcopyVOILUTSequence": [voi]}, "VOI LUT Sequence：应有 256 项，实有 10 项"),
        (
            {"SoftcopyVOILUTSequence": [item(WindowCenter="40", WindowWidth="0")]},
            "Softcopy VOI LUT Sequence：窗宽窗位或查找表无法使用。",
        ),
        ({"DisplayedAreaSelectionSequence": [beside]}, "其指定的显示区域不在图像内"),
        (
            {"ShutterShape": "BITMAP", "ShutterOverlayGroup": 0x6000, "ShutterPresentationValue": 0},
            "缺少位图遮挡",
        ),
    ):
        state = read(tmp_path, parsers, state_for(image, **facts))
        assert not isinstance(state.modality, Rescale)
        frame = framed(image.SOPInstanceUID)
        screen, viewport = view_of(PresentationLayer(presented_images(state, [frame])), frame)
        assert wanted in corner(screen, viewport), facts
        assert painted(viewport, (COLUMNS, ROWS))[1].std() > 3
    sized = area()
    sized.PresentationSizeMode, sized.PresentationPixelMagnificationRatio = "MAGNIFY", 1e30
    state = read(tmp_path, parsers, state_for(image, DisplayedAreaSelectionSequence=[sized]))
    assert state.areas[0].magnification is None
    assert len(state.told) == 1


def test_a_usable_state_says_nothing(tmp_path: Path, parsers: Pool) -> None:
    image = grey_image()
    ds = state_for(image, SoftcopyVOILUTSequence=[item(WindowCenter="40", WindowWidth="400")])
    ds.GraphicAnnotationSequence = [
        item(GraphicLayer="L", GraphicObjectSequence=[figure(((5, 5),), "POINT")])
    ]
    state = read(tmp_path, parsers, ds)
    assert state.told == ()
    assert state.voi[0].transforms == (Window(40, 400),)
    assert state.annotations[0].graphics[0].kind is GraphicKind.POINT


def _code(value: str, meaning: str) -> list[Dataset]:
    return [item(CodeValue=value, CodingSchemeDesignator="DCM", CodeMeaning=meaning)]


def _report(folder: Path, *content: Dataset) -> Path:
    ds = base("1.2.840.10008.5.1.4.1.1.88.33", "1.2.826.0.1.3680043.8.498.87.1", "SR")
    ds.ValueType, ds.ContinuityOfContent = "CONTAINER", "SEPARATE"
    ds.ConceptNameCodeSequence = _code("126000", "Imaging Measurement Report")
    ds.ContentSequence = list(content)
    return saved(ds, folder / "report.dcm")


def _scoord(data: Any, sop_uid: str, kind: str = "POLYLINE") -> Dataset:
    named = item(ReferencedSOPClassUID="1.2.840.10008.5.1.4.1.1.7", ReferencedSOPInstanceUID=sop_uid)
    image = item(ValueType="IMAGE", RelationshipType="SELECTED FROM", ReferencedSOPSequence=[named])
    made = item(ValueType="SCOORD", RelationshipType="CONTAINS", GraphicType=kind, ContentSequence=[image])
    return with_points(made, data)


def test_a_report_that_goes_in_rings(tmp_path: Path, parsers: Pool) -> None:
    """References to themselves, to their parents and to nothing; items without a value type; figures without
    end: the good ones are drawn, the others counted.
    """
    uid = "1.2.826.0.1.3680043.8.498.70.1"
    to = lambda *place: item(  # noqa: E731
        RelationshipType="INFERRED FROM", ReferencedContentItemIdentifier=list(place)
    )
    ring = item(ValueType="CONTAINER", RelationshipType="CONTAINS")
    ring.ContentSequence = [to(1), to(1, 1), to(1, 1, 1), to(9, 9, 9), to()]
    path = _report(
        tmp_path,
        ring,
        item(RelationshipType="CONTAINS"),
        item(ValueType="NUM", RelationshipType="CONTAINS", ContentSequence=[to(1, 3)]),
        _scoord(((1, 1), (20, 20)), uid),
        _scoord(RANDOM.uniform(0, 60, size=(2500, 2)), uid),
        _scoord(((float("nan"), 1), (2, 3)), uid),
        _scoord(((1e30, 1), (2, 3)), uid),
        _scoord(RANDOM.uniform(0, 60, size=(70_000, 2)), uid),
        *(_scoord(((n % 60, n % 30),), uid, "POINT") for n in range(300)),
    )
    marks = parsers.call(read_report_marks, path, "report", about="report")
    assert len(marks.marks) == 2 + 60
    assert {template.split(":")[0]: params["n"] for template, params in marks.told} == {
        "Figures without readable points are not shown": "1",
        "Figures far outside of the image are not shown": "1",
        "Figures of too many points are not shown": "1",
    }
    frame = framed(uid)
    screen, viewport = view_of(ReportLayer(placed_report(marks, [frame])), frame)
    plain = painted(viewport, (900, 900), overlays_visible=False)[1]
    assert (painted(viewport, (900, 900))[1] != plain).any()
    assert "有内容无法显示：3 项" in corner(screen, viewport)
    assert parsers.call(read_report, path, "report", about="report").root.children


def test_a_page_without_end_ends(tmp_path: Path, parsers: Pool) -> None:
    """Numbers and texts beyond what can be laid out are counted."""
    number = item(ValueType="NUM", RelationshipType="CONTAINS")
    word = item(ValueType="TEXT", RelationshipType="CONTAINS", TextValue="word")
    path = _report(tmp_path, *[number] * 4900, *[word] * 400)
    page = report_page(parsers.call(read_report, path, "report", about="report"), 0)
    lines = [len(one.rows) if isinstance(one, Table) else 1 for one in page.blocks]
    assert sum(lines) == 5000 + 1
    assert "略去 301 行" in page.blocks[-1].text  # type: ignore[union-attr]


def test_a_report_that_is_nested_too_deeply_is_refused(tmp_path: Path, parsers: Pool) -> None:
    """In words, by the look that is taken before anything is parsed."""
    deep = item(ValueType="TEXT", RelationshipType="CONTAINS", TextValue="bottom")
    for _ in range(200):
        deep = item(ValueType="CONTAINER", RelationshipType="CONTAINS", ContentSequence=[deep])
    path = _report(tmp_path, deep)
    with pytest.raises(BadInput, match="nested"):
        parsers.call(read_report_marks, path, "report", about="report")
