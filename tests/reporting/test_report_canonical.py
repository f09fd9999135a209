"""The stored and signed form of a report."""

from __future__ import annotations

import json
import struct
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from app.domain.canonical_json import canonical_json
from app.domain.person import Actor, Role
from app.domain.report import ReportState, Section, SectionKind, Text
from app.reporting.canonical import digest, freeze, says, signed_content
from app.storage.documents import REPORT, from_json, to_json
from tests.reporting.report_samples import chest_report, sign

AT = datetime(2026, 11, 20, 3, 4, 5, 678000, tzinfo=UTC)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (1.0, "1"),
        (8.4, "8.4"),
        (1e21, "1e+21"),
        (1e20, "100000000000000000000"),
        (1e-6, "0.000001"),
        (1e-7, "1e-7"),
        (333333333.33333329, "333333333.3333333"),
        (4.5, "4.5"),
        (2e-3, "0.002"),
        (5e-324, "5e-324"),
        (1.7976931348623157e308, "1.7976931348623157e+308"),
        (-705.25, "-705.25"),
        (9007199254740991, "9007199254740991"),
    ],
)
def test_numbers_are_written_as_rfc_8785_says(number: float, text: str) -> None:
    """RFC 8785 appendix B: one text for one number."""
    assert canonical_json(number) == text
    assert json.loads(text) == number


#: RFC 8785 appendix B: bits of the double → its text
APPENDIX_B = {
    "0000000000000000": "0",
    "8000000000000000": "0",
    "0000000000000001": "5e-324",
    "8000000000000001": "-5e-324",
    "7fefffffffffffff": "1.7976931348623157e+308",
    "ffefffffffffffff": "-1.7976931348623157e+308",
    "4340000000000000": "9007199254740992",
    "c340000000000000": "-9007199254740992",
    "4430000000000000": "295147905179352830000",
    "44b52d02c7e14af5": "9.999999999999997e+22",
    "44b52d02c7e14af6": "1e+23",
    "44b52d02c7e14af7": "1.0000000000000001e+23",
    "444b1ae4d6e2ef4e": "999999999999999700000",
    "444b1ae4d6e2ef4f": "999999999999999900000",
    "444b1ae4d6e2ef50": "1e+21",
    "3eb0c6f7a0b5ed8c": "9.999999999999997e-7",
    "3eb0c6f7a0b5ed8d": "0.000001",
    "41b3de4355555553": "333333333.3333332",
    "41b3de4355555554": "333333333.33333325",
    "41b3de4355555555": "333333333.3333333",
    "41b3de4355555556": "333333333.3333334",
    "41b3de4355555557": "333333333.33333343",
    "becbf647612f3696": "-0.0000033333333333333333",
    "43143ff3c1cb0959": "1424953923781206.2",
}


@pytest.mark.parametrize(("bits", "text"), APPENDIX_B.items())
def test_the_published_numbers(bits: str, text: str) -> None:
    assert canonical_json(struct.unpack(">d", bytes.fromhex(bits))[0]) == text


def test_the_published_document() -> None:
    """RFC 8785 3.2.2 and 3.2.3: literals, numbers, escapes, order by UTF-16 code units, surrogate pairs."""
    given = (
        r'{"numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],'
        r' "string": "\u20ac$\u000F\u000aA\u0027\u0042\u0022\u005c\\\"\/", "literals": [null, true, false]}'
    )
    wanted = (
        '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\\\'B\\"\\\\\\\\\\"/"}'
    ).replace("\\'", "'")
    assert canonical_json(json.loads(given)) == wanted
    names = {
        "\u20ac": "Euro",
        "\r": "CR",
        "\ufb33": "Dalet",
        "1": "One",
        "\U0001f600": "Smiley",
        "\u0080": "Control",
        "\u00f6": "o",
    }
    order = ["CR", "One", "Control", "o", "Euro", "Smiley", "Dalet"]
    assert list(json.loads(canonical_json(names)).values()) == order


def test_members_are_sorted_by_utf16_and_text_is_not_escaped() -> None:
    """RFC 8785 3.2.3: U+20AC sorts before U+1F600, though its code point order in UTF-16 is decided by
    surrogates.
    """
    assert (
        canonical_json({"\ufb33": 1, "\U0001f600": 2, "1": "张𬭊\n"})
        == '{"1":"张𬭊\\n","\U0001f600":2,"\ufb33":1}'
    )


@pytest.mark.parametrize("number", [float("nan"), float("inf"), 2**60])
def test_numbers_without_a_safe_form_are_refused(number: float) -> None:
    with pytest.raises(ValueError, match=r"form|rounded"):
        canonical_json([number])


def test_the_digest_covers_what_was_said_and_not_the_way_through_the_house() -> None:
    """电子病历 4.7: a signature holds while a report is reviewed and breaks with any change of its
    content.
    """
    report = chest_report(signed=True)
    moved = replace(
        report, state=ReportState.SUPERSEDED, revision=99, updated_at=AT, return_reason="x", signatures=()
    )
    assert digest(moved) == digest(report)
    content = signed_content(report)
    assert says(moved, content)
    assert {s.digest_sha256 for s in report.signatures} == {content.digest_sha256}
    for changed in (
        replace(
            report, sections=(*report.sections[:-1], Section(SectionKind.RECOMMENDATION, (Text("无。"),)))
        ),
        replace(report, measurements=()),
        replace(report, header=replace(report.header, patient_age="059Y")),
        replace(report, author_id="someone else"),
        replace(report, version=2),
    ):
        assert digest(changed) != digest(report)
        assert not says(changed, content)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_report_and_its_digest_survive_storage(language: str) -> None:
    """DB13/T 3.3.3: text, chips, links, measurements and images are one document that loses nothing."""
    report = chest_report(language, signed=True)
    stored = from_json(REPORT, to_json(REPORT, report))
    assert stored == report
    assert digest(stored) == digest(report)


def test_signatures_are_not_signed() -> None:
    report = chest_report()
    assert b'"signatures"' not in signed_content(sign(report)).content


def test_freezing_names_the_author_and_drops_old_signatures() -> None:
    actor = Actor("p9", "签名人", frozenset({Role.REPORTING}))
    frozen = freeze(replace(chest_report(signed=True), return_reason="左右有误"), actor, AT)
    assert (frozen.state, frozen.author_id, frozen.author_name) == (ReportState.SIGNED, "p9", "签名人")
    assert frozen.signatures == ()
    assert frozen.return_reason == ""
    assert frozen.revision == 1
