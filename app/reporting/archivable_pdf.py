"""What makes a page of ReportLab a PDF/A-2b document (ISO 19005-2): metadata in XMP that say the same as the
document's information, and the colour space that its colours mean.

Its fonts are embedded by the printed report.  No validator was at hand: a test checks the rules that apply.
"""

from __future__ import annotations

from functools import cache
from xml.sax.saxutils import escape

from PIL import ImageCms
from reportlab.pdfbase.pdfdoc import PDFArray, PDFDictionary, PDFName, PDFObject, PDFStream, PDFString
from reportlab.pdfgen.canvas import Canvas

#: ISO 32000-1, on which ISO 19005-2 stands
PDF_VERSION = (1, 7)
_SRGB = "sRGB IEC61966-2.1"
#: bytes of an ICC profile's header that tell when it was made (ICC.1 7.2.8), and a fixed day for them
_MADE, _DAY = slice(24, 36), bytes.fromhex("07d000010001000000000000")
_PACKET = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"
    xmlns:pdf="http://ns.adobe.com/pdf/1.3/" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/">
   <pdfaid:part>2</pdfaid:part>
   <pdfaid:conformance>B</pdfaid:conformance>
   <dc:format>application/pdf</dc:format>
   <dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>
   <dc:creator><rdf:Seq><rdf:li>{author}</rdf:li></rdf:Seq></dc:creator>
   <dc:description><rdf:Alt><rdf:li xml:lang="x-default">{subject}</rdf:li></rdf:Alt></dc:description>
   <pdf:Producer>{producer}</pdf:Producer>
   <pdf:Keywords>{keywords}</pdf:Keywords>
   <xmp:CreatorTool>{creator}</xmp:CreatorTool>
   <xmp:CreateDate>{at}</xmp:CreateDate>
   <xmp:ModifyDate>{at}</xmp:ModifyDate>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>"""


def make_archivable(canvas: Canvas) -> None:
    """Add metadata and output intent; when title, author, subject, keywords and creator are set."""
    document = canvas._doc
    catalog = document.Catalog
    catalog.__NoDefault__ = catalog.__Refs__ = [*catalog.__NoDefault__, "OutputIntents"]
    catalog.Metadata = _Metadata()
    catalog.OutputIntents = PDFArray([document.Reference(_output_intent(document))])


class _Metadata(PDFStream):  # type: ignore[misc]
    """The packet of XMP, written when the document's information is whole; never compressed."""

    def __init__(self) -> None:
        super().__init__(dictionary=PDFDictionary({"Type": PDFName("Metadata"), "Subtype": PDFName("XML")}))
        self.filters: list[PDFObject] = []

    def format(self, document: object) -> bytes:
        info = document.info  # type: ignore[attr-defined]
        names = ("title", "author", "subject", "producer", "keywords", "creator")
        said = {name: escape(str(getattr(info, name))) for name in names}
        made_at = document._timeStamp  # type: ignore[attr-defined]
        at = _iso(made_at.YMDhms, made_at.dhh * 3600 + made_at.dmm * 60)
        self.content = _PACKET.format(**said, at=at).encode("utf-8")
        made: bytes = super().format(document)
        return made


def _iso(date: tuple[int, ...], zone: int) -> str:
    """ReportLab's date (year to second) and its zone in seconds as ISO 8601."""
    sign, (hours, minutes) = "-" if zone < 0 else "+", divmod(abs(zone) // 60, 60)
    return "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}".format(*date[:6]) + f"{sign}{hours:02}:{minutes:02}"


def _output_intent(document: object) -> PDFDictionary:
    profile = PDFStream(
        dictionary=PDFDictionary({"N": 3, "Alternate": PDFName("DeviceRGB")}), content=_srgb(), filters=None
    )
    return PDFDictionary(
        {
            "Type": PDFName("OutputIntent"),
            "S": PDFName("GTS_PDFA1"),
            "OutputConditionIdentifier": PDFString(_SRGB),
            "Info": PDFString(_SRGB),
            "RegistryName": PDFString("http://www.color.org"),
            "DestOutputProfile": document.Reference(profile),  # type: ignore[attr-defined]
        }
    )


@cache
def _srgb() -> bytes:
    """The ICC profile of sRGB, the same bytes each time."""
    made = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    made[_MADE] = _DAY
    return bytes(made)
