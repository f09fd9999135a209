"""Records proposed from studies: what they say, and that they name nobody (4.8.2b, 4.9.4)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from app.directory.cataloging.privacy import assert_no_identity
from app.directory.cataloging.proposal import document_of, propose
from app.directory.settings import DirectorySettings
from app.domain.coding import Code
from app.domain.finding import Finding, Presence
from app.domain.provenance import ReviewState
from app.domain.report import Chip, Report, ReportHeader, ReportState, Section, SectionKind, Text
from app.domain.study import Patient, Series, SeriesUid, Study, StudyUid
from app.errors import Refused
from app.i18n import set_language
from app.terminology.store import load_terms
from catalog_client.schema.document import first, flatten, values_of
from catalog_server.domain.classification import classification
from catalog_server.domain.conformance import check
from catalog_server.domain.dictionary import basic_set_json, parse
from catalog_server.domain.identity import check_identity

_UID = "1.2.840.113619.2.55.3.604688119"
_PATIENT = Patient("P-0098231", "Zhang^Wei=张^伟", birth_date=date(1961, 3, 5), sex="M")
_STUDY = Study(
    StudyUid(_UID),
    _PATIENT,
    study_id="S7731",
    accession_number="AC20260012",
    description="ZHANG WEI Chest CT without contrast",
    started_at=datetime(2026, 1, 2, tzinfo=UTC),
    modalities=("CT", "SR"),
    institution="清苑区人民医院",
)
_SERIES = (
    Series(
        SeriesUid(_UID + ".1"),
        StudyUid(_UID),
        "CT",
        body_part="CHEST",
        n_instances=160,
        slice_thickness_mm=1.0,
    ),
    Series(SeriesUid(_UID + ".2"), StudyUid(_UID), "CT", body_part="CHEST", n_instances=160, derived=True),
    Series(SeriesUid(_UID + ".3"), StudyUid(_UID), "SR", n_instances=1),
)
_SETTINGS = DirectorySettings(hospital_name="清苑区人民医院影像科", org_code="12130608400000001X")


def _report() -> Report:
    terms = [
        term
        for term in (load_terms().term(rid) for rid in ("RID50149", "RID3875", "RID39056", "RID3890"))
        if term is not None
    ]
    assert terms
    seen = terms[0].code
    header = ReportHeader(
        _PATIENT, "065Y", _UID, "AC20260012", "S7731", "", None, "CT", "CHEST", "清苑区人民医院"
    )
    drafted = Finding("f2", Code("RID9999", "RADLEX", "machine draft"), review=ReviewState.UNCONFIRMED)
    findings = (Finding("f1", seen), drafted, Finding("f3", terms[-1].code, Presence.ABSENT))
    text = Section(SectionKind.FINDINGS, (Text("患者张伟自述胸痛。"), Chip("张伟的结节", seen)))
    return Report("r1", "ct-chest", "1", "zh", header, (text,), findings=findings, state=ReportState.FINAL)


def _document() -> dict[str, object]:
    return document_of(propose(_STUDY, _SERIES, _report(), _SETTINGS))


def test_a_proposal_is_full_and_says_where_each_value_came_from() -> None:
    """4.8.2b: title, category, counts, technique and coded findings; each with source and confidence."""
    values = propose(_STUDY, _SERIES, _report(), _SETTINGS)
    document = document_of(values)
    assert first(document, "resource_title") == "胸部 CT 平扫 + 报告（影像 160 幅）"
    assert first(document, "category_code") == "2.2.2"
    assert "层厚 1 mm" in first(document, "abstract")
    assert "machine draft" not in first(document, "abstract")
    assert values_of(document, "data_format") == ["DICOM", "DICOM-SR", "CDA-R2", "PDF"]
    assert all(value.source and 0 < value.confidence <= 1 for value in values)
    assert check(document, parse(basic_set_json()), classification()) == []
    assert check_identity(document, parse(basic_set_json())) == []


def test_free_text_never_reaches_the_record() -> None:
    """Names typed into descriptions, sections and chips stay on the station."""
    document = _document()
    whole = " ".join(value for _, value in flatten(document)).lower()
    for piece in ("张伟", "zhang", "wei", "0098231", "ac20260012", "1961", _UID):
        assert piece not in whole
    assert_no_identity(document, _STUDY, _SERIES)


def test_a_finding_that_is_only_named_is_no_keyword() -> None:
    """Concepts of findings come from what is coded as present; a chip in "未见结节增大" says nothing."""
    nodule = load_terms().term("RID50149")
    assert nodule is not None
    words = (Text("未见"), Chip("肺结节", nodule.code), Text("增大。"))
    report = replace(_report(), findings=(), sections=(Section(SectionKind.FINDINGS, words),))
    told = str(document_of(propose(_STUDY, _SERIES, report, _SETTINGS)))
    assert nodule.words("zh") not in told
    assert nodule.words("zh") in str(_document())


def test_a_study_that_tells_little() -> None:
    """Without body part and report: the region is left open with low confidence, nothing is made up."""
    bare = replace(_STUDY, description="", body_part="", modalities=("MR",), institution="")
    series = (replace(_SERIES[0], modality="MR", body_part="", slice_thickness_mm=None),)
    values = propose(bare, series, None, DirectorySettings())
    document = document_of(values)
    assert first(document, "resource_title") == "MRI（影像 160 幅）"
    assert first(document, "category_code") == "3.9.1"
    assert first(document, "organization_name") == ""
    assert min(value.confidence for value in values) < 0.5
    broken = check(document, parse(basic_set_json()), classification())
    assert {v.element for v in broken} == {"point_of_contact"}


@pytest.mark.parametrize(
    "planted",
    [
        "张伟",
        "张 伟",
        "张\u200b伟",
        "Zhang Wei",
        "WEI ZHANG",
        "ZhangWei",
        "zhang_wei",
        "zhang, wei",
        "Zhāng Wěi",
        "ＺＨＡＮＧ　ＷＥＩ",
        "P-0098231",
        "p0098231",
        "P 0098231",
        "S7731",
        "AC20260012",
        "19610305",
        "1961-03-05",
        "1961/3/5",
        "1961年3月5日",
        "05.03.1961",
        "３/５/１９６１",
        _UID,
        _UID + ".1",
        "2.25.123456789",
        "1.3.12.2.1107.5.1",
        "130608196103051234",
    ],
)
def test_identity_in_any_spelling_is_refused(planted: str) -> None:
    """A value that a person adds is looked at again before it is sent; the refusal names the element, not the
    value.
    """
    document = _document()
    elements = document["elements"]
    assert isinstance(elements, dict)
    elements["abstract"] = [f"胸部 CT 资料 {planted} 供教学"]
    with pytest.raises(Refused) as refused:
        assert_no_identity(document, _STUDY, _SERIES)
    assert refused.value.params["element"] == "资源摘要"
    assert planted not in str(refused.value)
    set_language("en")
    with pytest.raises(Refused, match="Abstract"):
        assert_no_identity(document, _STUDY, _SERIES)


@pytest.mark.parametrize("name", ["王小丫", "欧阳^小丫", "WANG XIAOYA", "Wang^Xiaoya=王^小丫=", "王小丫^^^"])
def test_names_in_all_forms_of_a_person_name(name: str) -> None:
    """One component or several, one group or several: found in Chinese and in pinyin."""
    study = replace(_STUDY, patient=replace(_PATIENT, name=name))
    family = "ouyang" if "欧" in name else "wang"
    spellings = [
        f"{family}xiaoya",
        f"{family} xiaoya",
        f"xiaoya {family}",
        "小丫" if "^小" in name else "王小丫" if "王" in name else "xiaoya",
    ]
    for spelling in spellings:
        document = {"elements": {"keyword": [spelling]}}
        with pytest.raises(Refused):
            assert_no_identity(document, study)


def test_short_numbers_and_common_words_do_not_refuse_everything() -> None:
    """A study number of 1 or a family name alone inside another word refuses nothing."""
    study = replace(
        _STUDY,
        patient=replace(_PATIENT, patient_id="1", name="Li^An=李^安", birth_date=None),
        study_id="2",
        accession_number="",
    )
    assert_no_identity(_document(), study, ())
    assert_no_identity(
        {"elements": {"keyword": ["clinical", "liver", "李氏人工肝", "2.2.2", "安新县"]}}, study, ()
    )
