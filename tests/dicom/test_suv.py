"""SUV by body weight: right where everything is known, refused with the true reason where something is
not.
"""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta, timezone
from pathlib import Path

import pytest

from app.dicom.read.header import Header, opened
from app.dicom.read.nuclides import NUCLIDES, fitting_nuclide, known_nuclide
from app.dicom.read.prescan import prescan
from app.dicom.read.suv import SuvResult, suv
from app.dicom.read.suv_facts import Injection, PetImage, SuvInputs
from app.dicom.read.suv_header import suv_inputs
from app.domain.quantity import Quantity
from app.i18n import catalogue
from app.processes.dicom import DicomProcesses
from tests.dicom import dicom_objects as objects
from tests.dicom.test_volume_loading import loaded
from tests.support.real_data import real_data

F18_S = 6586.2


def at(hour: int, minute: int = 0, day: int = 2) -> datetime:
    return datetime(2024, 1, day, hour, minute)  # noqa: DTZ001  (DICOM local time)


INJECTION = Injection(370e6, F18_S, "C-111A1", "^18^Fluorine", moment=at(9))
INPUTS = SuvInputs(
    units="BQML",
    corrections=("DECY", "ATTN", "SCAT"),
    decay_correction="START",
    weight_kg=70.0,
    injections=(INJECTION,),
    series_at=at(10),
    images=(PetImage(at(10)), PetImage(at(10, 3))),
)


def factor(
    seconds: float, *, weight_kg: float = 70.0, dose_bq: float = 370e6, half_life_s: float = F18_S
) -> float:
    return weight_kg * 1000.0 / (dose_bq * math.exp(-math.log(2.0) * seconds / half_life_s))


def injected(**changes: object) -> SuvInputs:
    return replace(INPUTS, injections=(replace(INJECTION, **changes),))  # type: ignore[arg-type]


def words(result: SuvResult) -> str:
    """The reasons in English, each held against its Chinese."""
    for template, params in result.reasons:
        assert "{" not in catalogue()[template].format(**params)
    for label, _ in result.shown:
        assert label in catalogue()
    return " ".join(template.format(**params) for template, params in result.reasons)


def refused(inputs: SuvInputs, *parts: str) -> None:
    result = suv(inputs)
    assert (result.factor, result.quantity) == (None, Quantity.ACTIVITY)
    for part in parts:
        assert part in words(result)


def made(inputs: SuvInputs, seconds: float, *parts: str, half_life_s: float = F18_S) -> None:
    result = suv(inputs)
    assert result.quantity is Quantity.SUV_BW, words(result)
    assert result.factor == pytest.approx(factor(seconds, half_life_s=half_life_s), rel=1e-12)
    told = words(result)
    assert bool(told) == bool(parts)
    for part in parts:
        assert part in told


def test_the_plain_case() -> None:
    """One hour of decay between injection and Series Time; nothing is to be told, everything is shown."""
    made(INPUTS, 3600.0)
    assert dict(suv(INPUTS).shown) == {
        "Body weight": "70 kg",
        "Injected activity": "370 MBq",
        "Half-life": "6586.2 s F-18",
        "Injected at": "2024-01-02 09:00:00",
        "Decay corrected to": "2024-01-02 10:00:00",
        "Decay time": "60.0 min",
        "Factor": "0.000276337",
    }


def test_decay_corrected_to_the_injection() -> None:
    """ADMIN: the dose counts as it was, and no time is needed."""
    without_times = replace(INPUTS, decay_correction="ADMIN", series_at=None, images=())
    made(without_times, 0.0)


@pytest.mark.parametrize(
    ("moment", "clock", "offset", "seconds"),
    [
        (datetime(2024, 1, 2, 1, tzinfo=UTC), None, timedelta(hours=8), 3600.0),
        (datetime(2024, 1, 2, 1, tzinfo=UTC), time(9), None, 3600.0),
        (datetime(2024, 1, 1, 20, tzinfo=timezone(timedelta(hours=-5))), None, timedelta(hours=8), 3600.0),
        (None, time(9, 30), None, 1800.0),
        (at(9), time(9), None, 3600.0),
    ],
)
def test_the_time_of_the_injection(
    moment: datetime | None, clock: time | None, offset: timedelta | None, seconds: float
) -> None:
    """A time of day, a date and time, and one with an offset from UTC."""
    made(replace(injected(moment=moment, clock=clock), utc_offset=offset), seconds)


def test_an_offset_without_that_of_the_scanner() -> None:
    """UTC cannot be brought onto the scanner's clock; another offset is the scanner's own, and that is
    told.
    """
    refused(injected(moment=datetime(2024, 1, 2, 9, tzinfo=UTC)), "Timezone Offset From UTC is missing")
    local = datetime(2024, 1, 2, 9, tzinfo=timezone(timedelta(hours=8)))
    made(injected(moment=local), 3600.0, "was taken for local time")


def test_over_midnight() -> None:
    """A time of day after that of the scan is of the day before, where so much decay is plausible."""
    night = replace(
        injected(moment=None, clock=time(23, 40)),
        series_at=at(0, 40, day=3),
        images=(PetImage(at(0, 40, day=3)),),
    )
    made(night, 3600.0)
    refused(injected(moment=None, clock=time(10, 30)), "lies before the injection")


def test_two_times_of_the_injection() -> None:
    """They are one where the dose hardly differs; else the one that fits, and none where both do."""
    made(injected(clock=time(9, 1)), 3600.0)
    refused(injected(clock=time(8)), "two times of the injection", "08:00:00", "2024-01-02 09:00:00")
    made(injected(clock=time(11)), 3600.0, "only the latter fits")


def test_a_shifted_date_of_the_injection() -> None:
    """De-identification moves dates and forgets that of the injection: its time of day is left."""
    shifted = injected(moment=datetime(1999, 5, 6, 9), clock=time(9))  # noqa: DTZ001
    made(shifted, 3600.0, "1999-05-06", "does not fit the scan")


def test_a_series_that_was_made_later() -> None:
    """Series Time after the first image: the maker's scan time, the frames' own reckoning, or the first
    image.
    """
    later = replace(INPUTS, series_at=at(15))
    made(later, 3600.0, "first Acquisition Time")
    made(replace(later, ge_scan_at=at(9, 50)), 3000.0, "GE, 0009,100D")
    during = math.log(2.0) / F18_S * 180.0
    mean_s = math.log(during / (1.0 - math.exp(-during))) * F18_S / math.log(2.0)
    beds = tuple(PetImage(at(10, 3 * i), 300.0 + 180.0 * i + mean_s, 180.0) for i in range(4))
    result = suv(replace(later, images=beds))
    assert result.factor == pytest.approx(factor(3300.0), rel=1e-9)
    assert "Frame Reference Time" in words(result)
    disagreeing = tuple(replace(bed, acquired_at=at(10)) for bed in beds)
    made(replace(later, images=disagreeing), 3600.0, "first Acquisition Time")


def test_series_before_injection() -> None:
    """Never a day of decay that did not happen."""
    early = replace(INPUTS, series_at=at(8, 40))
    refused(early, "2024-01-02 08:40:00", "before the injection (2024-01-02 09:00:00)")
    refused(
        replace(early, injections=(replace(INJECTION, moment=None, clock=time(9)),)), "before the injection"
    )
    made(replace(early, ge_scan_at=at(10)), 3600.0, "GE, 0009,100D")


def test_a_dynamic_scan_may_begin_before_its_injection() -> None:
    lead = replace(INPUTS, series_at=at(8, 59), images=(PetImage(at(8, 59)),))
    refused(lead, "before the injection")
    made(replace(lead, dynamic=True), -60.0)
    refused(replace(lead, dynamic=True, series_at=at(8, 40)), "before the injection")


def test_long_lived_nuclides_need_the_day() -> None:
    zirconium = Injection(37e6, 282276.0, "", "89Zr", clock=time(9))
    refused(replace(INPUTS, injections=(zirconium,)), "day must be known", "78.4 h")
    days = replace(zirconium, moment=datetime(2023, 12, 30, 10), clock=time(13))  # noqa: DTZ001
    result = suv(replace(INPUTS, injections=(days,)))
    assert result.factor == pytest.approx(factor(3 * 86400.0, dose_bq=37e6, half_life_s=282276.0), rel=1e-12)


@pytest.mark.parametrize(
    ("changes", "parts"),
    [
        ({"half_life_s": 109.77}, ("109.77 s", "F-18", "6586.2 s", "in min")),
        ({"half_life_s": 1.83}, ("F-18", "in h")),
        ({"half_life_s": 109.77, "nuclide": "", "nuclide_code": ""}, ("F-18", "6586.2 s", "in min")),
        ({"half_life_s": 4062.6}, ("4062.6 s", "F-18", "6586.2 s")),
        ({"half_life_s": 5000.0, "nuclide": "", "nuclide_code": ""}, ("fits no positron emitter",)),
        ({"half_life_s": None, "nuclide": "", "nuclide_code": ""}, ("Half Life is missing",)),
        ({"dose_bq": 370.0}, ("370 Bq", "MBq")),
        ({"dose_bq": 370e3}, ("370000 Bq", "kBq")),
        ({"dose_bq": 3.7e14}, ("3.7e+08 MBq", "plausible")),
        ({"dose_bq": None}, ("Radionuclide Total Dose is missing",)),
        ({"dose_bq": 0.0}, ("Radionuclide Total Dose is missing",)),
        ({"moment": None}, ("time of the injection is missing",)),
    ],
)
def test_injections_that_make_no_suv(changes: dict[str, object], parts: tuple[str, ...]) -> None:
    """What is found and what was expected are named."""
    refused(injected(**changes), *parts)


@pytest.mark.parametrize(
    ("changes", "parts"),
    [
        ({"weight_kg": None}, ("Patient's Weight is missing",)),
        ({"weight_kg": 0.0}, ("Patient's Weight is missing",)),
        ({"weight_kg": 70000.0}, ("70000 kg", "written in g")),
        ({"weight_kg": 1e9}, ("plausible",)),
        ({"corrections": ("ATTN",)}, ("DECY",)),
        ({"corrections": ("DECY",)}, ("ATTN",)),
        ({"decay_correction": "NONE"}, ("Decay Correction is “NONE”",)),
        ({"decay_correction": ""}, ("Decay Correction",)),
        ({"injections": ()}, ("Total Dose is missing", "Half Life is missing")),
        ({"injections": (INJECTION, replace(INJECTION, dose_bq=100e6))}, ("2 different injections",)),
        ({"series_at": None, "images": ()}, ("neither Series Time nor Acquisition Time",)),
        (
            {"weight_kg": 300.0, "injections": (replace(INJECTION, dose_bq=2e6),)},
            ("an SUV of 1", "4.56 Bq/ml"),
        ),
    ],
)
def test_series_that_make_no_suv(changes: dict[str, object], parts: tuple[str, ...]) -> None:
    refused(replace(INPUTS, **changes), *parts)  # type: ignore[arg-type]


def test_too_much_decay() -> None:
    """Hours between injection and scan that nothing would be left of."""
    carbon = Injection(370e6, 1221.8, "C-105A1", "", moment=at(9))
    refused(replace(INPUTS, injections=(carbon,), series_at=at(13), images=()), "4.0 h", "6 half-lives")


def test_every_reason_is_told() -> None:
    """A person mends one thing and is not sent back for the next."""
    told = words(suv(replace(INPUTS, weight_kg=None, corrections=(), injections=())))
    for part in ("Weight", "Dose", "Half Life", "ATTN", "DECY"):
        assert part in told


def test_a_missing_half_life_is_that_of_the_nuclide() -> None:
    made(injected(half_life_s=None), 3600.0, "6586.2 s, that of F-18, was used")


@pytest.mark.parametrize(
    ("changes", "found", "part"),
    [
        ({"units": "CNTS"}, (None, Quantity.COUNTS), "counts, not SUV"),
        (
            {"units": "CNTS", "philips_suv_factors": (0.000543,)},
            (0.000543, Quantity.SUV_BW),
            "factor 0.000543",
        ),
        ({"units": "CNTS", "philips_suv_factors": (1.0, 2.0)}, (None, Quantity.COUNTS), "differ"),
        ({"units": "CNTS", "philips_suv_factors": (0.0,)}, (None, Quantity.COUNTS), "counts, not SUV"),
        (
            {"units": "CNTS", "philips_activity_factors": (1.25,)},
            (1.25 * factor(3600.0), Quantity.SUV_BW),
            "factor 1.25",
        ),
        (
            {"units": "CNTS", "philips_activity_factors": (1.25,), "weight_kg": None},
            (1.25, Quantity.ACTIVITY),
            "Weight is missing",
        ),
        ({"units": "GML"}, (None, Quantity.SUV_BW), "SUV Type is absent"),
        ({"units": "GML", "suv_type": "BW"}, (None, Quantity.SUV_BW), ""),
        ({"units": "GML", "suv_type": "LBM"}, (None, Quantity.SUV_LBM), "lean body mass (LBM)"),
        (
            {"units": "GML", "suv_type": "LBMJANMA"},
            (None, Quantity.SUV_LBM_JANMA),
            "lean body mass (LBMJANMA)",
        ),
        ({"units": "GML", "suv_type": "BSA"}, (None, Quantity.SUV_BSA), "body surface area"),
        ({"units": "GML", "suv_type": "IBW"}, (None, Quantity.SUV_IBW), "ideal body weight"),
        ({"units": "CPS"}, (None, Quantity.ARBITRARY), "Units is CPS"),
        ({"units": ""}, (None, Quantity.ARBITRARY), "Units is missing"),
    ],
)
def test_other_units(changes: dict[str, object], found: tuple[float | None, Quantity], part: str) -> None:
    """What is not activity is named for what it is."""
    result = suv(replace(INPUTS, **changes))  # type: ignore[arg-type]
    assert result.quantity is found[1]
    assert result.factor == (None if found[0] is None else pytest.approx(found[0], rel=1e-12))
    assert part in words(result)


@pytest.mark.parametrize(
    "text",
    [
        "^18^Fluorine",
        "18F",
        "F-18",
        "[18F]FDG",
        "Fluorine-18",
        "Fluorodeoxyglucose F^18^",
        "FDG",
        "18F-PSMA-1007",
    ],
)
def test_names_of_a_nuclide(text: str) -> None:
    found = known_nuclide("", text)
    assert found is not None
    assert found.name == "F-18"


def test_nuclides_are_told_apart() -> None:
    """Each is known by its codes and by its half-life; seconds are not taken for another one's minutes."""
    for nuclide in NUCLIDES:
        assert known_nuclide("", nuclide.name) is nuclide
        assert all(known_nuclide(code) is nuclide for code in nuclide.codes)
        assert fitting_nuclide(nuclide.half_life_s) is not None
    assert len({code for n in NUCLIDES for code in n.codes}) == sum(len(n.codes) for n in NUCLIDES)
    common = {n.name: n.half_life_s for n in NUCLIDES[:9]}
    for name, seconds in common.items():
        found = fitting_nuclide(seconds)
        assert found is not None
        assert found.name == name
    assert fitting_nuclide(109.77) is None
    assert fitting_nuclide(67.71) is None
    assert known_nuclide("", "Solution") is None


def headers(folder: Path) -> list[Header]:
    found = []
    for path in sorted(folder.glob("*.dcm")):
        with opened(path) as data:
            found.append(Header.of(prescan(data)).detach())
    return found


def test_real_factor() -> None:
    """The reference of the collection, to all its digits."""
    result = suv(suv_inputs(headers(real_data("pet_ct_sts_001") / "pet_raw_bqml")))
    assert result.factor == pytest.approx(2.429029766e-4, rel=1e-9)
    assert not result.reasons


@pytest.mark.parametrize(
    ("case", "peak", "quantity", "parts"),
    [
        ("suv_datetime_offset_only", 8.286, Quantity.SUV_BW, ()),
        ("suv_half_life_minutes", None, Quantity.ACTIVITY, ("109.77 s", "6586.2 s")),
        ("suv_series_before_injection", None, Quantity.ACTIVITY, ("08:40:00", "before the injection")),
        ("pet_counts_philips", None, Quantity.SUV_BW, ("0.000543", "Philips")),
    ],
)
def test_odd_cases(
    processes: DicomProcesses,
    tmp_path: Path,
    case: str,
    peak: float | None,
    quantity: Quantity,
    parts: tuple[str, ...],
) -> None:
    """From the file to the volume: values, their name, and what is told on the image."""
    volume = loaded(processes, real_data("odd_cases") / case, tmp_path)
    assert volume.quantity is quantity
    if peak is not None:
        assert float(volume.at().max()) == pytest.approx(peak, abs=1e-3)
    told = " ".join(template.format(**params) for template, params in volume.warnings)
    for part in parts:
        assert part in told
    assert bool(told) == bool(parts)
    volume.voxels.close()


def test_facts_are_read() -> None:
    """Private blocks lie where their creator says; times have fractions, offsets and missing dates."""
    item = b"".join(
        (
            objects.element(0x00181072, "TM", b"090000.50"),
            objects.element(0x00181074, "DS", b"3,7E8"),
            objects.element(0x00181075, "DS", b"6586.2"),
            objects.element(0x00181078, "DT", b"20240102010000.5+0000"),
        )
    )
    sequence = b"\xfe\xff\x00\xe0" + len(item).to_bytes(4, "little") + item
    data = b"".join(
        (
            objects.element(0x00080021, "DA", b"20240102"),
            objects.element(0x00080031, "TM", b"100000"),
            objects.element(0x00080032, "TM", b"1000"),
            objects.element(0x00080201, "SH", b"+0800"),
            objects.element(0x00090011, "LO", b"GEMS_PETD_01"),
            objects.element(0x0009110D, "DT", b"20240102095000.00"),
            objects.element(0x00101030, "DS", b"70 kg"),
            objects.element(0x00181242, "IS", b"180000"),
            objects.element(0x00540016, "SQ", sequence),
            objects.element(0x00541000, "CS", b"DYNAMIC\\IMAGE"),
            objects.element(0x00541001, "CS", b"BQML"),
            objects.element(0x00541300, "DS", b"90000"),
            objects.element(0x70530010, "LO", b"Someone else"),
            objects.element(0x70530012, "LO", b"Philips PET Private Group"),
            objects.element(0x70531009, "DS", b"9"),
            objects.element(0x70531209, "DS", b"1.25"),
        )
    )
    header = Header.of(prescan(objects.part10(objects.identity() + data)))
    found = suv_inputs([header])
    half = timedelta(seconds=0.5)
    assert found.series_at == at(10)
    assert found.images == (PetImage(at(10), 90.0, 180.0),)
    assert found.ge_scan_at == at(9, 50)
    assert found.utc_offset == timedelta(hours=8)
    assert found.dynamic
    assert found.weight_kg == 70.0
    assert found.philips_activity_factors == (1.25,)
    assert found.philips_suv_factors == ()
    (injection,) = found.injections
    assert injection.dose_bq == 3.7e8
    assert injection.clock == (at(9) + half).time()
    assert injection.moment == datetime(2024, 1, 2, 1, tzinfo=UTC) + half
    assert {params["attribute"] for _, params in header.doubts} == {
        "Patient's Weight",
        "Radionuclide Total Dose",
    }
