"""What of a report may be coded as there, as absent or as in doubt: only what a sentence says for certain.

A false "present" or "absent" in coded data is worse than none, so this goes the other way round than
`assertions.presence_of`, which gives the likeliest reading for the checks: whatever is not of a known kind
stays text. Certain are

* a clause made only of places, looks, counts, sizes and findings ("左肺上叶见一枚结节，大小约 8 mm"; "Small
  nodule in the right upper lobe."), where nothing near it denies, doubts, asks, compares, excepts, or tells
  of the past;
* a list that one negation denies from its beginning to its end ("两肺未见实变及磨玻璃影"; "No effusion or
  pneumothorax.");
* a doubt in the same clause ("考虑转移"; "Pulmonary embolism cannot be excluded."), which is coded as such.
"""

from __future__ import annotations

import re
from itertools import pairwise

from app.domain.finding import Presence
from app.reporting import chinese_phrases as zh
from app.reporting import english_phrases as en

_CHINESE = re.compile(r"[㐀-鿿]")
_SENTENCE_END = re.compile(r"[；;。！!?？]|(?<![：:])\n|(?<![Ff]ig)\.(?=\s|$)")
_CLAUSE_END = re.compile(r"[，,：:（）()\n]")
#: a question mark in front of what it asks for
_ASKED_BEFORE = re.compile(r"(?:^|[\s.。；;，,])[?？]\s*$")
_COLON = re.compile(r"[:：]")
_NUMBER = re.compile(r"\s*(?:\d{1,2}[、.．)]|[（(]?\d{1,2}[）)])\s*")


def coded_presence(
    text: str, start: int, end: int, *, site: tuple[int, int] | None = None
) -> Presence | None:
    """What is certain of the finding named at [`start`, `end`); None where nothing is.

    `site` is the place of the words that become the code's site: without it, what is denied of a part of an
    organ only ("右肺未见结节") is not denied for certain.
    """
    first, last = _sentence(text, start, end)
    asked = _ASKED_BEFORE.search(text[:first]) or text[last : last + 1] in ("?", "？")
    if asked or _taken_back(text[last + 1 :]) or _under_other_head(text[:first]):
        return None
    before, said, behind = text[first:start], text[start:end], text[end:last]
    before = _NUMBER.sub("", before, count=1) if _NUMBER.match(before) else before
    around = text[first : site[0]] + text[site[1] : start] if site and first <= site[0] < start else before
    if _CHINESE.search(before + said + behind):
        return _chinese(before, said, behind, around)
    return _english(before.lower(), behind.lower(), around.lower())


def _sentence(text: str, start: int, end: int) -> tuple[int, int]:
    first = max((m.end() for m in _SENTENCE_END.finditer(text, 0, start)), default=0)
    # "1. " at the beginning of a line is a number and no sentence
    line = text.rfind("\n", 0, first) + 1
    if re.fullmatch(r"\s*\d{1,2}\.\s*", text[line:first]):
        first = line
    stop = _SENTENCE_END.search(text, end)
    return first, stop.start() if stop else len(text)


def _under_other_head(before: str) -> bool:
    """Whether a list goes on that began with another head ("排除：肺栓塞；夹层", "History:" and lines)."""
    line = re.split(r"[。！!?？\n]|\.\s", before)[-1]
    heads = _COLON.split(line)[:-1]
    lines = before.split("\n\n")[-1].split("\n")[:-1]
    heads = heads or [said.rstrip()[:-1] for said in lines if said.rstrip().endswith((":", "："))]
    return bool(heads) and not _plain_head(_CLAUSE_END.split(re.split(r"[；;]", heads[-1])[-1])[-1])


def _plain_head(words: str) -> bool:
    """Whether words in front of a colon leave what follows as it stands: a section's title or a place."""
    plain = _NUMBER.sub("", words.strip(), count=1)
    return any(
        heads.fullmatch(plain) is not None or sites.covers(plain, "")
        for heads, sites in ((zh.HEADS, zh.PLACED), (en.HEADS, en.PLACED))
    )


def _taken_back(rest: str) -> bool:
    """Whether the next sentence only says what became of the finding ("Resolved.")."""
    stop = _SENTENCE_END.search(rest)
    said = rest[: stop.start() if stop else len(rest)].strip()
    if zh.TAKEN_BACK.match(said):
        return len(said) < 12 and not zh.OTHER_DENIED.fullmatch(said)
    return bool(en.TAKEN_BACK.match(said)) and len(said.split()) < 8


def _chinese(before: str, said: str, behind: str, around: str) -> Presence | None:
    earlier, own_before, asked = _clauses_before(before)
    if asked is not None and not _plain_head(asked):
        return None
    own_behind, *later = _CLAUSE_END.split(behind)
    if _COLON.match(behind, len(own_behind)):  # a form's field: its value stands behind
        return None
    if any(zh.REACHING.search(zh.LOOKS.sub("", clause)) for clause in earlier):
        return None
    leads, follows = zh.AFFIRMED.covers(own_before, ""), zh.AFFIRMED.covers(own_behind, "")
    if zh.DENIED_BEFORE.covers(own_before, "start"):
        whole = not zh.PARTIAL.search(around) and not zh.EXCEPTING.search(before + behind)
        whole = whole and not any(_affirms(clause) for clause in earlier)
        listed = zh.DENIED_BEHIND.covers(own_behind, "item")
        sure = listed and whole and not any(_changes(clause, said) for clause in later)
        return Presence.ABSENT if sure and not any(said[-2:] in clause for clause in later) else None
    doubted = (follows and zh.DOUBTED_BEFORE.covers(own_before, "before")) or (
        leads and zh.DOUBTED_BEHIND.covers(own_behind, "behind")
    )
    if not (doubted or (leads and follows)) or any(_changes(clause, said) for clause in later):
        return None
    if doubted:
        return Presence.UNCERTAIN
    denied = any(zh.NEGATING.search(zh.LOOKS.sub("", clause)) for clause in earlier)
    return None if denied and not zh.OWN_VERB.search(own_before) else Presence.PRESENT


def _clauses_before(before: str) -> tuple[list[str], str, str | None]:
    """The clauses in front, the beginning of the finding's own, and what stands before its colon if any."""
    ends = list(_CLAUSE_END.finditer(before))
    places = [0, *(m.end() for m in ends), len(before) + 1]
    clauses = [before[a : b - 1] for a, b in pairwise(places)]
    asked = next((clauses[n] for n in reversed(range(len(ends))) if ends[n].group() in ":："), None)
    return [c for c in clauses[:-1] if c is not asked], clauses[-1], asked


def _changes(clause: str, said: str) -> bool:
    """Whether a clause behind may take back, or put into another time or light, what was said."""
    plain = zh.LOOKS.sub("", clause.strip())
    if not plain or zh.ADVICE.fullmatch(plain):
        return False
    if zh.REACHING.search(plain) or (zh.IDENTIFYING.match(plain) and not zh.AFFIRMED.covers(plain, "")):
        return True
    if not zh.NEGATING.search(plain):
        return False
    other = zh.OTHER_DENIED.fullmatch(plain)
    return other is None or _alike(other["object"], said)


def _affirms(clause: str) -> bool:
    """Whether a clause names a finding and denies none: what is denied behind may be a trait of that."""
    plain = zh.LOOKS.sub("", clause)
    return not zh.NEGATING.search(plain) and zh.FINDINGS.found_in(plain)


def _alike(one: str, other: str) -> bool:
    return any(a + b in one for a, b in pairwise(other))


def _english(before: str, behind: str, around: str) -> Presence | None:
    asked, colon, before = before.rpartition(":") if ":" in before else ("", "", before)
    if (colon and not _plain_head(asked)) or ":" in behind:
        return None
    before, behind = (re.sub(r"[()]", ",", part) for part in (before, behind))
    if en.DENIED_BEFORE.covers(before, "start") or en.DENIED_BEFORE.covers(before, "both"):
        listed = en.DENIED_BEHIND.covers(behind, "item")
        return Presence.ABSENT if listed and not en.PARTIAL.search(around) else None
    if before.strip() == "neither":
        return Presence.ABSENT if en.DENIED_BEHIND.covers(behind, "second") else None
    if en.ASKING.match(before):
        return None
    leads, follows = en.AFFIRMED.covers(before, ""), en.AFFIRMED.covers(behind, "")
    if (follows and en.DOUBTED_BEFORE.covers(before, "before")) or (
        leads and en.DOUBTED_BEHIND.covers(behind, "behind")
    ):
        return Presence.UNCERTAIN
    return Presence.PRESENT if leads and (follows or _denies_more(behind)) else None


def _denies_more(behind: str) -> bool:
    """Whether the rest of the sentence goes on plainly and ends with a denial of other things."""
    found = re.search(r"\b(?:with )?(?=(?:no|without)\b)", behind)
    return (
        found is not None
        and en.AFFIRMED.covers(behind[: found.start()], "")
        and en.OTHER_DENIED.covers(behind[found.end() :], "start")
    )
