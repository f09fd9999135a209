"""A report as the rules read it: clauses, the organs and sides they speak of, what they say is there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from app.domain.report import Chip, Report, SectionKind
from app.mentions import Mention, Status
from app.mentions import Named as Coded
from app.reporting.coded_findings import names_finding
from app.reporting.editing import flatten
from app.reporting.rules.anatomy import Named, organs_in, regions_of
from app.reporting.rules.facts import ExamFacts
from app.reporting.rules.groups import group_of, parts_in
from app.reporting.section_mentions import mentions_in
from app.terminology import TermStore

_SENTENCE = re.compile(r"[。；;！!？?\n]|\.(?=\s|$)")
_CLAUSE = re.compile(r"[，,：]|\s(?:but|however)\s")
_LIST_NUMBER = re.compile(r"^\s*(?:\d{1,2}|[（(]\d{1,2}[)）])[.、．)）]\s*(?=\D)")
_SIDE = re.compile(
    r"(?P<L>左|\bleft\b|\bLt\b)|(?P<R>右|\bright\b|\bRt\b)|(?P<B>双|两"
    r"|\bbilateral(?:ly)?\b|\bboth\b|\beither\b)",
    re.IGNORECASE,
)
#: left and right that are no side of what is described: direction of a shift, parts of one organ
_NO_SIDE = re.compile(
    r"(?:向|往|偏)(?:左|右)(?:侧)?(?:前|后|上|下)?(?:方)?(?:移|偏|突|弯|凸|膨|推)?"
    r"|[左右]移|(?:to|towards?) the (?:left|right)"
    r"|左右(?:径|对称|侧)?|[左右][心房室]+|left (?:ventric|atri)\w+|right (?:ventric|atri"
    r"|heart)\w*|左向右|右向左|双乳头|双肾上腺素"
    r"|(?:left|right)(?:ward)?\s+shift|两枚|两个|两处|两者|两次|right away|双重|双平面"
    r"|双能|双源|双期|双轨|双边",
    re.IGNORECASE,
)
ADVICE = re.compile(
    r"建议|必要时|请结合|请与|请临床|进一步|复查|随访|\brecommend\w*|\bsuggest(?:ed|ion)?\b|\badvis\w+"
    r"|\bfollow-?up\b|if (?:clinically )?indicated"
    r"|correlat\w+|\bconsider (?:further|biopsy|mri|ct|us)\b",
    re.IGNORECASE,
)
PRIOR = re.compile(
    r"对比|比较|较前|前片|原片|旧片|既往|病史|外院|上次|\bcompar\w+|\bprior\b"
    r"|\bprevious\w*|\bhistory\b|\boutside\b",
    re.IGNORECASE,
)
NORMAL = re.compile(
    r"未见(?:明[显确])?异常|正常|不大(?!于)|不厚|不宽|无(?:增|扩|移|异常)|光[整滑]|清晰"
    r"|连续(?!性)|完整|对称|居中|通畅|锐利|均匀|良好|规则|无殊|"
    r"\bnormal\b|\bunremarkable\b|\bclear\b|\bintact\b|\bpatent\b|\bpreserved\b"
    r"|\bmaintained\b|within normal|\bno (?:acute |significant )?abnormalit\w+"
    r"|\bsymmetric\w*",
    re.IGNORECASE,
)
ABNORMAL = re.compile(
    r"增大|肿大|增粗|增宽|增厚|肿胀|减低|减退|变窄|变尖|变薄|模糊|增多|增强(?!扫描|检查)"
    r"|毛糙|断裂|中断|受压|受侵|破坏|异常(?:信号|密度"
    r"|回声|强化)|高信号|低信号|高代谢|代谢增高"
    r"|缺损|肥厚|萎缩|扩张|缩小|紊乱|减少|消失|塌陷|楔形变|压缩|不均(?!匀?未)|欠均|脾大|肝大"
    r"|\benlarge\w*|\bdilat\w+|\bnarrow\w*|\bthicken\w*|\bectatic\b|\bhypermetabolic\b"
    r"|\bhyperintens\w+|\bhypointens\w+|\bechogenic\b|\bstranding\b"
    r"|restricted diffusion"
    r"|\bosteophyt\w*|\batroph\w+|\bdestruct\w+|\bloss\b|\bswelling\b|\bswollen\b"
    r"|\bincreas\w+|\bdecreas\w+|\birregular\w*|\bcompress\w+|\bmegaly\b|\w+megaly\b"
    r"|\bheterogeneous\b|\bdensity\b",
    re.IGNORECASE,
)
_SURGERY = re.compile(r"术后|切除|缺如|status post|\bs/p\b|post-?op|surgical|ectomy", re.IGNORECASE)
#: signs that are a finding under another name: words, group, organ
_SIGNS = (
    (
        re.compile(r"无肺纹理(?:区|结构)|肺组织(?:受)?压缩|absent (?:lung|vascular) markings", re.I),
        "pneumothorax",
        "pleura",
    ),
    (
        re.compile(r"肋膈角(?:变钝|模糊|消失)|blunt\w* (?:of )?(?:the )?(?:\w+ )?costophrenic", re.I),
        "effusion",
        "pleura",
    ),
    (
        re.compile(
            r"心影增大|心脏增大|心胸比增大|enlarged (?:heart|cardiac)|(?:heart"
            r"|cardiac silhouette) is (?:\w+ )?enlarged",
            re.I,
        ),
        "enlargement",
        "heart",
    ),
)
_DENIAL = re.compile(
    r"未见|未发现|未及|未显示|无(?!名|肺纹理|回声)|没有|\bno\b|\bwithout\b|\bnot\b|\bnegative\b"
    r"|\babsent\b",
    re.I,
)
_REST = re.compile(
    r"余|其他|其它|另外|除|\bother\w*\b|\bremain\w+\b|\brest of\b|\bexcept\b|\belsewhere\b"
    r"|\badditional\b|\bfurther\b",
    re.I,
)

#: parts of the body that are one organ
_ONE_ORGAN = (
    ("thyroid", "thyroid"),
    ("甲状腺", "thyroid"),
    ("breast", "breast"),
    ("乳", "breast"),
    ("prostate", "prostate"),
    ("前列腺", "prostate"),
    ("liver", "liver"),
    ("knee", "knee"),
    ("膝", "knee"),
    ("ankle", "ankle"),
    ("踝", "ankle"),
    ("shoulder", "shoulder"),
    ("肩", "shoulder"),
    ("wrist", "wrist"),
    ("腕", "wrist"),
    ("hip", "hip"),
    ("髋", "hip"),
    ("elbow", "elbow"),
    ("肘", "elbow"),
    ("hand", "hand"),
    ("foot", "foot"),
)
#: sections of which it is asked what they say is there
_READ = frozenset({"history", "findings", "impression", "recommendation"})
PRESENT, ABSENT, UNCERTAIN = Status.PRESENT, Status.ABSENT, Status.UNCERTAIN


@dataclass(frozen=True, slots=True)
class Said:
    """One finding as a clause says it; `organ` is "" where none is named."""

    section: str
    start: int
    end: int
    text: str
    group: str
    organ: str
    side: str  # "L", "R", "B", ""
    status: Status
    parts: frozenset[str]
    rest: bool
    mention: Mention


@dataclass(slots=True)
class Clause:
    """One clause of a section, its place in the section's text, what it names."""

    section: str
    start: int
    end: int
    text: str
    sentence: int
    organs: list[Named]
    own_organs: bool
    sides: list[tuple[str, int]]  # side letter, place in the section
    said: list[Said] = field(default_factory=list)

    @property
    def advice(self) -> bool:
        """Whether it advises rather than describes."""
        return ADVICE.search(self.text) is not None

    @property
    def prior(self) -> bool:
        """Whether it speaks of an earlier examination or of the history."""
        return PRIOR.search(self.text) is not None

    @property
    def surgery(self) -> bool:
        """Whether it speaks of what an operation left."""
        return _SURGERY.search(self.text) is not None

    @property
    def side(self) -> str:
        """The one side it names; "B" for both, "" for none or several."""
        named = {side for side, _ in self.sides}
        return named.pop() if len(named) == 1 else "B" if named == {"L", "R"} else ""

    @property
    def abnormal(self) -> bool:
        """Whether it says that something is there, or looks wrong."""
        if any(s.status in (PRESENT, UNCERTAIN) for s in self.said):
            return True
        return ABNORMAL.search(self.text) is not None and not _DENIAL.search(self.text)

    @property
    def normal(self) -> bool:
        """Whether it says that all it names is well."""
        return not self.abnormal and (
            NORMAL.search(self.text) is not None or _DENIAL.search(self.text) is not None
        )

    def side_of(self, start: int) -> str:
        """The side of the word at a place: the nearest one before in the clause, else the only one."""
        before = [side for side, place in self.sides if place <= start]
        return before[-1] if before else self.side

    def organ_at(self, start: int, end: int, *, english: bool) -> str:
        """The organ of a word at a place: named in it, else nearest before (English: behind), else any."""
        inside = [n for n in self.organs if n.start < end and n.end > start]
        if inside:
            return inside[-1].organ.organ_id
        before = [n for n in self.organs if n.end <= start]
        behind = [n for n in self.organs if n.start >= end]
        if english and behind and not (before and before[-1].end >= start - 2):
            return behind[0].organ.organ_id
        return before[-1].organ.organ_id if before else behind[0].organ.organ_id if behind else ""


class Reading:
    """A report's sections, examination and statements; everything is read once, when it is asked for."""

    def __init__(self, report: Report, facts: ExamFacts, terms: TermStore) -> None:
        self.report = report
        self.facts = facts
        self._terms = terms
        self._said: dict[tuple[str, ...], list[Said]] = {}
        self.texts: dict[str, str] = {"history": facts.history}
        for section in report.sections:
            self.texts[str(section.kind)] = section.plain
        header = report.header
        self.modality = header.modality.upper()
        named = _method(header.study_description)
        if named and named != _ALIKE_METHODS.get(self.modality, self.modality):
            self.modality = ""  # a study of several, or a header that does not tell
        self.sex = header.patient.sex.strip().upper()[:1]
        self.age = age_years(header.patient_age)
        self.body_part = header.body_part or header.study_description
        self.english = not report.language.startswith("zh")

    def text(self, section: str) -> str:
        """A section's words; "" where it has none."""
        return self.texts.get(section, "")

    @cached_property
    def clauses(self) -> dict[str, list[Clause]]:
        """Clauses of each section, with what they say."""
        return {name: self._clauses(name, text) for name, text in self.texts.items()}

    def of(self, *sections: str) -> Iterator[Clause]:
        """The clauses of these sections."""
        for name in sections:
            yield from self.clauses.get(name, ())

    def clause_of(self, said: Said) -> Clause | None:
        """The clause that a finding stands in."""
        return self._holders.get((said.section, said.start))

    @cached_property
    def _holders(self) -> dict[tuple[str, int], Clause]:
        return {
            (s.section, s.start): clause
            for name in self.texts
            for clause in self.of(name)
            for s in clause.said
        }

    def said(self, *sections: str) -> list[Said]:
        """All that these sections say."""
        known = self._said.get(sections)
        if known is None:
            known = self._said[sections] = [said for clause in self.of(*sections) for said in clause.said]
        return known

    def _given(self, section: str) -> tuple[Coded, ...]:
        """The coded terms of a section that name findings."""
        kind = next((k for k in SectionKind if str(k) == section), None)
        spans = flatten(self.report.section(kind).content)[1] if kind is not None else []
        return tuple(
            Coded(s.start, s.end, s.part.code.value)
            for s in spans
            if isinstance(s.part, Chip) and names_finding(s, self._terms)
        )

    def _usual_organ(self, group: str) -> str:
        """The organ of a finding that names none, where the examination leaves one only."""
        regions = regions_of(self.body_part)
        if group == "pneumothorax" or (group == "effusion" and regions == {"chest"}):
            return "pleura"
        if regions == {"head"} and group in ("hemorrhage", "infarct"):
            return "brain"
        return next((organ for word, organ in _ONE_ORGAN if word in self.body_part.lower()), "")

    def _clauses(self, section: str, text: str) -> list[Clause]:
        made: list[Clause] = []
        for number, (start, end) in enumerate(_spans(text)):
            last: list[Named] = []
            last_sides: list[tuple[str, int]] = []
            for a, b in _split(text, start, end, _CLAUSE):
                own = [Named(n.organ, n.start + a, n.end + a) for n in organs_in(text[a:b])]
                sides = _sides(text[a:b], a)
                clause = Clause(section, a, b, text[a:b], number, own or last, bool(own), sides)
                if not sides and not own:
                    clause.sides = last_sides
                made.append(clause)
                last, last_sides = (own or last), (sides if own or sides else last_sides)
        if not text or section not in _READ:
            return made
        english = self.english
        asked = section if section != str(SectionKind.EXAM) else "indication"
        for mention in mentions_in(self._terms, text, section=asked, given=self._given(section)):
            holder = next((c for c in made if c.start <= mention.start < c.end), made[-1] if made else None)
            group = group_of(mention.text)
            if holder is None or not group:
                continue
            holder.said.append(
                Said(
                    section,
                    mention.start,
                    mention.end,
                    mention.text,
                    group,
                    holder.organ_at(mention.start, mention.end, english=english) or self._usual_organ(group),
                    _side_letter(mention, holder, english=english),
                    mention.status,
                    parts_in(holder.text),
                    mention.restricted or bool(_REST.search(holder.text)),
                    mention,
                )
            )
        for one in made:
            one.said += self._signs(one)
        return made

    def _signs(self, clause: Clause) -> Iterator[Said]:
        """Findings that a clause names by their signs."""
        for pattern, group, organ in _SIGNS:
            match = pattern.search(clause.text)
            if (
                match
                and not _DENIAL.search(clause.text[: match.start()])
                and all(s.group != group for s in clause.said)
            ):
                start, end = clause.start + match.start(), clause.start + match.end()
                mention = Mention(match.group(), start, end, None, PRESENT)
                yield Said(
                    clause.section,
                    start,
                    end,
                    match.group(),
                    group,
                    organ,
                    clause.side_of(start),
                    PRESENT,
                    parts_in(clause.text),
                    bool(_REST.search(clause.text)),
                    mention,
                )


def _side_letter(mention: Mention, clause: Clause, *, english: bool) -> str:
    known = {"left": "L", "right": "R", "bilateral": "B"}.get(mention.side or "", "")
    if known:
        return known
    return clause.side if english else clause.side_of(mention.start)


def _sides(text: str, offset: int) -> list[tuple[str, int]]:
    blocked = [m.span() for m in _NO_SIDE.finditer(text)]
    return [
        (m.lastgroup or "", m.start() + offset)
        for m in _SIDE.finditer(text)
        if not any(a <= m.start() < b for a, b in blocked)
    ]


def _spans(text: str) -> Iterator[tuple[int, int]]:
    """Sentences, without the number of a list in front."""
    for start, end in _split(text, 0, len(text), _SENTENCE):
        number = _LIST_NUMBER.match(text[start:end])
        start += number.end() if number else 0
        if text[start:end].strip():
            yield start, end


def _split(text: str, start: int, end: int, pattern: re.Pattern[str]) -> Iterator[tuple[int, int]]:
    at = start
    for match in pattern.finditer(text, start, end):
        if match.start() > at:
            yield at, match.start()
        at = match.end()
    if end > at:
        yield at, end


_METHODS = (
    ("PT", r"PET|SPECT"),
    ("MR", r"\bMRI?\b|(?<![A-Za-z])MRI?(?![A-Za-z])|磁共振"),
    ("CT", r"(?<![A-Za-z])CTA?(?![A-Za-z])"),
    ("US", r"超声|彩超|\bultraso|\bsonogra"),
    ("DX", r"X线|平片|胸片|(?<![A-Za-z])DR(?![A-Za-z])|\bradiograph|x-?ray"),
    ("MG", r"钼靶|mammogra"),
)
_ALIKE_METHODS = {"CR": "DX", "DR": "DX", "RG": "DX", "NM": "PT"}


def _method(description: str) -> str:
    """The modality that a description of a study names."""
    return next((name for name, words in _METHODS if re.search(words, description, re.IGNORECASE)), "")


def age_years(text: str) -> float | None:
    """Years of a DICOM age string (058Y, 003M, 010D) or of a plain number; None where it is neither."""
    match = re.fullmatch(r"\s*(\d{1,3})\s*([YMWD]?)\s*", text, re.IGNORECASE)
    if match is None:
        return None
    return int(match[1]) / {"": 1, "Y": 1, "M": 12, "W": 52, "D": 365}[match[2].upper()]
