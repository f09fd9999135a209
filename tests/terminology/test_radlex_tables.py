"""The shipped tables: backed by their sources, Chinese that is Chinese, names that mean one concept."""

from __future__ import annotations

import csv
import re
from collections import Counter, defaultdict
from pathlib import Path

import pytest
from pydicom.sr._concepts_dict import concepts

from app.paths import resource_path
from app.terminology.categories import BRANCHES, CATEGORIES
from app.terminology.folding import fold
from app.terminology.tables import choose, make, sounds_of
from tests.support.real_data import real_data

#: Latin that stands in Chinese names: eponyms and signs that Chinese radiologists write so
_LATIN_WORDS = """
ACR ADC BI-RADS BPH Bankart Barton Bennett CPA CT Chance Chiari Chopart Codman Colles DCE DWI DeBakey
Essex-Lopresti Fontan Galeazzi Glenn Hampton Hill-Sachs Jones Kerley LI-RADS LR Lisfranc Lung-RADS Maffucci
Maisonneuve Monteggia Norwood PET-CT PET-MR PI-RADS RadLex Rathke Rolando Salter-Harris Schmorl Segond Smith
Stanford Tillaux WI Weber
"""
_LATIN = frozenset(_LATIN_WORDS.split())
#: simplified characters that GB 2312 has not
_RARE = frozenset("腘踇")
#: names that are their own Chinese
_SAME = frozenset({"CT", "PET-CT", "PET-MR"})
#: DICOM's table names these otherwise than RadLex does, letter case aside
_OTHER_IN_DICOM = {
    "RID11327",  # a hyphen
    "RID39536",  # "hypersensitivity" for hyperintensity
    "RID49480",  # "ACR" put in front
    "RID49481",
    "RID49482",
}


def _table(name: str) -> list[dict[str, str]]:
    with resource_path("terminology", name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


STARTER = {row["rid"]: row for row in _table("radlex_starter.csv")}
OVERLAY = {row["rid"]: row for row in _table("radlex_zh.csv")}


def _chinese(row: dict[str, str]) -> list[str]:
    return [name for name in (row["zh"], *row["synonyms"].split("|")) if name]


def test_the_subset_is_large_enough_and_has_no_row_twice() -> None:
    """3.3.3.1: at least 3,000 concepts, at least 1,500 of them with Chinese names."""
    assert len(STARTER) == len(_table("radlex_starter.csv")) >= 3000
    assert len(OVERLAY) == len(_table("radlex_zh.csv")) >= 1500
    assert set(OVERLAY) <= set(STARTER)
    with_synonyms = sum(bool(row["synonyms"]) for row in OVERLAY.values())
    assert with_synonyms >= 1200
    assert set(BRANCHES) <= set(OVERLAY)


def test_every_name_is_that_of_the_release() -> None:
    """Facts 1.2: never an identifier from memory: each row is in the release of 2017 or newer than it."""
    release_file = real_data("radlex_2017") / "radlex.csv"
    with release_file.open(encoding="utf-8", newline="") as file:
        release = {row[1]: (row[0], row[2]) for row in csv.reader(file)}
    for rid, row in STARTER.items():
        if row["source"] == "release-2017":
            assert row["name"] == release[rid][0]
        else:
            assert rid not in release
    newer = [rid for rid, row in STARTER.items() if row["source"] != "release-2017"]
    assert len(newer) <= 40
    obsolete = {rid for rid, (_, above) in release.items() if above == "RID15849"} | {"RID15849"}
    assert obsolete
    assert not obsolete & set(STARTER)
    for rid, row in STARTER.items():  # what is told as broader is above it in the release too
        way, at = [], rid
        while at in release and at not in way:
            way.append(at)
            at = release[at][1]
        assert not row["is_a"] or rid not in release or row["is_a"] in way


def test_the_tables_are_what_the_program_makes_of_the_release(tmp_path: Path) -> None:
    release_file = real_data("radlex_2017") / "radlex.csv"
    for name in ("radlex_starter.csv", "radlex_zh.csv"):
        (tmp_path / name).write_bytes(resource_path("terminology", name).read_bytes())
    assert make(release_file, tmp_path) == (len(STARTER), len(OVERLAY))
    for name in ("radlex_starter.csv", "radlex_pinyin.csv"):
        assert (tmp_path / name).read_bytes() == resource_path("terminology", name).read_bytes()


def test_dicom_has_the_same_names() -> None:
    table = {value: meaning for rows in concepts["RADLEX"].values() for value, (meaning, _) in rows.items()}
    for rid, meaning in table.items():
        if rid.startswith("RID"):
            assert STARTER[rid]["name"].lower() == meaning.lower() or rid in _OTHER_IN_DICOM
    assert all(len(row["name"]) <= 120 and len(rid) <= 16 for rid, row in STARTER.items())


def test_the_way_up_ends_at_a_branch_and_runs_in_no_circle() -> None:
    ends = set()
    for start in STARTER:
        way, rid = [start], start
        while (rid := STARTER[rid]["is_a"]) and rid not in way:
            way.append(rid)
        assert not rid, way
        ends.add(way[-1])
        broader, rid = [start], start
        while rid in OVERLAY and (rid := OVERLAY[rid]["broader"]):
            assert rid not in broader, broader
            assert rid in STARTER
            broader.append(rid)
    assert set(BRANCHES) <= ends


def test_the_chinese_is_simplified_and_has_no_english_left() -> None:
    for row in OVERLAY.values():
        assert row["category"] in CATEGORIES
        for name in _chinese(row):
            assert name == name.strip()
            assert re.search(r"[一-鿿]", name) or name in _SAME, name
            for character in name:
                if "㐀" <= character <= "鿿" and character not in _RARE:
                    character.encode("gb2312")  # traditional characters are not in it
            for words in re.findall(r"[A-Za-z]{2,}(?:-[A-Za-z]{2,})*", name):
                assert words in _LATIN, name


def test_a_name_means_one_concept() -> None:
    """A Chinese name, and an English synonym of ours, stands for one concept only."""
    meant: dict[str, set[str]] = defaultdict(set)
    for rid, row in OVERLAY.items():
        for name in _chinese(row):
            meant[fold(name)].add(rid)
    assert {name: rids for name, rids in meant.items() if len(rids) > 1} == {}
    assert all(len(_chinese(row)) == len(set(_chinese(row))) for row in OVERLAY.values())
    named = defaultdict(set)
    for rid, row in STARTER.items():
        named[fold(row["name"])].add(rid)
    ours = Counter()
    for rid, row in OVERLAY.items():
        for name in filter(None, row["english"].split("|")):
            ours[fold(name)] += 1
            assert not named[fold(name)] - {rid} or name == "LIP", name  # a pneumonia; the lip is another
    # rheumatoid arthritis and right atrium, response and radiography, progress and proton density
    assert {name for name, often in ours.items() if often > 1} <= {"ra", "cr", "pd"}


@pytest.mark.parametrize(
    ("name", "english"),
    [
        ("肺炎", "pneumonia"),
        ("肺癌", "lung cancer"),
        ("结节", "nodule"),
        ("骨折", "fracture"),
        ("脑梗死", "stroke"),
        ("胆结石", "gallstone"),
        ("肾结石", "renal calculus"),
        ("椎间盘突出", "disc herniation"),
        ("气胸", "pneumothorax"),
        ("胸腔积液", "pleural effusion"),
        ("肺气肿", "emphysema"),
        ("支气管扩张", "bronchiectasis"),
        ("淋巴结肿大", "lymphadenopathy"),
        ("钙化", "calcification"),
        ("磨玻璃", "ground-glass opacity"),
        ("冠脉钙化", "coronary artery calcification"),
        ("主动脉夹层", "aortic dissection"),
        ("肺栓塞", "pulmonary embolism"),
        ("阑尾炎", "appendicitis"),
        ("脂肪肝", "hepatic fat deposition"),
        ("肝硬化", "cirrhosis"),
        ("血管瘤", "hemangioma"),
        ("子宫肌瘤", "fibromyoma"),
        ("前列腺增生", "benign prostatic hyperplasia"),
        ("骨质增生", "osteophytosis"),
        ("骨质疏松", "osteoporosis"),
        ("脊柱侧弯", "scoliosis"),
        ("垂体瘤", "pituitary adenoma"),
    ],
)
def test_everyday_words_name_the_right_concept(name: str, english: str) -> None:
    rids = [rid for rid, row in OVERLAY.items() if name in _chinese(row)]
    assert [STARTER[rid]["name"] for rid in rids] == [english]


@pytest.mark.parametrize(
    "name",
    ["脑出血", "肝囊肿", "肺结核", "甲状腺结节", "乳腺结节", "肠梗阻", "半月板撕裂", "韧带损伤", "腔隙灶"],
)
def test_what_radlex_has_not_is_not_named(name: str) -> None:
    """RadLex has the parts (hemorrhage, cyst, tear), and no concept of the whole."""
    assert [rid for rid, row in OVERLAY.items() if name in _chinese(row)] == []


def test_sounds_belong_to_their_names() -> None:
    assert sounds_of("T2高信号") == "t2 gao xin hao"
    for row in _table("radlex_pinyin.csv"):
        names = _chinese(OVERLAY[row["rid"]])
        assert len(row["sounds"].split("|")) == len(names)


def test_a_small_release_is_chosen_by_the_rules() -> None:
    release = [
        ("anatomical entity", "RID3", "RID1"),
        ("organ", "RID60000", "RID3"),
        ("lung", "RID1301", "RID60000"),
        ("surface of lung", "RID1302", "RID1301"),
        ("cell", "RID60001", "RID60000"),
        ("clinical finding", "RID34785", "RID1"),
        ("pain", "RID60002", "RID34785"),
        ("Radlex descriptor", "RID6", "RID1"),
        ("workflow term", "RID45812", "RID6"),
        ("Alert", "RID45829", "RID45812"),
        ("Obsolete Radlex Term", "RID15849", "RID0"),
        ("old", "RID60003", "RID15849"),
    ]
    assert choose(release, ["RID60001"]) == {
        "RID3": "",
        "RID6": "",
        "RID1301": "RID3",
        "RID34785": "",
        "RID60001": "RID3",
        "RID60002": "RID34785",
    }
