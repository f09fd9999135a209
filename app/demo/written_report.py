"""The report that the demo's doctor writes: what was measured, on which side it lies, and what should follow.

Nothing is said that the study does not show: sides come from the lung labels around a nodule, "solid" from
its HU, sizes and figures are links to what was measured and marked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from app.domain.anchor import source_image
from app.domain.coding import Code
from app.domain.geometry import Point3
from app.domain.measurement import Measurement
from app.domain.report import Chip, ImageLink, Inline, Report, SectionKind, Text
from app.domain.roi import RoiKind
from app.domain.segmentation import Segmentation
from app.domain.volume import Volume
from app.reporting.editing import measurement_link

NODULE = Code("RID50149", "RADLEX", "pulmonary nodule")
LUNG = Code("RID1301", "RADLEX", "lung")
#: segment types (SNOMED CT) that tell a side
_SIDES = {"3341006": "right", "44029006": "left"}
#: how far around a nodule the lung labels are asked, mm: nodules of 15 mm and more may be holes in the label
_REACH_MM = 15.0
#: share of the labels around a nodule that must say one side
_CLEAR_SHARE = 0.9
#: a centre above this is soft tissue, below it is ground glass (HU)
_SOLID_HU = -300.0

#: solid nodules, longest diameter in mm → what follows (ACR Lung-RADS v2022: 4B, 4A, 3, 2 at a first scan)
_WORK_UP_MM, _THREE_MONTHS_MM, _SIX_MONTHS_MM = 15.0, 8.0, 6.0


@dataclass(frozen=True, slots=True)
class Seen:
    """What the images show at a nodule: its side ("right", "left", "" where the labels do not tell) and
    whether it is solid.
    """

    side: str = ""
    solid: bool = False


def seen_at(measurement: Measurement, volume: Volume, labels: Segmentation | None) -> Seen:
    """Side and density at the middle of a measured length."""
    ends = measurement.roi.points_mm
    middle: Point3 = tuple(float(v) for v in np.mean(np.asarray(ends, dtype=float), axis=0))  # type: ignore[assignment]
    return Seen(side_at(labels, middle) if labels is not None else "", _mean_hu(volume, middle) > _SOLID_HU)


def side_at(labels: Segmentation, point_mm: Point3) -> str:
    """The lung around a point, "" where the labels around it are not clearly of one side."""
    grid = labels.grid
    centre = [float(v) for v in grid.to_index(point_mm)]
    box = tuple(
        slice(max(round(c - _REACH_MM / step), 0), max(round(c + _REACH_MM / step) + 1, 0))
        for c, step in zip(centre, grid.spacing_mm, strict=True)
    )
    around = labels.labels[box]
    counts = {"right": 0, "left": 0}
    for segment in labels.segments:
        if side := _SIDES.get(segment.type.value):
            counts[side] += int(np.count_nonzero(around == segment.number))
    side, most = max(counts.items(), key=lambda item: item[1])
    return side if most and most >= _CLEAR_SHARE * sum(counts.values()) else ""


def _mean_hu(volume: Volume, point_mm: Point3) -> float:
    """Mean of the 3 × 3 pixels at a point, HU."""
    s, row, column = (round(float(v)) for v in volume.grid.to_index(point_mm))
    return float(np.mean(volume.at()[s, row - 1 : row + 2, column - 1 : column + 2]))


def written(report: Report, seen: Mapping[str, Seen]) -> Report:
    """The draft with findings put in as a doctor would: terms as chips, values and figures as links.

    `seen` tells of the nodules among the lengths, by tracking UID; without any the draft stays a flow without
    diagnosis.
    """
    words = WORDS[report.language if report.language in WORDS else "en"]
    nodules = sorted((m for m in report.measurements if m.tracking_uid in seen), key=lambda m: -_diameter(m))
    regions = [m for m in report.measurements if m.roi.kind is not RoiKind.LENGTH]
    findings: list[Inline] = []
    normal = report.section(SectionKind.FINDINGS).content
    impression: list[Inline] = [Text(words["none"])]
    advice: list[Inline] = [Text(words["correlate"])]
    for m in nodules:
        findings += [
            *_place(words, seen[m.tracking_uid]),
            Text(words["comma"]),
            Text(words["size"]),
            measurement_link(m),
        ]
        findings += [*_figure(words, report, m), Text(words["margin"])]
    if nodules:
        normal = without_lines(normal, words["nodule"])
        impression, advice = _conclusion(words, nodules, seen)
    for m in regions:
        findings += [
            Text(words["region"]),
            measurement_link(m),
            *_figure(words, report, m),
            Text(words["stop"]),
        ]
    content = {SectionKind.IMPRESSION: tuple(impression), SectionKind.RECOMMENDATION: tuple(advice)}
    sections = tuple(
        replace(s, content=(*findings, *normal))
        if s.kind is SectionKind.FINDINGS
        else replace(s, content=content.get(s.kind, s.content))
        for s in report.sections
    )
    return replace(report, sections=sections)


def _diameter(measurement: Measurement) -> float:
    return measurement.values[0].value


def _place(words: Mapping[str, str], seen: Seen) -> list[Inline]:
    """Where it lies and what it is."""
    return [
        Text(words[f"see-{seen.side}" if seen.side else "see"]),
        Chip(words["lung"], LUNG),
        Text(words["solid-one" if seen.solid else "one"]),
        Chip(words["nodule-chip"], NODULE),
    ]


def _figure(words: Mapping[str, str], report: Report, measurement: Measurement) -> list[Inline]:
    """A link to the key image on which the measurement was taken."""
    for number, key in enumerate(report.key_images, 1):
        here, there = source_image(measurement.anchor), source_image(key.anchor)
        if here is not None and there is not None and here.is_image(there.sop_uid, there.frame):
            return [
                Text(words["open"]),
                ImageLink(words["figure"].format(n=number), key.key_id),
                Text(words["close"]),
            ]
    return []


def _conclusion(
    words: Mapping[str, str], nodules: Sequence[Measurement], seen: Mapping[str, Seen]
) -> tuple[list[Inline], list[Inline]]:
    """Impression and recommendation, the largest first; intervals are given for solid nodules alone."""
    impression: list[Inline] = []
    advice: list[Inline] = []
    for number, (follows, share) in enumerate(_grouped(nodules, seen), 1):
        impression += [Text(f"{number}. "), *_summed(words, share, [seen[m.tracking_uid] for m in share])]
        advice += [Text(f"{number}. "), *_named(words, share), Text(words[follows])]
    last = advice.pop()
    assert isinstance(last, Text)
    return _trimmed(impression), [*advice, Text(last.text.rstrip("\n") + words["prior"])]


def _summed(words: Mapping[str, str], share: Sequence[Measurement], seen: Sequence[Seen]) -> list[Inline]:
    """The nodules that ask for the same, in one line: side, kind, diameters."""
    sides = {one.side for one in seen}
    side = sides.pop() if len(sides) == 1 else "" if "" in sides else "both"
    many = len(share) > 1
    kind = words["solid" if all(one.solid for one in seen) else "plain"]
    parts: list[Inline] = [
        Text(words[side or "unsided"] + (words["number"].format(n=len(share)) if many else "") + kind)
    ]
    parts += [
        Chip(words["nodules-chip" if many else "nodule-chip"], NODULE),
        Text(words["comma"]),
        Text(words["sizes" if many else "size"]),
    ]
    for position, m in enumerate(share):
        parts += [*([Text(words["and"])] if position else []), measurement_link(m)]
    return [*parts, Text(words["stop"])]


def _grouped(nodules: Sequence[Measurement], seen: Mapping[str, Seen]) -> list[tuple[str, list[Measurement]]]:
    groups: dict[str, list[Measurement]] = {}
    for m in nodules:
        groups.setdefault(
            what_follows(_diameter(m)) if seen[m.tracking_uid].solid else "correlate-nodule", []
        ).append(m)
    return list(groups.items())


def what_follows(diameter_mm: float) -> str:
    """What a solid nodule of a first scan asks for: a key of `WORDS`.  Diameters count as printed, to 0.1
    mm.
    """
    size = round(diameter_mm, 1)
    if size >= _WORK_UP_MM:
        return "work-up"
    if size >= _THREE_MONTHS_MM:
        return "three-months"
    return "six-months" if size >= _SIX_MONTHS_MM else "year"


def _named(words: Mapping[str, str], share: Sequence[Measurement]) -> list[Inline]:
    parts: list[Inline] = [Text(words["of-size"])]
    for position, m in enumerate(share):
        parts += [*([Text(words["and"])] if position else []), measurement_link(m)]
    return [*parts, Text(words["of-nodules" if len(share) > 1 else "of-nodule"])]


def _trimmed(content: list[Inline]) -> list[Inline]:
    """Without the line end at its end."""
    last = content[-1]
    return [*content[:-1], Text(last.text.rstrip("\n"))] if isinstance(last, Text) else content


def without_lines(content: Sequence[Inline], word: str) -> tuple[Inline, ...]:
    """Template text without the lines that speak of a word: what was found is not denied two lines below."""
    lines: list[list[Inline]] = [[]]
    for part in content:
        if not isinstance(part, Text):
            lines[-1].append(part)
            continue
        first, *rest = part.text.split("\n")
        lines[-1].append(Text(first))
        lines += [[Text(piece)] for piece in rest]
    kept = [line for line in lines if word not in "".join(part.text for part in line).casefold()]
    joined = [part for line in kept for part in (*line, Text("\n"))][:-1]
    return tuple(part for part in joined if part.text)


#: what the demo's doctor writes
WORDS: dict[str, dict[str, str]] = {
    "zh": {
        "see-right": "右",
        "see-left": "左",
        "see": "",
        "lung": "肺",
        "one": "见一枚",
        "solid-one": "见一枚实性",
        "nodule": "结节",
        "nodule-chip": "肺结节",
        "comma": "，",
        "size": "长径约 ",
        "margin": "，边界清楚。\n",
        "open": "（",
        "close": "）",
        "figure": "图 {n}",
        "and": "、",
        "stop": "。\n",
        "right": "右侧",
        "left": "左侧",
        "both": "双侧",
        "number": "另见 {n} 枚",
        "sizes": "长径分别约 ",
        "nodules-chip": "肺结节",
        "unsided": "",
        "solid": "实性",
        "plain": "",
        "of-size": "长径 ",
        "of-nodule": " 者：",
        "of-nodules": " 者：",
        "work-up": "建议胸部增强 CT 或 PET-CT 进一步检查，必要时活检。\n",
        "three-months": "建议 3 个月后低剂量胸部 CT 复查。\n",
        "six-months": "建议 6 个月后低剂量胸部 CT 复查。\n",
        "year": "建议 12 个月后低剂量胸部 CT 复查。\n",
        "correlate-nodule": "建议结合薄层图像评估密度后确定随访间隔。\n",
        "prior": "请结合临床，并与既往影像对比。",
        "region": "图示区域平均值 ",
        "none": "演示流程，未作诊断。",
        "correlate": "请结合临床。",
    },
    "en": {
        "see-right": "The right ",
        "see-left": "The left ",
        "see": "The ",
        "lung": "lung",
        "one": " shows one ",
        "solid-one": " shows one solid ",
        "nodule": "nodule",
        "nodule-chip": "pulmonary nodule",
        "comma": ", ",
        "size": "long diameter ",
        "margin": ", well defined.\n",
        "open": " (",
        "close": ")",
        "figure": "Fig. {n}",
        "and": " and ",
        "stop": ".\n",
        "right": "Right lung: ",
        "left": "Left lung: ",
        "both": "Both lungs: ",
        "number": "{n} further ",
        "sizes": "long diameters ",
        "nodules-chip": "pulmonary nodules",
        "unsided": "",
        "solid": "solid ",
        "plain": "",
        "of-size": "",
        "of-nodule": " nodule: ",
        "of-nodules": " nodules: ",
        "work-up": "contrast-enhanced chest CT or PET/CT, and biopsy if these do not settle it.\n",
        "three-months": "low-dose chest CT in 3 months.\n",
        "six-months": "low-dose chest CT in 6 months.\n",
        "year": "low-dose chest CT in 12 months.\n",
        "correlate-nodule": "density to be judged on thin slices before an interval is set.\n",
        "prior": " Please correlate clinically and compare with prior imaging.",
        "region": "The region shown has a mean of ",
        "none": "Demonstration of the flow; no diagnosis was made.",
        "correlate": "Please correlate clinically.",
    },
}
