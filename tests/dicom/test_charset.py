"""Names and texts in the character sets of the world, under right declarations, wrong ones and none."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest

from app.dicom.read.charset import ENCODINGS, Guess, RawText, declared_codecs, decode, guess
from app.dicom.read.header import Header, opened
from app.dicom.read.prescan import prescan
from app.i18n import catalogue
from tests.dicom.charset_samples import (
    CHINESE,
    CYRILLIC,
    DESCRIPTIONS,
    KOREAN,
    LATIN_1,
    TRADITIONAL,
    decode_text,
)
from tests.support.real_data import real_data


def misread(texts: Sequence[str], codec: str, *declared: str, name: bool = True) -> list[tuple[str, str]]:
    """Texts that do not come back, with what came instead."""
    read = [(text, decode_text(text.encode(codec), declared, person_name=name)) for text in texts]
    return [(text, found) for text, found in read if found != text]


@pytest.mark.parametrize(
    "declared",
    [
        (), ("",), ("ISO_IR 6",), ("ISO 2022 IR 6",), ("ISO_IR 100",), ("ISO 2022 IR 100",), ("ISO_IR 101",),
        ("GB18030",), ("GBK",), ("GB2312",), ("ISO_IR 192",), ("ISO 2022 IR 6", "ISO 2022 IR 58"),
        ("", "ISO 2022 IR 58"), ("unheard of",),
    ],
)  # fmt: skip
@pytest.mark.parametrize("codec", ["gb18030", "utf-8"])
def test_chinese_under_any_declaration(codec: str, declared: tuple[str, ...]) -> None:
    """Each name by itself, with Latin letters before it or not, and each description."""
    assert misread(CHINESE, codec, *declared) == []
    assert misread([f"Zhang^San={name}" for name in CHINESE], codec, *declared) == []
    assert misread([f"{name[0]}^{name[1:]}" for name in CHINESE], codec, *declared) == []
    assert misread(DESCRIPTIONS, codec, *declared, name=False) == []


@pytest.mark.parametrize("declared", [("GB18030",), ("GBK",), ("ISO_IR 192",), (), ("ISO_IR 100",)])
def test_any_chinese_name(declared: tuple[str, ...]) -> None:
    """Family names with whatever characters GB 2312 holds."""
    chance = random.Random(11)
    level_one = [bytes((a, b)).decode("gb2312") for a in range(0xB0, 0xD7) for b in range(0xA1, 0xFF)]
    names = [
        chance.choice("王李张刘陈杨黄赵吴周") + "".join(chance.choices(level_one, k=chance.randint(1, 2)))
        for _ in range(400)
    ]
    assert misread(names, "gb18030", *declared) == []
    assert misread(names, "utf-8", *declared) == []


def test_gbk_beyond_gb2312_under_a_latin_set() -> None:
    assert decode_text(b"\xd5\xc5\x86\xb4", ("ISO_IR 100",), person_name=True) == "张喆"


@pytest.mark.parametrize("declared", [("ISO_IR 100",), ("ISO 2022 IR 100",), ("ISO 8859-1",), ()])
def test_latin_names_stay_latin(declared: tuple[str, ...]) -> None:
    """Two accented letters in a row are a Chinese character's bytes; the letters round them tell."""
    assert misread(LATIN_1, "latin-1", *declared) == []
    assert misread(LATIN_1, "utf-8", *declared) == []


@pytest.mark.parametrize(
    ("term", "codec", "texts"),
    [
        ("ISO_IR 101", "iso8859-2", ["Łukasz^Wójcik", "Dvořák^Antonín", "Kovács^Győző", "Žižek^Šárka"]),
        ("ISO_IR 109", "iso8859-3", ["Ĝoja^Ĉielo", "Ħelu^Ġorġ"]),
        ("ISO_IR 110", "iso8859-4", ["Bērziņš^Jānis", "Kalniņa^Līga"]),
        ("ISO_IR 144", "iso8859-5", [*CYRILLIC, "Люкceмбypг"]),
        ("ISO_IR 127", "iso8859-6", ["قباني^لنزار", "محمد^علي"]),
        ("ISO_IR 126", "iso8859-7", ["Διονυσιος", "Παπαδόπουλος^Γιώργος"]),
        ("ISO_IR 138", "iso8859-8", ["שרון^דבורה", "כהן^משה"]),
        ("ISO_IR 148", "iso8859-9", ["Çelik^Ayşe", "Göğüş^Ali", "Yıldız^İbrahim"]),
        ("ISO_IR 203", "iso8859-15", ["Œuvre^Zoë", "Lefèvre^François"]),
        ("ISO_IR 166", "tis-620", ["สมชาย^ใจดี", "สุดา^รักไทย"]),
        ("ISO_IR 13", "shift_jis", ["ﾔﾏﾀﾞ^ﾀﾛｳ", "ｽｽﾞｷ^ﾊﾅｺ"]),
        (
            "ISO_IR 192",
            "utf-8",
            [*CHINESE, *TRADITIONAL, *KOREAN, *LATIN_1, *CYRILLIC, "山田^太郎", "สมชาย^ใจดี"],
        ),
        ("GB18030", "gb18030", [*CHINESE, *TRADITIONAL, "李𠀀"]),
    ],
)
def test_right_declarations_are_believed(term: str, codec: str, texts: list[str]) -> None:
    """What is declared and plausible stays, in every set of PS3.3 C.12.1.1.2."""
    assert misread(texts, codec, term) == []


@pytest.mark.parametrize("declared", [(), ("ISO_IR 100",), ("ISO_IR 6",)])
@pytest.mark.parametrize(
    ("codec", "texts"),
    [
        ("cp1251", CYRILLIC),
        ("koi8-r", CYRILLIC),
        ("big5", TRADITIONAL),
        ("cp949", KOREAN),
        ("cp932", ("山田^太郎", "鈴木^花子")),
    ],
)
def test_sets_that_are_not_declared(codec: str, texts: tuple[str, ...], declared: tuple[str, ...]) -> None:
    """A study's name, doctor and others are weighed together."""
    for first in texts:
        found = guess([RawText(text.encode(codec), declared, True) for text in {first, *texts[:3]}])
        assert decode(RawText(first.encode(codec), declared, True), found) == first, found


def test_the_study_helps_a_short_text() -> None:
    """One doubtful text is read as the plain ones beside it: never half a study in another script."""
    doubtful = RawText("Íõ".encode("latin-1"), ("ISO_IR 100",))
    assert decode(doubtful, guess([doubtful])) == "王"
    latin = guess(
        [doubtful, *(RawText(name.encode("latin-1"), ("ISO_IR 100",), True) for name in LATIN_1[:4])]
    )
    assert decode(doubtful, latin) == "Íõ"


def test_each_declaration_of_a_study_for_itself() -> None:
    """A report in declared UTF-8 beside images in GBK that declare a Latin set: both are read."""
    image = RawText("张喆".encode("gbk"), ("ISO_IR 100",), True)
    report = RawText("张喆 头颅".encode(), ("ISO_IR 192",))
    found = guess([image, report])
    assert decode(image, found) == "张喆"
    assert decode(report, found) == "张喆 头颅"


def test_candidates_are_ranked() -> None:
    """The best is first; what cannot decode the bytes is no candidate; confidence falls where two are
    near.
    """
    clear = guess([RawText("王^小东".encode("gb18030"), (), True)])
    assert clear.encoding == clear.candidates[0].encoding == "gb18030"
    assert clear.confidence > 0.9
    assert "utf-8" not in {one.encoding for one in clear.candidates}
    scores = [one.score for one in clear.candidates]
    assert scores == sorted(scores, reverse=True)
    doubtful = guess([RawText("진정유".encode("cp949"), (), True)])
    assert doubtful.confidence < clear.confidence
    assert guess([RawText(b"Plain^Name", ("ISO_IR 100",), True)]) == Guess()


def test_a_person_chooses() -> None:
    """What was chosen counts, whatever is declared; texts that it cannot decode keep their own reading."""
    korean = RawText("진정유".encode("cp949"), ("ISO_IR 100",), True)
    assert decode(korean, Guess.chosen("cp949")) == "진정유"
    assert decode(RawText("Müller".encode("latin-1"), (), True), Guess.chosen("utf-8")) == "Müller"
    with pytest.raises(ValueError, match="no encoding"):
        Guess.chosen("rot13")
    for encoding in ENCODINGS:
        assert encoding.label in catalogue()


@pytest.mark.parametrize(
    ("declared", "codecs"),
    [
        (("ISO_IR 192",), ("utf-8",)),
        (("ISO IR 192",), ("utf-8",)),
        (("ISO-IR-192",), ("utf-8",)),
        (("UTF-8",), ("utf-8",)),
        (("", "ISO 2022 IR 58"), ("gb18030",)),
        (("ISO_IR 6",), ()),
        (("",), ()),
        (("nonsense",), ()),
    ],
)
def test_declared_terms(declared: tuple[str, ...], codecs: tuple[str, ...]) -> None:
    """Terms are known in the spellings that occur."""
    assert declared_codecs(declared) == codecs


@pytest.mark.parametrize(
    "raw", [b"\xff\xff\xff", b"\x80", b"\x1b$)A\xff", b"\x1b", b"\x1b(J\xd4", b"a\xd5", bytes(range(28, 256))]
)
@pytest.mark.parametrize(
    "declared", [(), ("ISO_IR 192",), ("\\",), ("ISO 2022 IR 58",), ("", "ISO 2022 IR 87")]
)
def test_any_bytes_make_a_text(raw: bytes, declared: tuple[str, ...]) -> None:
    """Nothing is raised, and the text can be stored."""
    for person_name in (True, False):
        text = decode_text(raw, declared, person_name=person_name)
        assert text.encode("utf-8").decode("utf-8") == text


@pytest.mark.parametrize(
    ("case", "name"),
    [
        ("name_gbk_rare", "张喆"),
        ("name_ir58_no_escape", "Wang^XiaoDong=王^小东"),
        ("name_latin_double_a", "Sääski^Aino"),
    ],
)
def test_odd_cases(case: str, name: str) -> None:
    with opened(real_data("odd_cases") / case / "0.dcm") as data:
        assert Header.of(prescan(data)).name(0x00100010) == name


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("chrArab", "قباني^لنزار"),
        ("chrFren", "Buc^Jérôme"),
        ("chrFrenMulti", "Buc^Jérôme"),
        ("chrGerm", "Äneas^Rüdiger"),
        ("chrGreek", "Διονυσιος"),
        ("chrH31", "Yamada^Tarou=山田^太郎=やまだ^たろう"),
        ("chrH32", "ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう"),
        ("chrHbrw", "שרון^דבורה"),
        ("chrI2", "Hong^Gildong=洪^吉洞=홍^길동"),
        ("chrJapMulti", "やまだ^たろう"),
        ("chrJapMultiExplicitIR6", "やまだ^たろう"),
        ("chrKoreanMulti", "김희중"),
        ("chrRuss", "Люкceмбypг"),
        ("chrX1", "Wang^XiaoDong=王^小東"),
        ("chrX2", "Wang^XiaoDong=王^小东"),
    ],
)
def test_samples(file: str, name: str) -> None:
    """The standard's own examples (PS3.5 annexes H to K) and others."""
    with opened(real_data("dicom_kinds") / "pydicom_charset" / f"{file}.dcm") as data:
        assert Header.of(prescan(data)).name(0x00100010) == name


@pytest.mark.parametrize("file", ["chrSQEncoding", "chrSQEncoding1"])
def test_an_item_has_a_set_of_its_own(file: str) -> None:
    with opened(real_data("dicom_kinds") / "pydicom_charset" / f"{file}.dcm") as data:
        (item,) = Header.of(prescan(data)).items(0x00321064)
        assert item.name(0x00100010) == "ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう"


@pytest.mark.parametrize("name", ["Zhang^😀", "علی\u200cرضا^احمدی", "abc\u202ecba^x", "நட்ராஜ்^ரா"])
def test_what_is_declared_and_valid_utf_8_is_not_guessed_at(name: str) -> None:
    """Joiners, marks of direction, pictures and scripts that nothing is known of."""
    assert misread([name], "utf-8", "ISO_IR 192") == []
