"""Files that the rules read: a report of this program, a described report, plain text with headings."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from app.domain.report import Report, ReportHeader, Section, SectionKind, Signature, SignatureRole, Text
from app.domain.study import Patient
from app.errors import BadInput, LimitExceeded
from app.reporting.rules.facts import ExamFacts
from app.storage.documents import REPORT, from_json

#: a longer file is no report
MOST_BYTES = 4 * 1024 * 1024
#: of one report; the longest that are written have a third of it
MOST_CHARACTERS = 20_000
_SECTIONS = {str(kind) for kind in SectionKind} | {"history"}


@dataclass(frozen=True, slots=True)
class ReadReport:
    """A report read from a file, with what the file tells of its examination."""

    name: str
    report: Report
    facts: ExamFacts


def read_reports(path: Path) -> list[ReadReport]:
    """The reports of a file.

    Raises
    ------
    BadInput
        Where the file is too large, no text, or of none of the forms.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise BadInput("{path} is too large for a report.", path=str(path))
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise BadInput("{path} cannot be read.", path=str(path)) from error
    except UnicodeDecodeError as error:
        raise BadInput("{path} is not UTF-8 text.", path=str(path)) from error
    named = path.suffix.lower() in (".json", ".jsonl")
    if not named and not re.match(r"\s*(?:\[\s*)?\{\s*[\"}]", text):
        reports = [_of_text(path.stem, text)]
    else:
        reports = [_of_data(path, data, number) for number, data in enumerate(_data(path, text), 1)]
    for read in reports:
        found = sum(len(section.plain) for section in read.report.sections)
        if found > MOST_CHARACTERS:  # the rules look at pairs of statements
            raise LimitExceeded(
                "The text has {found} characters; up to {limit} are read.", found=found, limit=MOST_CHARACTERS
            )
    return reports


def _data(path: Path, text: str) -> list[Any]:
    """One JSON value, a list of them, or one a line."""
    try:
        whole = json.loads(text)
        return whole if isinstance(whole, list) else [whole]
    except (ValueError, RecursionError):
        pass
    try:
        return [json.loads(line) for line in text.splitlines() if line.strip()]
    except (ValueError, RecursionError) as error:
        raise BadInput("{path} is not JSON: {reason}", path=str(path), reason=str(error)) from error


def _of_data(path: Path, data: Any, number: int) -> ReadReport:
    if isinstance(data, dict) and isinstance(data.get("sections"), dict):
        return _described(path, data, number)
    if isinstance(data, dict) and {"report_id", "content", "signed_form"} & data.keys():
        report = _stored(data)
        return ReadReport(report.report_id, report, ExamFacts())
    raise BadInput(
        "{path}: entry {number} is neither a stored report nor a described one.",
        path=str(path),
        number=number,
    )


def _stored(data: dict[str, Any]) -> Report:
    """A report as it is stored, or the JSON that was signed of it."""
    if "signed_form" in data:
        number = data.get("schema", 1)
        data = {
            "content": {k: v for k, v in data.items() if k not in ("signed_form", "schema")},
            "schema": number,
        }
    return from_json(REPORT, json.dumps(data))


def _described(path: Path, data: dict[str, Any], number: int) -> ReadReport:
    """The form of `tests/reporting/planted`: exam and sections as plain words."""
    exam, sections = data.get("exam") or {}, data["sections"]
    unknown = set(sections) - _SECTIONS
    if not isinstance(exam, dict) or unknown or not all(isinstance(v, str) for v in sections.values()):
        raise BadInput(
            "{path}: entry {number} has sections that are no text or not known: {names}",
            path=str(path),
            number=number,
            names=", ".join(sorted(unknown)) or "exam",
        )

    def word(name: str) -> str:
        value = exam.get(name)
        return "" if value is None else str(value)

    language = str(data.get("language") or _language("".join(sections.values())))
    report = _report(
        str(data.get("id") or f"{path.stem}-{number}"),
        language,
        {k: v for k, v in sections.items() if k != "history"},
    )
    at = _day(path, word("date"))
    header = replace(
        report.header,
        patient=replace(report.header.patient, sex=word("sex"), name=word("patient")),
        patient_age=word("age"),
        modality=word("modality"),
        body_part=word("body_part"),
        study_description=word("study_description"),
        study_at=at,
    )
    signatures = tuple(
        _signature(role, word(str(role)), at)
        for role in (SignatureRole.AUTHOR, SignatureRole.REVIEWER)
        if word(str(role))
    )
    facts = ExamFacts(
        history=str(sections.get("history", "")),
        contrast=word("contrast") if "contrast" in exam else None,
        tracer=word("tracer"),
        laterality=word("laterality").upper()[:1],
        communicated=word("communicated"),
        machine_unconfirmed=word("ai_unconfirmed"),
        machine_confirmed=word("ai_confirmed"),
    )
    return ReadReport(report.report_id, replace(report, header=header, signatures=signatures), facts)


def _day(path: Path, text: str) -> datetime | None:
    if not text:
        return None
    try:
        day = date.fromisoformat(text[:10])
    except ValueError as error:
        raise BadInput("{path}: {text} is no date.", path=str(path), text=text) from error
    return datetime(day.year, day.month, day.day, tzinfo=UTC).replace(tzinfo=None)


def _signature(role: SignatureRole, name: str, at: datetime | None) -> Signature:
    return Signature(role, name, name, at or datetime.now(UTC), "", "", "")


_HEADS = (
    (
        "history",
        r"临床病史|病史|临床诊断|临床资料|既往史|(?:clinical )?history|indication"
        r"|clinical information",
    ),
    ("exam", r"检查项目|检查名称|检查部位|exam(?:ination)?|procedure|study"),
    ("technique", r"检查方法|检查技术|扫描方法|扫描技术|技术|technique|method"),
    ("findings", r"(?:影像|检查|超声|放射|CT|MR|MRI|X线)?(?:学)?(?:所见|表现|描述)|findings?|description"),
    (
        "impression",
        r"(?:影像(?:学)?|检查|超声|放射|CT|MR|MRI|X线)?(?:诊断(?:意见|结论|印象|提示)?|印象"
        r"|结论|提示|意见)"
        r"|impressions?|conclusions?|opinion",
    ),
    ("recommendation", r"建议|recommendations?"),
)
_HEAD = re.compile(
    r"^[ \t#*【\[（(]*(?:"
    + "|".join(f"(?P<{name}>{words})" for name, words in _HEADS)
    + r")[】\])）*]*[ \t]*(?:[:：]|$)[ \t*]*",
    re.IGNORECASE | re.MULTILINE,
)
_FACT = re.compile(
    r"^[ \t]*(?:(?P<sex>性别|sex|gender)|(?P<age>年龄|age)|(?P<modality>设备|检查类型|modality)"
    r"|(?P<part>部位|body ?part)|(?P<day>检查日期|study date|date)"
    r"|(?P<name>姓名|patient name|name)|(?P<author>报告医师|author|reported by)"
    r"|(?P<reviewer>审核医师|reviewer|reviewed by))[ \t]*[:：][ \t]*(?P<value>.*)$",
    re.IGNORECASE | re.MULTILINE,
)
_SEXES = {"男": "M", "男性": "M", "m": "M", "male": "M", "女": "F", "女性": "F", "f": "F", "female": "F"}


def _of_text(name: str, text: str) -> ReadReport:
    """Plain words under headings (影像所见：, Findings:); without one, all of it is the findings."""
    heads = list(_HEAD.finditer(text))
    sections: dict[str, str] = {}
    for number, match in enumerate(heads):
        end = heads[number + 1].start() if number + 1 < len(heads) else len(text)
        kind = match.lastgroup or "findings"
        sections[kind] = "\n".join(
            x for x in (sections.get(kind, ""), _FACT.sub("", text[match.end() : end]).strip()) if x
        )
    if not heads:
        sections["findings"] = text.strip()
    said: dict[str, str] = {}
    for match in _FACT.finditer(text):
        said[next(k for k in _FACT.groupindex if k != "value" and match[k])] = match["value"].strip()
    report = _report(name, _language(text), {k: v for k, v in sections.items() if k != "history"})
    title = " ".join(
        (sections.get("exam", ""), sections.get("technique", ""), text[: heads[0].start()] if heads else "")
    )
    day = re.search(r"(\d{4})[-/年.](\d{1,2})[-/月.](\d{1,2})", said.get("day", ""))
    at = None
    if day:
        try:
            at = datetime(int(day[1]), int(day[2]), int(day[3]), tzinfo=UTC).replace(tzinfo=None)
        except ValueError:
            at = None
    age = re.search(r"(\d{1,3})\s*(岁|y|月|m|天|d|$)", said.get("age", ""), re.IGNORECASE)
    unit = {"月": "M", "m": "M", "天": "D", "d": "D"}.get(age[2].lower(), "Y") if age else ""
    header = replace(
        report.header,
        patient=replace(
            report.header.patient, sex=_SEXES.get(said.get("sex", "").lower(), ""), name=said.get("name", "")
        ),
        patient_age=f"{int(age[1]):03d}{unit}" if age else "",
        modality=said.get("modality", "").upper() or _modality(title),
        body_part=said.get("part", "") or title.strip(),
        study_description=sections.get("exam", ""),
        study_at=at,
    )
    signatures = tuple(
        _signature(role, said[str(role)], at)
        for role in (SignatureRole.AUTHOR, SignatureRole.REVIEWER)
        if said.get(str(role))
    )
    facts = ExamFacts(history=sections.get("history", ""))
    return ReadReport(name, replace(report, header=header, signatures=signatures), facts)


def _modality(text: str) -> str:
    for modality, words in (
        ("PT", r"PET"),
        ("MR", r"\bMRI?\b|磁共振|MR(?=平扫|增强|扫描|检查)"),
        ("CT", r"CT"),
        ("MG", r"mammogra|钼靶|乳腺X线"),
        ("US", r"ultraso|sonogra|超声|彩超|B超"),
        ("DX", r"radiograph|x-?ray|平片|正位片|胸片|X线|DR"),
    ):
        if re.search(words, text, re.IGNORECASE):
            return modality
    return ""


def _language(text: str) -> str:
    return "zh" if re.search(r"[㐀-鿿]", text) else "en"


def _report(name: str, language: str, sections: dict[str, str]) -> Report:
    header = ReportHeader(Patient("", ""), "", "", "", "", "", None, "", "", "")
    return Report(
        report_id=name,
        template_id="",
        template_version="",
        language=language,
        header=header,
        sections=tuple(
            Section(kind, (Text(sections[str(kind)]),)) for kind in SectionKind if str(kind) in sections
        ),
    )
