"""How a projection was taken: its view, what was special about it, and which side of the body it shows.

Codes are those of PS3.16 CID 4010, 4014 and 4015, in SNOMED CT and in the older SNOMED RT.
"""

from __future__ import annotations

from app.dicom.read.functional_groups import Groups
from app.dicom.read.header import Header

_ANATOMY, _VIEW, _MODIFIERS = 0x00209071, 0x00540220, 0x00540222
#: code → what View Position calls it (PS3.3 C.8.7.1.1.7, C.8.11.7)
_VIEWS = {
    **dict.fromkeys(("399162004", "R-10242"), "CC"),
    **dict.fromkeys(("399368009", "R-10226"), "MLO"),
    **dict.fromkeys(("399260004", "R-10224"), "ML"),
    **dict.fromkeys(("399352003", "R-10228"), "LM"),
    **dict.fromkeys(("399099002", "R-10230"), "LMO"),
    **dict.fromkeys(("399196006", "R-10244"), "FB"),
    **dict.fromkeys(("399188001", "R-102D0"), "SIO"),
    **dict.fromkeys(("441555000", "R-40AAA"), "ISO"),
    **dict.fromkeys(("399192008", "R-1024A"), "XCCL"),
    **dict.fromkeys(("399101009", "R-1024B"), "XCCM"),
    **dict.fromkeys(("399265009", "R-102CF"), "XCC"),
    **dict.fromkeys(("127457009", "G-8310"), "SPECIMEN"),
    **dict.fromkeys(("399348003", "R-10206"), "AP"),
    **dict.fromkeys(("272479007", "R-10214", "R-40888"), "PA"),
    **dict.fromkeys(("399173006", "R-10236"), "LL"),
    **dict.fromkeys(("399198007", "R-10232"), "RL"),
    **dict.fromkeys(("399067008", "R-102CD"), "LATERAL"),
}
#: code of a modifier → what is said here
_SPECIAL = {
    **dict.fromkeys(("399209000", "R-102D5"), "implant displaced"),
    **dict.fromkeys(("399163009", "R-102D6"), "magnification"),
    **dict.fromkeys(("399055006", "R-102D7"), "spot compression"),
    **dict.fromkeys(("399161006", "R-102D2"), "cleavage"),
    **dict.fromkeys(("399011000", "R-102D1"), "axillary tail"),
    **dict.fromkeys(("399110001", "R-102C2"), "tangential"),
    **dict.fromkeys(
        ("399226006", "399197002", "415670009", "414493004", "R-102D3", "R-102D4", "R-102CA", "R-102C9"),
        "rolled",
    ),
    "442593008": "infra-mammary fold",
    "442580003": "axillary tissue",
    "441752004": "anterior compression",
    "442581004": "nipple in profile",
}


def view_position(header: Header) -> str:
    """View Position; without it what the View Code Sequence says, in the words of View Position where they
    are known.
    """
    if said := header.text(0x00185101):
        return said
    code = _view_code(header)
    return _VIEWS.get(code.text(0x00080100), code.text(0x00080104)) if code is not None else ""


def view_modifiers(header: Header) -> tuple[str, ...]:
    """What is special about the view: ``implant displaced``, ``spot compression``, ``magnification`` …, in
    the words of the object where the code is not known.
    """
    code = _view_code(header)
    if code is None:
        return ()
    named = (
        _SPECIAL.get(one.text(0x00080100), one.text(0x00080104).lower()) for one in code.items(_MODIFIERS)
    )
    return tuple(name for name in named if name)


def laterality(groups: Groups) -> str:
    """Image Laterality, of an enhanced object Frame Laterality, else that of the series; in upper case."""
    top, anatomy = groups.top, groups.item(_ANATOMY)
    own = anatomy.text(0x00209072) if anatomy is not None else ""
    return (top.text(0x00200062) or own or top.text(0x00200060)).upper()


def _view_code(header: Header) -> Header | None:
    return next(iter(header.items(_VIEW)), None)
