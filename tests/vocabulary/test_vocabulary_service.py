"""A station's vocabulary: a release is taken in, stays, is exchanged and given up."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.cli import main
from app.domain.person import Actor, Role
from app.errors import BadInput, NotAllowed, NotFound
from app.storage.folder import DataFolder
from app.terminology import Term, load_terms
from app.terminology.names import comparable
from app.terminology.ranking import How
from app.terminology.store import TermShelf
from app.vocabulary.relations import related
from app.vocabulary.service import VocabularyService
from app.vocabulary.words import taken_words
from tests.support.archive_rows import ADMINISTRATOR
from tests.vocabulary.releases import ALL, bioportal_csv, fhir, owl_new, owl_old

READER = Actor("p-1", "张医生", frozenset({Role.REPORTING}), "station-1")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DataFolder]:
    with DataFolder.open(tmp_path_factory.mktemp("home")) as opened:
        yield opened


def _service(folder: DataFolder) -> tuple[VocabularyService, TermShelf]:
    shelf = TermShelf()
    return VocabularyService(folder.path, folder.database, shelf), shelf


def test_a_release_is_taken_in_used_and_given_up(folder: DataFolder, tmp_path: Path) -> None:
    """3.3.3.1: the full release: its names with our Chinese ones, found at once, there after a restart."""
    service, shelf = _service(folder)
    service.load()
    assert shelf.store is load_terms()
    with pytest.raises(NotFound):
        service.remove(ADMINISTRATOR)
    taken = service.take_in(ADMINISTRATOR, owl_old(tmp_path / "RadLex.owl"))
    assert (taken.version, taken.file, taken.obsolete, taken.renamed) == ("4.1", "RadLex.owl", 1, 1)
    assert taken.concepts == len(ALL) - 2  # without the obsolete one and the root of obsolete ones
    for again in (shelf, _fresh(folder)):
        store = again.store
        assert store.version == "RadLex 4.1"
        first = store.search("thyroid nodule")[0]
        assert (first.term.rid, first.how) == ("RID60001", How.EXACT)
        pneumonia = store.search("肺炎")[0]
        assert (pneumonia.term.rid, pneumonia.how, pneumonia.term.source) == (
            "RID5350",
            How.EXACT,
            "RadLex 4.1",
        )
        assert (pneumonia.term.code.version, store.term("RID50289").code.version) == ("4.1", None)  # type: ignore[union-attr]
        assert store.search("lung inflammation")[0].term.rid == "RID5350"
        assert store.search("feiyan")[0].term.rid == "RID5350"
        renamed = store.term("RID3383")
        assert renamed is not None
        assert (renamed.name, renamed.zh) == ("an entirely different thing", "")
        assert store.term("RID60002") is None
        made = store.term("RID700000")
        assert made is not None
        assert (made.broader, made.category) == ("RID1301", "anatomy")
        assert store.term("RID50289") is not None  # DICOM's, newer than the release
    with folder.database.read() as tx:
        event = tx.audit.first("settings.change", "vocabulary")
    assert event is not None
    assert json.loads(event.details)["version"] == "4.1"
    service.remove(ADMINISTRATOR)
    assert shelf.store is load_terms()
    assert _fresh(folder).store is load_terms()


def _fresh(folder: DataFolder) -> TermShelf:
    service, shelf = _service(folder)
    service.load()
    return shelf


def test_another_version_is_told(folder: DataFolder, tmp_path: Path) -> None:
    """What was in use before is named, and that reports keep their codes."""
    service, shelf = _service(folder)
    service.take_in(ADMINISTRATOR, owl_old(tmp_path / "a.owl"))
    taken = service.take_in(ADMINISTRATOR, owl_new(tmp_path / "b.owl"))
    assert (taken.before, shelf.store.version) == ("RadLex 4.1", "RadLex 4.4")
    lines = taken_words(taken)
    assert "4.4" in lines[0]
    assert any("RadLex 4.1" in line for line in lines)
    untold = service.take_in(ADMINISTRATOR, bioportal_csv(tmp_path / "Radlex.csv"))
    assert untold.version == ""
    assert "Radlex.csv" in taken_words(untold)[0]
    assert shelf.store.version == "RadLex Radlex.csv"
    assert shelf.store.search("肺炎")[0].term.code.version is None


def test_a_wrong_file_changes_nothing(folder: DataFolder, tmp_path: Path) -> None:
    service, shelf = _service(folder)
    service.take_in(ADMINISTRATOR, fhir(tmp_path / "good.json"))
    before = shelf.store
    (tmp_path / "bad.json").write_text("{", encoding="utf-8")
    with pytest.raises(BadInput):
        service.take_in(ADMINISTRATOR, tmp_path / "bad.json")
    assert shelf.store is before
    assert _fresh(folder).store.version == "RadLex 4.1"


def test_odd_members_and_endless_names_are_left_out(folder: DataFolder, tmp_path: Path) -> None:
    """What is taken in is read back: half a character, a name without end, values of other kinds."""
    path = fhir(tmp_path / "odd.json", version="4.2\ud800")
    document = json.loads(path.read_text(encoding="utf-8"))
    odd = [
        {"designation": 5, "property": ["x", 1]},
        {"designation": [None, {"value": "y" * 200_000}, {"value": "half \ud800", "language": 3}]},
        {"display": {"a": 1}},
        {"display": "z" * 200_000},
        {"display": "half \ud800", "property": {"code": 1}},
    ]
    for n, members in enumerate(odd):
        document["concept"].append({"code": f"RID{900_000 + n}", "display": f"odd {n}"} | members)
    path.write_text(json.dumps(document), encoding="utf-8")
    service, shelf = _service(folder)
    taken = service.take_in(ADMINISTRATOR, path)
    assert taken.skipped >= 2
    names = {n: term.name for n in range(5) if (term := shelf.store.term(f"RID{900_000 + n}")) is not None}
    assert names == {0: "odd 0", 1: "odd 1", 4: "half ?"}


def test_only_who_may_exchanges_it(folder: DataFolder, tmp_path: Path) -> None:
    service, _ = _service(folder)
    with pytest.raises(NotAllowed):
        service.take_in(READER, fhir(tmp_path / "good.json"))
    with pytest.raises(NotAllowed):
        service.remove(READER)


@pytest.mark.parametrize("damage", ["{", '{"version": 1}', "[]"])
def test_a_damaged_one_gives_way_to_the_subset(damage: str, folder: DataFolder, tmp_path: Path) -> None:
    service, _ = _service(folder)
    service.take_in(ADMINISTRATOR, fhir(tmp_path / "good.json"))
    about = folder.path / "terminology" / "release.json"
    whole = about.read_text(encoding="utf-8")
    about.write_text(damage, encoding="utf-8")
    assert _fresh(folder).store is load_terms()
    about.write_text(whole, encoding="utf-8")
    (folder.path / "terminology" / "release.csv").write_text("rid\n", encoding="utf-8")
    assert _fresh(folder).store is load_terms()


def test_codes_of_other_schemes_mean_the_same() -> None:
    """SNOMED CT and LOINC as far as DICOM has them, and only where the whole name is the same."""
    terms = load_terms()
    found = {term.rid: related(term) for term in terms.terms}
    assert sum(bool(codes) for codes in found.values()) >= 800
    named = {term.name: found[term.rid] for term in terms.terms}
    assert [(c.scheme, c.value) for c in named["lung"]] == [("SCT", "39607008")]
    assert [(c.scheme, c.value) for c in named["kidney"]] == [("SCT", "64033007")]
    assert related(Term("RID1", "no such thing at all", "")) == ()
    for term in terms.terms:
        for code in found[term.rid]:
            assert comparable(code.meaning) in {comparable(name) for name in term.names}


def test_the_command_line_searches_and_takes_in(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """``terms``: hits as data with how they fit; a release by its file."""
    home = ["--home", str(tmp_path / "home"), "--lang", "zh"]
    assert main(["terms", "肺炎", "--json", *home]) == 0
    first = json.loads(capsys.readouterr().out)[0]
    told = [first[key] for key in ("rid", "name", "match", "preselected")]
    assert told == ["RID5350", "pneumonia", "exact", True]
    assert main(["terms", "rid1301", "--json", *home]) == 0
    lung = json.loads(capsys.readouterr().out)[0]
    assert lung["related"] == [{"scheme": "SCT", "code": "39607008", "meaning": "Lung"}]
    assert main(["terms", "肝囊肿", "--json", *home]) == 0
    near = json.loads(capsys.readouterr().out)
    assert [(hit["name"], hit["match"], hit["preselected"]) for hit in near] == [("cyst", "near", False)]
    assert main(["terms", "xyzzy", *home]) == 0
    assert "xyzzy" in capsys.readouterr().out
    assert main(["terms", "import", str(owl_old(tmp_path / "RadLex.owl")), "--json", *home]) == 0
    assert json.loads(capsys.readouterr().out)["version"] == "4.1"
    assert main(["terms", "thyroid", "nodule", "--json", *home]) == 0
    assert json.loads(capsys.readouterr().out)[0]["version"] == "RadLex 4.1"
    assert main(["terms", "import", "none", *home]) == 0
    assert "2017" in capsys.readouterr().out
    assert main(["terms", "import", str(tmp_path / "absent.owl"), *home]) == 4
