"""The vocabulary and its search."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from app.errors import BadInput
from app.paths import resource_path
from app.terminology import TermStore, load_terms
from app.terminology.categories import CATEGORIES
from app.terminology.folding import fold, tokens
from app.terminology.store import read_terms
from tests.terminology.labelled_queries import QUERIES

STORE = load_terms()


def rank(query: str, language: str, wanted: str) -> int:
    """Place of the wanted term, 1 for the first, 99 for none."""
    found = [hit.term.rid for hit in STORE.search(query, language=language, limit=20)]
    return found.index(wanted) + 1 if wanted in found else 99


def test_people_find_what_they_mean() -> None:
    """3.3.3.1: gate on a labelled set of our own, Chinese and English: first place and first five."""
    assert len(QUERIES) >= 60
    ranks = {(q, w): rank(q, language, w) for q, language, w in QUERIES}
    misses = {query: place for query, place in ranks.items() if place > 1}
    first = sum(place == 1 for place in ranks.values()) / len(ranks)
    five = sum(place <= 5 for place in ranks.values()) / len(ranks)
    assert first >= 0.93, misses
    assert five >= 0.98, misses


def test_a_key_press_is_answered_at_once() -> None:
    """Search as you type: the whole labelled set, letter by letter, stays quick."""
    STORE.search("warm")
    pieces = [(q[:i], language) for q, language, _ in QUERIES for i in range(1, len(q) + 1)]
    begun = time.process_time()
    for piece, language in pieces:
        STORE.search(piece, language=language)
    assert (time.process_time() - begun) / len(pieces) < 0.02, (
        "of this process, whatever else the machine does"
    )


@pytest.mark.parametrize("text", ["", " ", "，", "-", "💥", "zzzzqq", "'; DROP TABLE"])
def test_nothing_is_found_for_nothing(text: str) -> None:
    assert STORE.search(text) == [] or text.startswith("'")


def test_a_body_region_comes_first_and_hides_nothing() -> None:
    """Anatomic filter: the same word, another order."""
    chest = [h.term.rid for h in STORE.search("出血", body_part="CHEST", limit=50)]
    head = [h.term.rid for h in STORE.search("出血", body_part="BRAIN", limit=50)]
    assert set(chest) == set(head)
    assert "RID4710" in head
    general = [h.term.rid for h in STORE.search("结石", body_part="ABDOMEN")]
    assert general.index("RID38586") < general.index("RID5008")


def test_the_limit_holds_and_order_is_stable() -> None:
    assert len(STORE.search("结", limit=3)) == 3
    assert STORE.search("肺") == STORE.search("肺")


def test_every_term_has_a_place() -> None:
    """Groups are known; broader terms exist and never run in a circle."""
    for term in STORE.terms:
        assert term.category in CATEGORIES
        assert not term.broader or STORE.term(term.broader)
        assert term not in STORE.parents(term.rid)
        assert not term.zh or term.zh in term.names


def test_notices_stand_beside_the_data() -> None:
    """Licence duties: copyright line, licence, subset and adaptation are told."""
    notice = resource_path("terminology", "RADLEX-NOTICE.txt").read_text(encoding="utf-8")
    for words in (
        "Copyright 2014",
        "RadLex License Version 2.0",
        '"AS IS"',
        "subset",
        "unmodified",
        "Adaptation",
        "not produced",
    ):
        assert words in notice
    assert "Regenstrief" in resource_path("terminology", "LOINC-NOTICE.txt").read_text(encoding="utf-8")


def test_the_tree_holds_every_term_once() -> None:
    seen: list[str] = []

    def walk(branches: object) -> None:
        for branch in branches:  # type: ignore[attr-defined]
            if branch.term is not None:
                seen.append(branch.term.rid)
            walk(branch.below)

    tree = STORE.tree("zh")
    walk(tree)
    assert tree[0].title == "征象与病变"
    assert STORE.tree("en")[0].title == "Findings"
    assert sorted(seen) == sorted(t.rid for t in STORE.terms)


def test_the_way_up_and_down() -> None:
    assert [t.rid for t in STORE.parents("RID50152")] == ["RID50149", "RID3875"]
    assert {t.rid for t in STORE.children("RID1301")} >= {
        "RID1303",
        "RID1310",
        "RID1315",
        "RID1327",
        "RID1338",
    }
    assert STORE.term("RID0") is None
    assert STORE.parents("RID0") == ()


def test_a_term_gives_its_code_and_words() -> None:
    term = STORE.term("rid50149")
    assert term is not None
    assert (term.code.value, term.code.scheme, term.code.meaning) == (
        "RID50149",
        "RADLEX",
        "pulmonary nodule",
    )
    assert (term.words("zh"), term.words("en")) == ("肺结节", "pulmonary nodule")
    assert STORE.named("Pulmonary Nodules") == (term,)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Ground-Glass  Opacities", "ground glass opacity"),
        ("ＧＧＯ", "ggo"),
        ("masses", "mass"),
        ("pelvis", "pelvis"),
        ("sinuses", "sinuse"),
        ("肺 结节", "肺结节"),
        ("T2 高信号", "t2高信号"),
        ("stenosis", "stenosis"),
        ("diverticulitis", "diverticulitis"),
    ],
)
def test_folding(text: str, folded: str) -> None:
    assert fold(text) == folded


def test_digits_are_words() -> None:
    """A tokenizer that drops digits loses C7 and T2 (RSNA's lesson)."""
    assert tokens("C7, T2") == ["c", "7", "t", "2"]


_COLUMNS = "rid,zh,synonyms,english,category,broader,body_parts\n"


@pytest.mark.parametrize(
    ("starter", "overlay"),
    [
        ("rid,name\nRID1,x\n", _COLUMNS),
        ("rid,name,is_a,source\nRID1,x,,y\n", _COLUMNS + "RID2,二,,,anatomy,,\n"),
        ("rid,name,is_a,source\nRID1,x,,y\n", "rid,zh\nRID1,一\n"),
    ],
)
def test_broken_tables_are_refused_by_name(starter: str, overlay: str, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(starter, encoding="utf-8")
    (tmp_path / "b.csv").write_text(overlay, encoding="utf-8")
    with pytest.raises(BadInput) as refused:
        read_terms(tmp_path / "a.csv", tmp_path / "b.csv")
    assert refused.value.params["file"] in {"a.csv", "b.csv"}


def test_an_empty_vocabulary_finds_nothing() -> None:
    assert TermStore([]).search("肺") == []
