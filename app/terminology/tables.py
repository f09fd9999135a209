"""Makes the shipped tables from a RadLex release: `python -m app.terminology.tables radlex.csv`.

The release is a CSV of `preferred name,RID,parent RID` rows (`RID1` is the root).  Into
`radlex_starter.csv` go, with their names unmodified,

- every concept that `radlex_zh.csv` names, and the way up from it to its branch,
- clinical findings, imaging observations, devices, procedures, modalities, report components and
  descriptors, but no workflow terms, isotopes and brands,
- anatomy that radiologists name: what RadLex had before it took over the whole of FMA, without
  parts of parts, and
- rows of other sources (DICOM PS3.16) that the release has not.

`radlex_pinyin.csv` holds the sounds of every Chinese name, and `hanzi_pinyin.csv` how the characters of
GB 2312 are read, so that nothing else is asked while a person types.
"""

from __future__ import annotations

import csv
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from app.paths import resource_path
from app.terminology.categories import GROUPS
from app.terminology.folding import fold, has_han

#: branches that go in with all that is below them
WHOLE = ("RID34785", "RID5", "RID34861", "RID1559", "RID10311", "RID13158", "RID6", "RID11079", "RID11254")
#: branches below those that stay out: workflow, drug brands, crystals and coils of the machine's maker
LEFT_OUT = frozenset({"RID45812", "RID10813", "RID10867", "RID10982", "RID10370", "RID11087"})
_ANATOMY = "RID3"
#: RadLex's own anatomy has small numbers; FMA's came later
_OWN_ANATOMY = (range(1, 8000), range(9000, 10400))
_FINE = re.compile(
    r"\b(?:surface|layer|mucosa|submucosa|serosa|epithelium|cell|axon|limb of|lip|striae?|fibers?|facet|"
    r"canaliculus|recess|membrane|lamina|groove|notch|tubercle|margin|crest|branch|meningeal|cusp|ridge|"
    r"articular cartilage|synovium|segment artery|subsegment|nucleus of|tract of|cartilage of)\b"
)
_RELEASE = "release-2017"


def choose(release: Sequence[tuple[str, str, str]], named: Iterable[str]) -> dict[str, str]:
    """The identifiers of the starter, each with the nearest concept above it that is in the starter too.

    Parameters
    ----------
    release : sequence of (name, RID, parent RID)
    named : iterable of str
        Identifiers that go in whatever they are.
    """
    names = {rid: name for name, rid, _ in release}
    above = {rid: parent for _, rid, parent in release}
    taken = {rid for rid in (*named, *GROUPS) if rid in names}
    for rid, name in names.items():
        way = list(_way(rid, above))
        own_anatomy = _ANATOMY in way and any(int(rid[3:]) in numbers for numbers in _OWN_ANATOMY)
        inside = not LEFT_OUT.intersection((rid, *way)) and any(top in (rid, *way) for top in WHOLE)
        plain = len(name.split()) <= 5 and not _FINE.search(name) and name.isascii()
        if (inside and name.isascii()) or (own_anatomy and plain):
            taken.add(rid)
    for rid in list(taken):
        tops = [up for up in _way(rid, above) if above.get(up) == "RID1"]
        taken.update(tops)
    return {
        rid: next((up for up in _way(rid, above) if up in taken), "")
        for rid in sorted(taken, key=lambda rid: int(rid[3:]))
    }


def _way(rid: str, above: dict[str, str]) -> Iterator[str]:
    seen = {rid}
    while (rid := above.get(rid, "")) and rid not in seen:
        seen.add(rid)
        yield rid


def sounds_of(name: str) -> str:
    """Pinyin of a Chinese name, one syllable a character, separated by spaces; the rest stays folded."""
    from pypinyin import lazy_pinyin  # megabytes, and only this script reads them

    return " ".join(
        piece
        for part in re.findall(r"[\u3400-\u9fff]+|[a-z0-9]+", fold(name))
        for piece in (lazy_pinyin(part) if has_han(part) else [part])
    )


def readings() -> list[tuple[str, str]]:
    """Syllables, each with the characters of GB 2312 that are read so."""
    from pypinyin import Style, pinyin

    heard: dict[str, list[str]] = {}
    for high in range(0xB0, 0xF8):
        for low in range(0xA1, 0xFF):
            try:
                character = bytes((high, low)).decode("gb2312")
            except UnicodeDecodeError:  # not every place holds one
                continue
            for sound in dict.fromkeys(pinyin(character, style=Style.NORMAL, heteronym=True)[0]):
                heard.setdefault(sound, []).append(character)
    return sorted((sound, "".join(characters)) for sound, characters in heard.items())


def make(release_file: Path, folder: Path) -> tuple[int, int]:
    """Write the tables; how many concepts and how many sounds they hold."""
    with release_file.open(encoding="utf-8", newline="") as file:
        release = [(row[0], row[1], row[2]) for row in csv.reader(file) if len(row) == 3]
    names = {rid: name for name, rid, _ in release}
    with (folder / "radlex_zh.csv").open(encoding="utf-8", newline="") as file:
        overlay = list(csv.DictReader(file))
    with (folder / "radlex_starter.csv").open(encoding="utf-8", newline="") as file:
        others = [row for row in csv.DictReader(file) if row["rid"] not in names]
    chosen = choose(release, (row["rid"] for row in overlay))
    rows = [(rid, names[rid], up, _RELEASE) for rid, up in chosen.items()]
    rows += [(row["rid"], row["name"], row.get("is_a") or "", row["source"]) for row in others]
    _write(
        folder / "radlex_starter.csv",
        ("rid", "name", "is_a", "source"),
        sorted(rows, key=lambda row: int(row[0][3:])),
    )
    sounds = [
        (row["rid"], "|".join(sounds_of(name) for name in (row["zh"], *row["synonyms"].split("|")) if name))
        for row in overlay
    ]
    _write(folder / "radlex_pinyin.csv", ("rid", "sounds"), sounds)
    _write(folder / "hanzi_pinyin.csv", ("sound", "characters"), readings())
    return len(rows), len(sounds)


def _write(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


if __name__ == "__main__":
    print(*make(Path(sys.argv[1]), resource_path("terminology")))
