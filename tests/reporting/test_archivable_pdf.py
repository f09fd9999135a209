"""The rules of PDF/A-2b (ISO 19005-2) that apply to the printed report, looked up in the file by qpdf."""

from __future__ import annotations

import base64
import io
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from fontTools.ttLib import TTFont
from lxml import etree
from PIL import ImageCms

from app.domain.letterhead import Letterhead
from app.reporting.printed_report import write_pdf
from tests.reporting.report_samples import chest_report, picture
from tests.support.tools import require_tool

_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_NAMES = {
    "Title": "{http://purl.org/dc/elements/1.1/}title",
    "Author": "{http://purl.org/dc/elements/1.1/}creator",
    "Subject": "{http://purl.org/dc/elements/1.1/}description",
    "Creator": "{http://ns.adobe.com/xap/1.0/}CreatorTool",
    "Producer": "{http://ns.adobe.com/pdf/1.3/}Producer",
}
_DEVICE = ("/DeviceRGB", "/DeviceGray")


class _Pdf:
    """Objects of a file by number, as qpdf reads them."""

    def __init__(self, path: Path) -> None:
        self.data = path.read_bytes()
        said = subprocess.run(
            [
                require_tool("qpdf"),
                "--json=2",
                "--json-stream-data=inline",
                "--decode-level=generalized",
                str(path),
            ],
            capture_output=True,
            check=True,
        )
        self._objects: dict[str, Any] = json.loads(said.stdout)["qpdf"][1]

    def get(self, what: Any) -> Any:
        """What a reference means; a stream is its dictionary."""
        while isinstance(what, str) and what.endswith(" R") and f"obj:{what}" in self._objects:
            found = self._objects[f"obj:{what}"]
            what = found["value"] if "value" in found else found["stream"]["dict"]
        return what

    def stream(self, reference: str) -> bytes:
        return base64.b64decode(self._objects[f"obj:{reference}"]["stream"]["data"])

    @property
    def trailer(self) -> Any:
        return self._objects["trailer"]["value"]

    def dictionaries(self) -> list[dict[str, Any]]:
        """Every dictionary of the file, those inside others too."""
        found: list[dict[str, Any]] = []

        def walk(tree: Any) -> None:
            if isinstance(tree, dict):
                found.append(tree)
                for value in tree.values():
                    walk(value)
            elif isinstance(tree, list):
                for value in tree:
                    walk(value)

        for one in self._objects.values():
            walk(one.get("value", one.get("stream", {}).get("dict")))
        return found


@pytest.fixture(scope="module", params=["zh", "en"])
def pdf(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> _Pdf:
    """A reviewed report with pictures."""
    report = chest_report(signed=True)
    pictures = {key.key_id: picture() for key in report.key_images}
    path = tmp_path_factory.mktemp("pdf") / "report.pdf"
    path.write_bytes(write_pdf(report, pictures, Letterhead("县医院 & <分院>"), language=request.param))
    subprocess.run([require_tool("qpdf"), "--check", str(path)], check=True, capture_output=True)
    return _Pdf(path)


def test_header_and_trailer(pdf: _Pdf) -> None:
    """6.1.2, 6.1.3: the version, a comment of four bytes above 127, an ID, no encryption."""
    first, second = pdf.data.split(b"\n", 2)[:2]
    assert first == b"%PDF-1.7"
    assert second.startswith(b"%")
    assert all(byte > 127 for byte in second[1:5])
    assert len(pdf.trailer["/ID"]) == 2
    assert "/Encrypt" not in pdf.trailer


def test_metadata_say_what_the_information_says(pdf: _Pdf) -> None:
    """6.6.2, 6.6.4: an XMP packet, not filtered, that claims part 2 level B and agrees with the document's
    information.
    """
    root = pdf.get(pdf.trailer["/Root"])
    metadata = pdf.get(root["/Metadata"])
    assert (metadata["/Type"], metadata["/Subtype"]) == ("/Metadata", "/XML")
    assert "/Filter" not in metadata
    packet = etree.fromstring(pdf.stream(root["/Metadata"]))
    said = {element.tag: "".join(element.itertext()).strip() for element in packet.iter() if element.text}
    assert said["{http://www.aiim.org/pdfa/ns/id/}part"] == "2"
    assert said["{http://www.aiim.org/pdfa/ns/id/}conformance"] == "B"
    info = pdf.get(pdf.trailer["/Info"])
    for name, tag in _NAMES.items():
        (element,) = packet.iter(tag)
        assert info[f"/{name}"] == f"u:{''.join(element.itertext()).strip()}", name
    assert "&" in info["/Author"]
    assert info["/CreationDate"] == "u:D:20000101000000+00'00'"
    assert said["{http://ns.adobe.com/xap/1.0/}CreateDate"] == "2000-01-01T00:00:00+00:00"


def test_colours_mean_what_the_output_intent_says(pdf: _Pdf) -> None:
    """6.2.3, 6.2.4: one output intent with a profile of three colours; grey and RGB alone are used."""
    (intent,) = pdf.get(pdf.get(pdf.trailer["/Root"])["/OutputIntents"])
    intent = pdf.get(intent)
    assert intent["/S"] == "/GTS_PDFA1"
    assert pdf.get(intent["/DestOutputProfile"])["/N"] == 3
    profile = ImageCms.ImageCmsProfile(io.BytesIO(pdf.stream(intent["/DestOutputProfile"]))).profile
    assert profile.xcolor_space.strip() == "RGB"
    assert {one["/ColorSpace"] for one in pdf.dictionaries() if "/ColorSpace" in one} <= set(_DEVICE)
    for name in ("/SMask", "/Interpolate", "/Alternates", "/OPI", "/TR", "/HTP"):
        assert not [one for one in pdf.dictionaries() if name in one], name


def test_a_reviewed_report_is_opaque(pdf: _Pdf) -> None:
    """6.2.10: nothing shines through, so no blending colour space is asked for."""
    states = [one for one in pdf.dictionaries() if "/ca" in one or "/CA" in one]
    assert all(float(one.get(key, 1)) == 1 for one in states for key in ("/ca", "/CA"))
    assert not [one for one in pdf.dictionaries() if "/Group" in one]


def test_every_font_is_embedded_with_its_unicode(pdf: _Pdf) -> None:
    """6.2.11: programs embedded; symbolic TrueType fonts without an encoding, with one table of codes; widths
    as in the program.
    """
    fonts = [one for one in pdf.dictionaries() if one.get("/Type") == "/Font"]
    assert fonts
    for font in fonts:
        assert font["/Subtype"] == "/TrueType"
        assert "/Encoding" not in font
        assert "/ToUnicode" in font
        descriptor = pdf.get(font["/FontDescriptor"])
        assert int(descriptor["/Flags"]) & 4
        program = TTFont(io.BytesIO(pdf.stream(descriptor["/FontFile2"])))
        assert len(program["cmap"].tables) == 1
        codes = program["cmap"].tables[0].cmap
        scale = 1000 / program["head"].unitsPerEm
        widths = pdf.get(font["/Widths"])
        compared = 0
        for code in range(int(font["/FirstChar"]), int(font["/LastChar"]) + 1):
            if code in codes:
                true = program["hmtx"][codes[code]][0] * scale
                assert abs(true - float(widths[code - int(font["/FirstChar"])])) <= 1
                compared += 1
        assert compared >= 5


def test_nothing_acts(pdf: _Pdf) -> None:
    """6.5: no scripts, no files inside, no forms, no actions."""
    for name in ("/JavaScript", "/JS", "/EmbeddedFiles", "/AcroForm", "/OpenAction", "/AA", "/XFA"):
        assert not [one for one in pdf.dictionaries() if name in one], name
