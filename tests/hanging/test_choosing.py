"""Protocols are read, matched and filled; wrong ones say where they are wrong."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from app.domain.display_set import DisplaySetId
from app.domain.study import SeriesUid, StudyUid
from app.errors import BadInput
from app.reading.hanging_service import HungView, made_of, shipped_protocols
from app.viewing.hanging.choose import Hangable, hang, matches, study_traits
from app.viewing.hanging.protocol import Stage, ViewRule, read_protocol, written
from app.viewing.hanging.traits import Traits
from app.viewing.layouts import grid_for


def image(name: str, order: int = 0, **traits: Any) -> Hangable:
    usual = {"modality": "MR", "kind": "volume", "images": 20, "region": "head"}
    return Hangable(
        StudyUid("1.2"), SeriesUid(name), DisplaySetId(name), Traits(**{**usual, **traits}), order=order
    )


BRAIN = [
    image("scout", localizer=True, images=3),
    image("t1", weighting="t1", plane="axial"),
    image("t2", weighting="t2", plane="axial"),
    image("flair", weighting="flair", plane="axial"),
    image("dwi", weighting="dwi", plane="axial"),
    image("adc", weighting="adc", plane="axial"),
    image("t1c", weighting="t1", plane="axial", contrast=True),
    image("t1c-cor", weighting="t1", plane="coronal", contrast=True),
    image("t2-cor", weighting="t2", plane="coronal"),
]


def names(stage: Any) -> list[str]:
    return [one.series_uid if one is not None else "" for one in stage.images]


def test_a_brain_hangs_by_what_its_sequences_are() -> None:
    """In any order of acquisition; a scout and what is asked for nowhere hang nowhere."""
    for line in (BRAIN, BRAIN[::-1]):
        best = matches(shipped_protocols(), line)[0]
        assert best.protocol.protocol_id == "mr-brain"
        assert names(best.stages[0]) == ["t1", "t2", "flair", "dwi", "adc", "t1c"], "no cell is empty"
        assert [stage.stage.title for stage in best.stages] == [
            "Axial sequences",
            "Before and after contrast",
            "After contrast in three planes",
            "Diffusion",
            "Series side by side",
        ]


def test_a_prior_fills_its_stage() -> None:
    best = matches(shipped_protocols(), BRAIN, [[image("old", weighting="flair", plane="axial")]])[0]
    prior = next(stage for stage in best.stages if stage.stage.title == "Prior")
    assert names(prior) == ["flair", "old", "t2", ""]


def test_mammograms_hang_back_to_back() -> None:
    """R CC, L CC, R MLO, L MLO whatever their order; the chest walls towards the middle."""
    views = [
        image(
            f"{side} {view}",
            modality="MG",
            kind="stack",
            region="breast",
            view=view,
            laterality=side,
            images=1,
        )
        for side in "LR"
        for view in ("mlo", "cc")
    ]
    best = matches(shipped_protocols(), views)[0]
    assert names(best.stages[0]) == ["R cc", "L cc", "R mlo", "L mlo"]
    assert [rule.side for rule in best.stages[0].stage.views] == ["right", "left", "right", "left"]


def test_pet_with_ct_goes_before_ct() -> None:
    ct = image("ct", modality="CT", plane="axial", region="chest")
    pet = image("pet", modality="PT", plane="axial", region="", corrected=True)
    assert [m.protocol.protocol_id for m in matches(shipped_protocols(), [ct, pet])][:2] == [
        "pet-ct",
        "ct-chest",
    ]
    assert matches(shipped_protocols(), [ct])[0].protocol.protocol_id == "ct-chest"


def test_what_fits_nothing_is_said() -> None:
    named = [one for one in shipped_protocols() if one.study]
    assert matches(named, [image("x", modality="OT", kind="stack")]) == []
    assert matches(shipped_protocols(), []) == []


def test_what_no_protocol_knows_hangs_image_by_image() -> None:
    """Any images hang each in one cell, scouts after the rest, and never in place of what is known."""

    def best(*found: Hangable) -> tuple[str, list[str]]:
        match = matches(shipped_protocols(), found)[0]
        return match.protocol.protocol_id, [str(one.display_set_id) for one in match.stages[0].images if one]

    still = image("x", modality="OT", kind="stack")
    scout = image("s", modality="CT", kind="stack", localizer=True, region="")
    thin = image("v", modality="CT", images=3, region="")
    assert best(still) == ("images", ["x"])
    assert best(scout, still) == ("images", ["x", "s"])
    assert best(thin) == ("images", ["v"]), "three slices make no planes across"
    assert best(image("v", modality="CT", images=40, region=""), scout)[0] == "volume"


def test_ones_own_goes_before_what_ships() -> None:
    own = made_of([HungView(BRAIN[3].traits), HungView(BRAIN[2].traits)], "grid-1x2", "Mine")
    found = matches([*shipped_protocols(), replace(own, owner="p")], BRAIN)
    assert found[0].protocol.title == "Mine"
    assert names(found[0].stages[0]) == ["flair", "t2"]


def test_a_person_then_the_station_then_what_ships() -> None:
    """However well each fits: one without a body part too; what does not fit does not hang."""
    one = made_of([HungView(BRAIN[2].traits)], "grid-1x1", "One")
    vague = replace(one, study={"modality": ["MR"]}, protocol_id="vague", owner="p", is_stored=True)
    station = replace(one, protocol_id="station", is_stored=True)
    everything = replace(one, protocol_id="everything", study={}, owner="p", is_stored=True)
    found = matches([*shipped_protocols(), everything, station, vague], BRAIN)
    assert [m.protocol.protocol_id for m in found][:3] == ["vague", "station", "mr-brain"]
    assert [m.protocol.protocol_id for m in found][-2:] == ["everything", "images"], "for any study"
    without_t2 = [one for one in BRAIN if one.traits.weighting != "t2"]
    assert matches([*shipped_protocols(), vague], without_t2)[0].protocol.protocol_id == "mr-brain"


def test_ones_own_is_for_the_kind_of_study_it_was_made_for() -> None:
    """The CT of a PET-CT that names no body part, arranged alone: so hang PET-CTs, and no CT; studies of a
    named part hang as before.
    """
    ct = image("ct", modality="CT", plane="axial", region="", kernel="soft")
    pet = image("pet", modality="PT", plane="axial", region="", corrected=True)
    kind = study_traits([ct, pet], 0)
    made = replace(made_of([HungView(ct.traits)], "grid-1x1", "Mine", study_kind=kind), owner="p")
    assert made.study == {"modality": {"all": ["CT", "PT"]}, "region": [""]}
    protocols = [*shipped_protocols(), made]
    assert matches(protocols, [pet, ct])[0].protocol == made
    assert matches(protocols, [ct])[0].protocol.protocol_id == "volume"
    leg = replace(ct, traits=replace(ct.traits, region="limb"))
    assert matches(protocols, [pet, leg])[0].protocol.protocol_id == "pet-ct"


def test_a_ct_protocol_of_ones_own_leaves_pet_ct_alone() -> None:
    ct = image("ct", modality="CT", plane="axial", region="chest", kernel="soft")
    pet = image("pet", modality="PT", plane="axial", region="", corrected=True)
    own = replace(made_of([HungView(ct.traits)], "grid-1x1", "Mine"), owner="p")
    assert matches([*shipped_protocols(), own], [ct])[0].protocol == own
    assert matches([*shipped_protocols(), own], [ct, pet])[0].protocol.protocol_id == "pet-ct"


def test_modality_and_region_are_those_of_one_image() -> None:
    """The chest radiograph of an injured person makes no chest CT of the CT of the head."""
    head = image("head", modality="CT", plane="axial", kernel="soft")
    chest = image("chest", modality="DX", kind="stack", region="chest", view="ap", images=1)
    assert matches(shipped_protocols(), [chest, head])[0].protocol.protocol_id == "ct-head"


def test_of_two_parts_in_one_study_each_protocol_hangs_its_own() -> None:
    """The spine's T2 has more slices, and stands in no cell of the brain."""
    brain = [
        image("t2", weighting="t2", plane="axial"),
        image("flair", weighting="flair", plane="axial"),
        image("dwi", weighting="dwi", plane="axial"),
    ]
    spine = [
        image("spine t2", weighting="t2", plane="axial", region="spine", images=60),
        image("spine sag", weighting="t2", plane="sagittal", region="spine"),
    ]
    found = {match.protocol.protocol_id: match for match in matches(shipped_protocols(), [*spine, *brain])}
    assert names(found["mr-brain"].stages[0]) == ["t2", "flair", "dwi"]
    assert names(found["mr-spine"].stages[0]) == ["spine sag", "spine t2"]
    (all_series,) = (s for s in found["mr-brain"].stages if s.stage.title == "Series side by side")
    assert len(all_series.images) == 5


def test_a_study_is_seen_before_it_is_compared() -> None:
    """Where a protocol has nothing but a comparison to offer, it waits for others."""
    thin = image("now", images=4, weighting="", plane="coronal", region="")
    best = matches(shipped_protocols(), [thin], [[image("old", images=4, region="")]])[0]
    assert names(best.stages[0]) == ["now"]
    assert any(names(stage) == ["now", "old"] for stage in best.stages)


def test_the_prior_that_is_like_the_image_beside_it_hangs() -> None:
    before = [
        image("sag", weighting="t2", plane="sagittal", region="", images=60),
        image("t1", weighting="t1", plane="axial", region="", images=40),
        image("alike", weighting="t2", plane="axial", region="", images=10),
    ]
    now = [image("now", weighting="t2", plane="axial", region="")]
    best = matches(shipped_protocols(), now, [before])[0]
    compared = next(stage for stage in best.stages if stage.stage.compares)
    assert names(compared) == ["now", "alike"]


def test_screenshots_and_raw_images_come_last() -> None:
    shot = image("shot", modality="OT", kind="stack", secondary=True, images=1)
    still = image("still", modality="XC", kind="stack", images=1)
    assert names(matches(shipped_protocols(), [shot, still])[0].stages[0]) == ["still", "shot"]


def test_of_a_list_the_first_is_liked_best() -> None:
    rule = ViewRule(prefer={"view": ["pa", "ap", ""]})
    line = [image(name, view=name) for name in ("lateral", "", "ap", "pa")]
    stage = Stage("x", "grid-2x2", (rule,) * 4)
    assert names(hang(stage, line)) == ["pa", "ap", "", "lateral"]


def test_each_view_of_ones_own_gets_an_image_of_its_own() -> None:
    """Four stills, thin slices beside thick ones; but one series in two windows stays in two views."""
    stills = [image(str(n), modality="US", kind="stack", images=1, region="", order=n) for n in range(6)]
    own = made_of([HungView(one.traits, one.key) for one in stills[:4]], "grid-2x2", "Mine")
    assert names(hang(own.stages[0], stills)) == ["0", "1", "2", "3"]
    thick = image("thick", modality="CT", plane="axial", thickness_mm=5.0, images=60)
    thin = image("thin", modality="CT", plane="axial", thickness_mm=1.0, images=300)
    own = made_of([HungView(one.traits, one.key) for one in (thick, thin)], "grid-1x2", "Mine")
    assert names(hang(own.stages[0], [thin, thick])) == ["thick", "thin"]
    plain = image("plain", modality="PT", plane="axial", images=60)
    corrected = image("corrected", modality="PT", plane="axial", corrected=True, images=50)
    own = made_of([HungView(corrected.traits, corrected.key)], "grid-1x1", "Mine")
    assert names(hang(own.stages[0], [plain, corrected])) == ["corrected"]
    views = [HungView(thin.traits, thin.key, window=window) for window in ("lung", "mediastinum")]
    assert names(hang(made_of(views, "grid-1x2", "Mine").stages[0], [thin, thick])) == ["thin", "thin"]


def test_mammograms_of_ones_own_hang_back_to_back_too() -> None:
    shown = [
        image(side, modality="MG", kind="stack", region="breast", view="cc", laterality=side, images=1)
        for side in "RL"
    ]
    sides = ("right", "left")
    views = [HungView(one.traits, side=side) for one, side in zip(shown, sides, strict=True)]
    own = made_of(views, "grid-1x2", "Mine")
    assert [rule.side for rule in read_protocol(written(own), name="again").stages[0].views] == list(sides)


def test_an_empty_view_of_ones_own_stays_empty() -> None:
    own = made_of([HungView(BRAIN[2].traits), HungView(), HungView(BRAIN[3].traits)], "grid-1x3", "Mine")
    assert names(hang(own.stages[0], BRAIN)) == ["t2", "", "flair"]


def test_all_that_ships_reads_and_writes_back() -> None:
    assert len(shipped_protocols()) >= 13
    for one in shipped_protocols():
        assert read_protocol(written(one), name="again") == one


def test_what_a_view_begins_with_is_written_and_read() -> None:
    """Inverted and coloured views come back so; a document of schema 1 has neither and reads as plain."""
    own = made_of(
        [
            HungView(BRAIN[3].traits, invert=True, show="coronal"),
            HungView(BRAIN[2].traits, palette="hotiron", further="highest"),
        ],
        "grid-1x2",
        "Mine",
    )
    again = read_protocol(written(own), name="again")
    assert [(v.invert, v.palette) for v in again.stages[0].views] == [(True, ""), (False, "hotiron")]
    assert [(v.show, v.further) for v in again.stages[0].views] == [("coronal", ""), ("", "highest")]
    first = read_protocol(broken(), name="first")
    assert [(v.invert, v.palette) for v in first.stages[0].views] == [(False, "")]
    assert json.loads(written(first))["schema"] == 2


def test_a_compact_stage_leaves_no_cell_empty() -> None:
    """Four of six sequences stand in two rows of two, with the rules that they were found by; the fit is as
    good as with six cells.
    """
    best = matches(shipped_protocols(), [BRAIN[4], BRAIN[1], BRAIN[3], BRAIN[2]])[0]
    first = best.stages[0]
    assert names(first) == ["t1", "t2", "flair", "dwi"]
    assert first.stage.layout_id == "grid-2x2"
    assert [rule.further for rule in first.stage.views] == ["", "", "", "highest"]
    assert best.score == round(60 * 0.8 + 30 * 4 / 6)
    assert [grid_for(n).layout_id.removeprefix("grid-") for n in (1, 3, 4, 5, 7, 9, 20)] == [
        "1x1", "1x3", "2x2", "2x3", "2x4", "3x3", "4x5"
    ]  # fmt: skip


def broken(**changes: Any) -> str:
    view: dict[str, Any] = {"image": {"modality": "CT"}}
    stage: dict[str, Any] = {"title": "x", "layout": "grid-1x2", "views": [view]}
    document = {"schema": 1, "id": "a", "title": "A", "study": {"modality": ["CT"]}, "stages": [stage]}
    stage |= changes.pop("stage", {})
    view |= changes.pop("view", {})
    return json.dumps(document | changes)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("{", "JSON"),
        ("[]", "JSON"),
        (broken(schema=3), "schema"),
        (broken(id=""), "id"),
        (broken(study={"colour": "red"}), "study"),
        (broken(study="CT"), "study"),
        (broken(stages=[]), "stages"),
        (broken(stages=[3]), "stages[0]"),
        (broken(stage={"layout": "grid-9x9"}), "stages[0].layout"),
        (broken(stage={"needs": 5}), "stages[0]"),
        (broken(stage={"views": [{}] * 3}), "stages[0]"),
        (broken(view={"image": {"wieght": "t1"}}), "stages[0].views[0].image"),
        (broken(view={"image": ["t1"]}), "stages[0].views[0].image"),
        (broken(view={"side": "up"}), "stages[0].views[0].side"),
        (broken(schema=2, view={"palette": "rainbow-of-nowhere"}), "stages[0].views[0].palette"),
        (broken(schema=2, view={"invert": 1}), "stages[0].views[0].invert"),
        (broken(view={"invert": True}), "JSON"),
        (broken(view={"prior": "one"}), "stages[0].views[0].prior"),
        (broken(view={"window": 7}), "stages[0].views[0].window"),
        (broken(view={"image": {"images": {"least": "many"}}}), "stages[0].views[0].image"),
    ],
)
def test_a_wrong_protocol_says_where(text: str, place: str) -> None:
    with pytest.raises(BadInput) as refused:
        read_protocol(text, name="mine.json")
    assert refused.value.params["name"] == "mine.json"
    assert refused.value.params["place"] == place


@pytest.mark.parametrize("asked", [{"all": [{"x": 1}]}, {"all": [["CT"]]}, [{"least": 1}, "CT"]])
def test_what_a_study_is_asked_for_by_are_values(asked: object) -> None:
    """Else the protocol would end the choice for every study."""
    document = {"schema": 2, "id": "x", "title": "x", "study": {"modality": asked}, "stages": []}
    document["stages"] = [{"title": "x", "layout": "grid-2x2", "views": [{}]}]
    with pytest.raises(BadInput, match=r"study\.?"):
        read_protocol(json.dumps(document), name="x.json")
