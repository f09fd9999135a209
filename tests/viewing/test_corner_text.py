"""Corner text as documents: what is shipped, what a station may say, and what an image does not tell."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from app.domain.display_set import DisplaySet
from app.domain.frame import Distinction, Frame
from app.domain.study import Patient, Series, SeriesUid, Study, StudyUid
from app.domain.technique import Exposure, Technique
from app.errors import BadInput
from app.i18n import set_language
from app.paths import resource_path
from app.reading.corner_text import OTHERS, STUDY_FIELDS, corner_text, document_for, documents, read_document
from app.viewing.corner_items import FRAME_FIELDS, fields_of
from app.viewing.resolve import ScreenFacts, resolve
from app.viewing.screen import CornerText, SliceView, Viewport, ViewportId
from tests.support.volumes import display_set_of, volume_of

STUDY = Study(
    StudyUid("1.2"),
    Patient("P1", "Zhang^San"),
    description="MR Brain",
    started_at=datetime(2026, 11, 20, 9, 14, tzinfo=UTC),
)
SERIES = Series(SeriesUid("1.2.3"), StudyUid("1.2"), "MR", description="T2 {tse}")


@pytest.fixture(autouse=True)
def _english():  # type: ignore[no-untyped-def]
    set_language("en")
    yield
    set_language("zh")


def _set(**techniques: object) -> tuple[Viewport, DisplaySet]:
    """Three slices of an MR; the second one has another echo time."""
    volume = volume_of(np.zeros((3, 300, 300), np.int16))
    frames = []
    for frame, echo in zip(display_set_of(volume).frames, (90.0, 12.5, 90.0), strict=True):
        how = Technique(repetition_ms=4000.0, field_tesla=3.0, **techniques)  # type: ignore[arg-type]
        frames.append(replace(frame, technique=how, distinction=Distinction(echo_ms=echo)))
    shown = replace(display_set_of(volume), frames=tuple(frames))
    viewport = Viewport(ViewportId("1"))
    viewport.show(volume, SliceView(0, 0.0), display_set=shown)
    return viewport, shown


def _lines(viewport: Viewport) -> list[str]:
    shown = resolve(viewport, ScreenFacts(), (500, 500))
    assert shown is not None
    return [line.text for line in shown.corners.bottom_right]


def test_every_shipped_document_is_valid_and_stands_for_its_modality() -> None:
    known, wrong = documents(None)
    assert not wrong
    assert {path.stem for path in resource_path("corner_text").glob("*.json")} == set(known)
    for name, modality in (
        ("ct", "CT"),
        ("mr", "MR"),
        ("pt", "PT"),
        ("mg", "MG"),
        ("us", "US"),
        (OTHERS, "OCT"),
    ):
        assert document_for(known, modality) is known[name]
    modalities = [one for document in known.values() for one in document.modalities]
    assert len(modalities) == len(set(modalities))


def test_lines_are_those_of_the_image_in_view_and_nothing_is_left_empty() -> None:
    """No flip angle, inversion time, agent or sequence: nothing of them; the echo time is the slice's."""
    viewport, shown = _set()
    viewport.corner_text = corner_text(documents(None)[0]["mr"], STUDY, SERIES, shown)
    assert _lines(viewport) == ["T2 {tse}", "3 T", "TR 4000 TE 90"]
    viewport.view = SliceView(0, 1.0)
    assert _lines(viewport) == ["T2 {tse}", "3 T", "TR 4000 TE 12.5"]
    viewport.view = SliceView(1, 4.0)  # across the slices: what all of them say
    assert _lines(viewport) == ["T2 {tse}", "3 T", "TR 4000"]
    assert corner_text(documents(None)[0]["mr"], None, SERIES, shown) == CornerText()


def test_exposure_and_angles_have_their_words() -> None:
    frame = display_set_of(volume_of(np.zeros((1, 4, 4), np.int16))).frames[0]
    beam = Exposure(mas=12.3456, force_n=95.0, part_mm=52.4, primary_deg=-30.0, secondary_deg=20.0)
    frame = replace(frame, technique=Technique(exposure=beam))
    said = {name: FRAME_FIELDS[name](frame) for name in ("mas", "compression_n", "part_mm")}
    assert said == {"mas": "12.3", "compression_n": "95", "part_mm": "52"}
    angles = [FRAME_FIELDS[name](frame) for name in ("primary_angle", "secondary_angle")]
    assert angles == ["RAO 30°", "CRA 20°"]
    bare = Frame(frame.sop_uid, "", "", 0, 4, 4, frame.pixel_format)
    assert not any(read(bare) for read in FRAME_FIELDS.values())


def test_the_station_s_document_stands_in_place_of_ours(tmp_path: Path) -> None:
    own = {"modalities": ["MR"], "bottom_right": [["{modality}", "{patient_id}"], ["{age}"]]}
    (tmp_path / "mr.json").write_text(json.dumps(own), encoding="utf-8")
    (tmp_path / "ct.json").write_text("{", encoding="utf-8")
    known, wrong = documents(tmp_path)
    assert corner_text(known["mr"], STUDY, SERIES, None) == CornerText(bottom_right=("MR P1",))
    assert known["ct"] == documents(None)[0]["ct"]
    assert [error.params["name"] for error in wrong] == ["ct.json"]
    (tmp_path / "ct.json").write_text("[" * 60_000, encoding="utf-8")
    (tmp_path / "endless.json").symlink_to("/dev/zero")
    _, wrong = documents(tmp_path)
    assert [error.params["name"] for error in wrong] == ["ct.json"]


@pytest.mark.parametrize(
    ("document", "found"),
    [
        ([], "object expected"),
        ({"middle": []}, "middle"),
        ({"modalities": "MR"}, "modalities"),
        ({"top_left": ["{name}"]}, "top_left"),
        ({"top_left": [["{name}"]] * 9}, "top_left"),
        ({"top_left": [["{name"]]}, "{name"),
        ({"top_left": [["{name:>99999999}"]]}, "{name:>99999999}"),
        ({"top_left": [["{name!r}"]]}, "{name!r}"),
        ({"top_left": [["{nobody}"]]}, "nobody"),
        ({"top_left": [["{name.display_name}"]]}, "name.display_name"),
        ({"top_left": [["{name} {kv}"]]}, "{name} {kv}"),
    ],
)
def test_what_is_wrong_with_a_document_is_named(tmp_path: Path, document: object, found: str) -> None:
    path = tmp_path / "mine.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(BadInput) as caught:
        read_document(path)
    assert found in str(caught.value)
    assert "mine.json" in str(caught.value)


def test_fields_are_found_in_a_template() -> None:
    assert fields_of("TR {repetition_ms} {echo_ms}") == ("repetition_ms", "echo_ms")


def test_the_guides_name_every_value() -> None:
    for language in ("zh", "en"):
        guide = Path(__file__).resolve().parents[2] / "docs" / f"user-guide.{language}.md"
        told = guide.read_text(encoding="utf-8")
        assert not [name for name in (*STUDY_FIELDS, *FRAME_FIELDS) if f"`{name}`" not in told]
