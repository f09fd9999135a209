"""What the frames of one series make: volumes, and stacks of images; what is left out is counted with its
reason.

Pure: facts in, display sets out, the same whatever the order of the facts.  Every frame is in exactly one
display set (a resampled volume beside its originals apart) or is left out.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, replace

from app.dicom.read.alike_frames import alike
from app.dicom.read.doubles import left_out, sha256_of, without_doubles
from app.dicom.read.frame_axes import arrange
from app.dicom.read.frame_ranks import FrameArrangement
from app.dicom.read.meant_frames import meant, shown_whole
from app.dicom.read.object_facts import ObjectFacts
from app.dicom.read.quantities import Meaning, kind_of_value, meaning, together
from app.dicom.read.set_titles import told_apart
from app.dicom.read.slice_geometry import SliceGrid, axes_of, clusters, in_lines, lay_out, places
from app.dicom.read.volume_needs import makes_volumes, why_no_volume
from app.domain.display_set import (
    Axis,
    Correction,
    DisplaySet,
    DisplaySetId,
    LeftOut,
    SeriesDisplaySets,
    SeriesObject,
    TranslatableText,
    VolumeGeometry,
)
from app.domain.frame import Frame
from app.domain.presentation import VoiTransform
from app.domain.study import SeriesUid, StudyUid

OWN_FRAMES_OF_REFERENCE = (
    "Each of the {n} images has a Frame of Reference of its own; they were put together by their positions."
)
FRAMES_OF_REFERENCE = (
    "The series has {n} frames of reference: positions in different ones cannot be compared, so its parts "
    "are shown apart."
)
NO_FRAME_OF_REFERENCE = (
    "Images without a Frame of Reference: {n}; they were put with the others by their positions."
)
SHARED_UID = (
    "Images whose UID other images of the series have too: {n}; marks on one of them are shown on the others."
)
#: a slide image of more bytes is not the one that is opened first
SLIDE_BUDGET_BYTES = 192 << 20


@dataclass(frozen=True, slots=True)
class _Series:
    study_uid: StudyUid
    series_uid: SeriesUid
    modality: str
    body_part: str


def display_sets(
    facts: Iterable[ObjectFacts], *, study_uid: str, series_uid: str, body_part: str = ""
) -> SeriesDisplaySets:
    """All display sets of a series, the one to open first in front, what was left out, and what is no
    image.
    """
    objects = sorted(facts, key=lambda one: (one.sop_uid, one.pixel_digest, sha256_of(one)))
    images = [one for one in objects if one.is_image]
    images, doubles = without_doubles(images)
    series = _Series(StudyUid(study_uid), SeriesUid(series_uid), _modality(images or objects), body_part)
    found = told_apart(sorted(_Composer(series, images).composed(), key=_rank))
    firsts = {one.kind: one for one in reversed(found)}
    return SeriesDisplaySets(
        tuple(replace(one, is_first=one is firsts[one.kind]) for one in found),
        (*doubles, *_refused(objects)),
        tuple(
            SeriesObject(one.sop_uid, one.sop_class_uid)
            for one in objects
            if not one.is_image and one.refusal is None
        ),
    )


def _modality(objects: Sequence[ObjectFacts]) -> str:
    counts = Counter(one.modality for one in objects)
    return min(counts, key=lambda name: (-counts[name], name)) if counts else ""


def _refused(objects: Sequence[ObjectFacts]) -> list[LeftOut]:
    reasons: dict[str, tuple[TranslatableText, list[ObjectFacts]]] = {}
    for one in objects:
        if one.refusal is not None:
            reasons.setdefault(str(one.refusal), (one.refusal, []))[1].append(one)
    return [left_out(reason, refused) for reason, refused in reasons.values()]


class _Composer:
    """One call of `display_sets`."""

    def __init__(self, series: _Series, images: Sequence[ObjectFacts]) -> None:
        self._series = series
        uids = Counter(one.sop_uid for one in images)
        self._shared = {uid for uid, count in uids.items() if count > 1}
        self._of_object = {(one.sop_uid, sha256_of(one)): one for one in images}
        self._frames = sorted((frame for one in images for frame in one.frames), key=_order)

    def composed(self) -> list[DisplaySet]:
        """Every frame in one of them."""
        placed = [frame for frame in self._frames if makes_volumes(frame)]
        alone = [frame for frame in self._frames if not makes_volumes(frame)]
        found: list[DisplaySet] = []
        for group, varying in alike(placed):
            for part, told in _by_reference(group):
                sets, odd = self._volumes(part, (*varying, *told))
                found.extend(sets)
                alone.extend(odd)
        found.extend(self._stacks(sorted(alone, key=_order)))
        return found

    # -- volumes --------------------------------------------------------------------------------------------

    def _volumes(
        self, frames: list[Frame], told: tuple[TranslatableText, ...]
    ) -> tuple[list[DisplaySet], list[Frame]]:
        """Display sets of frames of one matrix, spacing and orientation, and the frames that are in none."""
        sets: list[DisplaySet] = []
        odd: list[Frame] = []
        for table in arrange(frames):
            for part in _lines(frames, table):
                made, left = self._of_table(frames, part, told)
                sets.extend(made)
                odd.extend(left)
        return sets, odd

    def _of_table(
        self, frames: list[Frame], table: FrameArrangement, told: tuple[TranslatableText, ...]
    ) -> tuple[list[DisplaySet], list[Frame]]:
        members = [frames[i] for i in table.members]
        slices = _one_a_slice(frames, table)
        laid = lay_out(slices) if len(slices) > 1 else None
        if laid is None:
            if len(members) == 1:
                return [], members
            warnings = (*told, *table.warnings)
            return [self._set(members, title=table.told, warnings=warnings, axis=None)], []
        if len(table.rows) > 1 and laid[0].correction is Correction.RESAMPLED:
            return self._row_by_row(frames, table, told)
        sets: list[DisplaySet] = []
        used: set[int] = set()
        for one in laid:
            sets.extend(self._laid(frames, table, one, told))
            used.update(i for row in table.rows for i in row[one.first : one.last] if i >= 0)
        return sets, [frames[i] for i in table.members if i not in used]

    def _row_by_row(
        self, frames: list[Frame], table: FrameArrangement, told: tuple[TranslatableText, ...]
    ) -> tuple[list[DisplaySet], list[Frame]]:
        """Uneven distances: each time by itself."""
        sets: list[DisplaySet] = []
        odd: list[Frame] = []
        for number, row in enumerate(table.rows, 1):
            named: TranslatableText = ("{n} of {total}", {"n": str(number), "total": str(len(table.rows))})
            one = replace(
                table, rows=(tuple(i for i in row if i >= 0),), axis=None, told=(*table.told, named)
            )
            made, left = self._of_table(frames, one, told)
            sets.extend(made)
            odd.extend(left)
        return sets, odd

    def _laid(
        self,
        frames: list[Frame],
        table: FrameArrangement,
        laid: SliceGrid,
        told: tuple[TranslatableText, ...],
    ) -> list[DisplaySet]:
        rows = [row[laid.first : laid.last] for row in table.rows]
        members = [frames[i] for s in range(laid.last - laid.first) for row in rows if (i := row[s]) >= 0]
        index = {id(frame): n for n, frame in enumerate(members)}
        places_ = [[-1] * laid.grid.shape[0] for _ in rows]
        for row, into in zip(rows, places_, strict=True):
            for slot, i in zip(laid.slots, row, strict=True):
                if i >= 0:
                    into[slot] = index[id(frames[i])]
        if laid.correction is Correction.RESAMPLED:
            places_ = [_nearest(into) for into in places_]
        geometry = VolumeGeometry(laid.grid, tuple(tuple(row) for row in places_), laid.correction)
        warnings = (*told, *table.warnings, *laid.warnings)
        made = self._set(members, title=table.told, warnings=warnings, axis=table.axis, geometry=geometry)
        if laid.correction is not Correction.RESAMPLED:
            return [made]
        return [self._set(members, title=table.told, warnings=(*told, *table.warnings), axis=None), made]

    # -- stacks ---------------------------------------------------------------------------------------------

    def _stacks(self, frames: Sequence[Frame]) -> list[DisplaySet]:
        """Each multi-frame object by itself; single images of one kind together."""
        groups: dict[Hashable, list[Frame]] = defaultdict(list)
        for frame in frames:
            kind: Hashable = (
                "LOCALIZER" in frame.distinction.image_type,
                frame.pixel_format.is_grey,
                frame.sop_class_uid,
                kind_of_value(frame) if frame.transform is not None else None,
            )
            whole = frame.frames_in_object > 1 or frame.crop is not None or bool(frame.tiles)
            groups[(frame.sop_uid, frame.sha256, kind) if whole else kind].append(frame)
        return [
            self._set(group, title=_stack_title(group), warnings=why_no_volume(group))
            for group in groups.values()
        ]

    # -- one display set ------------------------------------------------------------------------------------

    def _set(
        self,
        frames: Sequence[Frame],
        *,
        title: tuple[TranslatableText, ...] = (),
        warnings: tuple[TranslatableText, ...] = (),
        axis: Axis | None = None,
        geometry: VolumeGeometry | None = None,
    ) -> DisplaySet:
        objects = list({(f.sop_uid, f.sha256): self._of_object[f.sop_uid, f.sha256] for f in frames}.values())
        said = meaning(frames, objects[0].modality, together(one.suv for one in objects))
        shown, mapped = shown_whole(tuple(meant(frame, said) for frame in frames))
        doubts: dict[tuple[str, object], TranslatableText] = {}
        for template, params in (doubt for one in objects for doubt in one.doubts):
            doubts.setdefault((template, params.get("attribute")), (template, params))  # once an attribute
        return DisplaySet(
            _identity(frames, geometry),
            self._series.study_uid,
            self._series.series_uid,
            objects[0].modality or self._series.modality,
            frames[0].sop_class_uid,
            shown,
            geometry,
            axis,
            title,
            said.quantity,
            said.unit,
            () if said.factor is not None else _common_voi(shown),
            (*warnings, *self._told_of_uids(frames), *said.warnings, *doubts.values()),
            _details(frames[0], said),
            self._series.body_part,
            said.scales,
            mapped,
        )

    def _told_of_uids(self, frames: Sequence[Frame]) -> tuple[TranslatableText, ...]:
        shared = {frame.sop_uid for frame in frames} & self._shared
        return ((SHARED_UID, {"n": str(len(shared))}),) if shared else ()


def _order(frame: Frame) -> tuple[object, ...]:
    """The scanner's numbers; what has none comes last."""
    number = frame.number if frame.frames_in_object == 1 else None
    return (number is None, number or 0, str(frame.sop_uid), frame.sha256, frame.index, frame.crop or (0, 0))


def _by_reference(frames: list[Frame]) -> list[tuple[list[Frame], tuple[TranslatableText, ...]]]:
    """Frames of one Frame of Reference; all of them where (nearly) each place has one of its own."""
    groups: dict[str, list[Frame]] = defaultdict(list)
    for frame in frames:
        groups[frame.frame_of_reference_uid].append(frame)
    if len(groups) == 1:
        return [(frames, ())]
    if len(groups) == 2 and "" in groups:  # what names none contradicts none
        return [(frames, ((NO_FRAME_OF_REFERENCE, {"n": str(len(groups[""]))}),))]
    axes = axes_of(frames[0])
    assert axes is not None
    thin = sum(len(group) for group in groups.values() if len(clusters(places(group, axes)[:, 0])) == 1)
    if len(groups) > 2 and thin > len(frames) / 2:
        return [(frames, ((OWN_FRAMES_OF_REFERENCE, {"n": str(len(frames))}),))]
    told: TranslatableText = (FRAMES_OF_REFERENCE, {"n": str(len(groups))})
    return [(group, (told,)) for group in groups.values()]


def _lines(frames: list[Frame], table: FrameArrangement) -> list[FrameArrangement]:
    """The table, or one for each group of slices that lie behind each other."""
    lines = in_lines(_one_a_slice(frames, table))
    if len(lines) == 1:
        return [table]
    return [
        replace(table, rows=tuple(tuple(row[s] for s in sorted(line)) for row in table.rows))
        for line in lines
    ]


def _one_a_slice(frames: list[Frame], table: FrameArrangement) -> list[Frame]:
    return [frames[next(row[s] for row in table.rows if row[s] >= 0)] for s in range(len(table.rows[0]))]


def _nearest(places_: list[int]) -> list[int]:
    """Each slice of a resampled grid with the frame nearest to it."""
    known = [slot for slot, i in enumerate(places_) if i >= 0]
    return [places_[min(known, key=lambda k: (abs(k - slot), k))] for slot in range(len(places_))]


def _common_voi(frames: Sequence[Frame]) -> tuple[VoiTransform, ...]:
    """What at least half of the images share; none where each has its own (MR often), which fits no other."""
    voi, count = Counter(frame.voi for frame in frames).most_common(1)[0]
    return voi if 2 * count >= len(frames) else ()


def _identity(frames: Sequence[Frame], geometry: VolumeGeometry | None) -> DisplaySetId:
    kind = "stack" if geometry is None else str(geometry.correction)
    names = sorted(f"{f.sop_uid}/{f.sha256}/{f.index}/{f.crop}" for f in frames)
    return DisplaySetId(hashlib.sha256("\n".join([kind, *names]).encode()).hexdigest()[:32])


def _details(frame: Frame, said: Meaning) -> dict[str, str]:
    found = {"sop_class_uid": frame.sop_class_uid, "photometric": frame.pixel_format.photometric}
    if said.factor is not None:
        found["suv_factor"] = f"{said.factor:.9g}"
    return found | {f"suv: {label}": value for label, value in said.shown}


def _stack_title(frames: Sequence[Frame]) -> tuple[TranslatableText, ...]:
    if "LOCALIZER" in frames[0].distinction.image_type:
        return (("Localizer", {}),)
    if frames[0].tiles:
        return (("{columns} × {rows}", {"columns": str(frames[0].columns), "rows": str(frames[0].rows)}),)
    return ()


def _rank(found: DisplaySet) -> tuple[object, ...]:
    """Volumes before stacks of slices before single images, many frames before few, the scanner's first
    number.
    """
    first = found.frames[0]
    localizer = "LOCALIZER" in first.distinction.image_type
    resampled = found.geometry is not None and found.geometry.correction is Correction.RESAMPLED
    sliced = found.geometry is not None or (makes_volumes(first) and len(found.frames) > 1)
    pixels = first.rows * first.columns * first.pixel_format.samples if first.tiles else 0
    numbers = [frame.number for frame in found.frames if frame.number is not None]
    return (
        localizer, not sliced, pixels > SLIDE_BUDGET_BYTES, -pixels, -len(found.frames), resampled,
        min(numbers, default=1 << 31), min(str(f.sop_uid) for f in found.frames), found.display_set_id,
    )  # fmt: skip
