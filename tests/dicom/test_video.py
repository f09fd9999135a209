"""Video objects: every transfer syntax and container, frames in any order, colours, and what is told of those
that are cut, lie or are too long.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from app.dicom.read.decode import PixelFile
from app.dicom.read.display_sets import display_sets
from app.dicom.read.facts_document import unpack_facts
from app.dicom.read.folder_index import scan
from app.dicom.read.loader import ImageLoader
from app.dicom.read.scanned_file import ScannedFile
from app.dicom.read.thumbnail import thumbnail
from app.domain.display_set import DisplaySet
from app.domain.image import ImageStack
from app.errors import BadInput
from app.jobs import never_cancelled
from app.jobs.runner import no_progress
from app.processes.dicom import DicomProcesses
from app.processes.limits import MAX_VIDEO_BYTES
from tests.dicom.pixel_objects import EXPLICIT, encapsulated, frame, opened, refusal, under_syntax, write
from tests.support.leased_objects import FilesByAddress

_VIDEOS = Path(__file__).parent / "videos"
_SHAPE, _FRAMES = (64, 96), 24
_SYNTAX = "1.2.840.10008.1.2.4."
_OF_STREAM = {
    "mpeg2": ("100", "100.1", "101", "101.1"),
    "h264": ("102", "102.1", "103", "103.1", "104", "104.1", "105", "105.1", "106", "106.1"),
    "hevc": ("107", "108"),
}
_CASES = [
    (name, number)
    for name, numbers in (
        ("mpeg2.ts", _OF_STREAM["mpeg2"]),
        ("mpeg2.ps", ("100",)),
        ("mpeg2.m2v", ("100",)),
        ("h264.ts", ("102",)),
        ("h264.mp4", _OF_STREAM["h264"]),
        ("h264.h264", ("102",)),
        ("hevc.ts", _OF_STREAM["hevc"]),
        ("hevc10.h265", ("108",)),
    )
    for number in numbers
]


def video(path: Path, name: str, number: str, *, pieces: int = 1, **attributes: object) -> Path:
    """A video object of one of the streams; `pieces` fragments."""
    stream = (_VIDEOS / name).read_bytes()
    size = -(-len(stream) // pieces) // 2 * 2 + 2
    fragments = [stream[at : at + size] for at in range(0, len(stream), size)]
    usual = {
        "SamplesPerPixel": 3, "PhotometricInterpretation": "YBR_PARTIAL_420", "PlanarConfiguration": 0,
        "BitsAllocated": 8, "NumberOfFrames": _FRAMES, "CineRate": 25, "FrameTime": 40, "shape": _SHAPE,
    }  # fmt: skip
    return write(path, encapsulated(fragments), syntax=_SYNTAX + number, vr="OB", **(usual | attributes))


def seen_index(pixels: np.ndarray) -> int:  # type: ignore[type-arg]
    """Which image of the video it is, by its grey half."""
    return round((float(pixels[4:60, 4:44].mean()) - 16) / 8)


@pytest.mark.parametrize(("name", "number"), _CASES)
def test_every_syntax_and_container_is_shown(tmp_path: Path, name: str, number: str) -> None:
    with opened(video(tmp_path / "a.dcm", name, number)) as file:
        assert file.photometric_out == "RGB"
        for index in range(0, _FRAMES, 5):
            pixels = file.stored(index)
            assert pixels.shape == (*_SHAPE, 3)
            assert seen_index(pixels) == index
        assert np.abs(pixels[8:24, 60:88].reshape(-1, 3).mean(0) - (220, 30, 30)).max() < 5
        assert np.abs(pixels[40:56, 60:88].reshape(-1, 3).mean(0) - (30, 30, 220)).max() < 5
        assert file.decoder == "FFmpeg"


@pytest.mark.parametrize("name", ["mpeg2.ts", "h264.mp4", "hevc10.h265"])
def test_frames_are_found_in_any_order_and_in_fragments(tmp_path: Path, name: str) -> None:
    path = video(tmp_path / "a.dcm", name, "102.1", pieces=7)
    with opened(path) as file:
        assert [seen_index(file.stored(i)) for i in (23, 0, 11, 12, 12, 3)] == [23, 0, 11, 12, 12, 3]


def test_a_stream_without_items_is_read(tmp_path: Path) -> None:
    """Written as the value itself, with a length."""
    path = write(
        tmp_path / "a.dcm", (_VIDEOS / "mpeg2.ts").read_bytes(), vr="OB",
        SamplesPerPixel=3, BitsAllocated=8, NumberOfFrames=_FRAMES, shape=_SHAPE,
        PhotometricInterpretation="YBR_PARTIAL_420", PlanarConfiguration=0,
    )  # fmt: skip
    under_syntax(path, EXPLICIT, _SYNTAX + "100")
    assert seen_index(frame(path, 7)) == 7


def test_one_sample_is_grey(tmp_path: Path) -> None:
    attributes = {"SamplesPerPixel": 1, "PhotometricInterpretation": "MONOCHROME2"}
    pixels = frame(video(tmp_path / "a.dcm", "h264.mp4", "102", **attributes), 20)
    assert pixels.shape == _SHAPE
    assert seen_index(pixels) == 20


def test_rows_beyond_the_picture_are_left_out(tmp_path: Path) -> None:
    """Coded sizes are multiples of 16."""
    assert frame(video(tmp_path / "a.dcm", "h264.mp4", "102", shape=(56, 96))).shape == (56, 96, 3)


def test_true_reasons(tmp_path: Path) -> None:
    path = tmp_path / "a.dcm"
    wrong = refusal(video(path, "h264.mp4", "102", shape=(48, 96)))
    assert (wrong.params["found"], wrong.params["expected"]) == ("64 × 96 × 3", "48 × 96 × 3")
    foreign = refusal(video(path, "jpeg.avi", "102"))
    assert "no MPEG-2, H.264 or HEVC video" in str(foreign)
    assert "MPEG-4 AVC/H.264" in str(foreign)
    garbage = write(
        path, encapsulated([b"\0\0\x01\xb3" + b"\0" * 60]), syntax=_SYNTAX + "100", vr="OB",
        SamplesPerPixel=3, BitsAllocated=8,
    )  # fmt: skip
    assert "cannot be decoded" in str(refusal(garbage))


def test_a_stream_names_no_other_file(tmp_path: Path) -> None:
    """Playlists and the like are no videos, wherever they point."""
    inner = tmp_path / "inner.ts"
    inner.write_bytes((_VIDEOS / "h264.ts").read_bytes())
    for text in (
        f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{inner}\n#EXT-X-ENDLIST\n",
        f"ffconcat version 1.0\nfile {inner}\n",
    ):
        path = write(
            tmp_path / "a.dcm", encapsulated([text.encode()]), syntax=_SYNTAX + "102", vr="OB",
            SamplesPerPixel=3, BitsAllocated=8, shape=_SHAPE, PhotometricInterpretation="YBR_PARTIAL_420",
        )  # fmt: skip
        assert "cannot be decoded" in str(refusal(path))


def test_what_is_not_there_is_told(tmp_path: Path) -> None:
    """A stream with fewer images than declared: the others are shown."""
    path = video(tmp_path / "a.dcm", "h264.ts", "102", NumberOfFrames=40)
    with opened(path) as file:
        with pytest.raises(BadInput) as caught:
            file.stored(30)
        assert (caught.value.params["found"], caught.value.params["wanted"]) == (24, 31)
        assert seen_index(file.stored(23)) == 23


def indexed(processes: DicomProcesses, folder: Path) -> tuple[DisplaySet, FilesByAddress, list[str]]:
    found = scan([folder], parsers=processes.parsers, workdir=folder / "work")
    taken, told = [], []
    for one in found:
        if isinstance(one, ScannedFile):
            taken.append(one)
        else:
            told.append(one.reason)
    series = taken[0].series
    facts = [unpack_facts(one.documents.facts) for one in taken]
    held = display_sets(facts, study_uid=series.study_uid, series_uid=series.series_uid)
    return held.sets[0], FilesByAddress({one.sha256: one.path for one in taken}), told


def test_a_video_is_a_stack_that_plays(processes: DicomProcesses, tmp_path: Path) -> None:
    """In the bounded children: the asked image first, all of them there, with the object's rate and a small
    picture.
    """
    video(tmp_path / "a.dcm", "hevc.ts", "107")
    found, objects, told = indexed(processes, tmp_path)
    assert not told
    assert found.geometry is None
    assert found.frames[0].lossy_ratio is not None, "every video has lost something"
    assert [one.frame_time_ms for one in found.frames] == [40.0] * _FRAMES
    stack, task = ImageLoader(processes.decoders).open_stack(found, objects, first=9)
    assert isinstance(stack, ImageStack)
    assert task.run(progress=no_progress, cancelled=never_cancelled) == _FRAMES
    images = [stack.pixels.stored(i) for i in range(_FRAMES)]
    assert [seen_index(one) for one in images if one is not None] == list(range(_FRAMES))
    stack.pixels.close()
    assert thumbnail(found, objects, parsers=processes.parsers).startswith(b"\x89PNG")


def test_a_long_video_is_shown_as_far_as_it_fits(processes: DicomProcesses, tmp_path: Path) -> None:
    """It is taken whole; how much of it is shown is said when it is taken, and beside the images."""
    fitting = MAX_VIDEO_BYTES // (1080 * 1920 * 3)
    video(tmp_path / "a.dcm", "h264.mp4", "102", shape=(1080, 1920), NumberOfFrames=30_000)
    found, _, told = indexed(processes, tmp_path)
    assert told == ["long-video"]
    assert len(found.frames) == fitting
    (warning,) = [params for template, params in found.warnings if "the first" in template]
    assert (warning["frames"], warning["found"]) == ("30000", str(fitting))
    with pytest.raises(BadInput, match="decoded image"):
        PixelFile(tmp_path / "a.dcm", "video").stored(0)
