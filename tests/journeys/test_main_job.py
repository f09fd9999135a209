"""The main job end to end, in a real window with a real three-tier directory (issue: the headless main job).

Each run is done once for the module, as a person would start it: `main.py demo` in a process of its own.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import highdicom as hd
import pydicom
import pytest
from lxml import etree

from tests.support.real_data import real_data, real_folder
from tests.support.tools import require_tool

ROOT = Path(__file__).resolve().parents[2]
pytestmark = [pytest.mark.window, pytest.mark.timeout(900)]

CHEST, BRAIN = "ct_chest_cmb_crc", "mr_brain_ge_refaced"
SCREENS = ("worklist", "read-unconfirmed", "read", "report", "report-final", "directory", "worklist-done")


@dataclass(frozen=True)
class Run:
    """What one run left."""

    status: int
    out: Path
    home: Path
    log: str

    @property
    def summary(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.out / "summary.json").read_text(encoding="utf-8"))
        return found

    def step(self, name: str) -> dict[str, Any]:
        return next(step for step in self.summary["steps"] if step["name"] == name)


def _run(folder: Path, *arguments: str) -> Run:
    out, home = folder / "out", folder / "home"
    command = [sys.executable, "main.py", "demo", "--out", str(out), "--home", str(home), *arguments]
    done = subprocess.run(
        command,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=880,
        env={**os.environ, "PYTHONWARNINGS": "default"},
        check=False,
    )
    return Run(done.returncode, out, home, done.stdout + done.stderr)


@pytest.fixture(scope="module")
def runs(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Future[Run]]]:
    """The jobs that the chosen tests ask for, two at a time."""
    wanted = {
        name
        for item in request.session.items
        if item.path == request.path
        for name in getattr(item, "fixturenames", ())
    }
    arguments = {"demo": [], **_real("chest", CHEST, "--lang", "en"), **_real("brain", BRAIN)}
    with ThreadPoolExecutor(max_workers=2) as pool:
        yield {
            name: pool.submit(_run, tmp_path_factory.mktemp(name), *given)
            for name, given in arguments.items()
            if name in wanted
        }


def _real(name: str, data: str, *more: str) -> dict[str, list[str]]:
    folder = real_folder(data)
    return {name: ["--data", str(folder), *more]} if folder else {}


@pytest.fixture(scope="module")
def demo(runs: dict[str, Future[Run]]) -> Run:
    """The job on the generated study."""
    return runs["demo"].result()


@pytest.fixture(scope="module")
def chest(runs: dict[str, Future[Run]]) -> Run:
    """The job on a real chest CT, in English."""
    real_data(CHEST)
    return runs["chest"].result()


@pytest.fixture(scope="module")
def brain(runs: dict[str, Future[Run]]) -> Run:
    """The job on a real brain MR."""
    real_data(BRAIN)
    return runs["brain"].result()


def test_the_demo_leaves_everything(demo: Run) -> None:
    """3.3a: every step ends ok, and leaves its file."""
    assert demo.status == 0, demo.log
    assert [s["status"] for s in demo.summary["steps"]] == ["ok"] * len(demo.summary["steps"]), demo.log
    for name in (
        "segmentation.dcm",
        "report.pdf",
        "report.cda.xml",
        "report.sr.dcm",
        "report.pdf.dcm",
        "key-objects.dcm",
        "key-captures.dcm",
        "record.json",
    ):
        assert (demo.out / name).stat().st_size > 500, name
    for name in SCREENS:
        assert (demo.out / "screens" / f"{name}.png").stat().st_size > 20_000, name
    assert len(list((demo.out / "denoised").glob("*.dcm"))) == demo.step("open")["figures"]["shape"][0]


def test_denoising_gains_on_the_truth(demo: Run) -> None:
    """5.2.1a: PSNR rises by 4 dB or more, SSIM rises, against the noise-free truth."""
    figures = demo.step("denoise")["figures"]
    assert figures["psnr_gain_db"] >= 4.0
    assert figures["ssim_after"] > figures["ssim_before"]


def test_lungs_agree_with_the_truth(demo: Run) -> None:
    """5.3.3: Dice of both lungs is 0.97 or more."""
    assert demo.step("segment")["figures"]["dice_lungs"] >= 0.97


def test_measured_nodules_agree_with_the_truth(demo: Run) -> None:
    """Length tool within half a pixel of the true diameters."""
    rows = demo.step("measure")["figures"]["nodules"]
    assert len(rows) == 3
    assert [row for row in rows if abs(row["error_px"]) > 0.5] == []


def test_dciodvfy_finds_no_error_in_what_we_wrote(demo: Run) -> None:
    """Every DICOM object written is valid for its object definition (dicom3tools)."""
    tool = require_tool("dciodvfy")
    objects = [*sorted((demo.out / "denoised").glob("*.dcm")), *sorted(demo.out.glob("*.dcm"))]
    assert len(objects) > 10
    errors = []
    for path in objects:
        told = subprocess.run([tool, str(path)], capture_output=True, text=True, check=False)
        errors += [
            f"{path.name}: {line}"
            for line in (told.stdout + told.stderr).splitlines()
            if line.startswith("Error")
        ]
    assert errors == []
    told = subprocess.run(
        [require_tool("dcentvfy"), *map(str, objects)], capture_output=True, text=True, check=False
    )
    lines = [line for line in (told.stdout + told.stderr).splitlines() if line.strip()]
    # its tables put the accession number of structured reports, and of no other object, into the study
    assert [line for line in lines if "entities for attribute - Element=<AccessionNumber>" not in line] == []


def test_dsrdump_prints_the_report(demo: Run) -> None:
    """3.3.3.1b: dcmtk reads the structured report, Chinese and measurements included."""
    tool = require_tool("dsrdump")
    told = subprocess.run(
        [tool, "+U8", str(demo.out / "report.sr.dcm")], capture_output=True, text=True, check=False
    )
    assert told.returncode == 0, told.stderr
    assert "Imaging Measurement Report" in told.stdout
    assert (
        told.stdout.count("millimeter") >= 3 or told.stdout.count('"mm"') >= 3 or told.stdout.count("mm") >= 3
    )


def test_other_readers_read_the_objects(demo: Run) -> None:
    """highdicom reads SEG, SR and KOS back; the encapsulated PDF holds the report's bytes."""
    seg = hd.seg.segread(str(demo.out / "segmentation.dcm"))
    assert {d.SegmentLabel for d in seg.SegmentSequence}
    report = hd.sr.srread(str(demo.out / "report.sr.dcm"))
    assert report.VerificationFlag == "VERIFIED"
    keys = hd.ko.KeyObjectSelectionDocument.from_dataset(pydicom.dcmread(demo.out / "key-objects.dcm"))
    captured = pydicom.dcmread(demo.out / "key-captures.dcm")
    assert keys.resolve_reference(captured.SOPInstanceUID)[2] == captured.SOPInstanceUID
    held = pydicom.dcmread(demo.out / "report.pdf.dcm").EncapsulatedDocument
    assert held.rstrip(b"\0") == (demo.out / "report.pdf").read_bytes().rstrip(b"\0")


def test_the_pdf_says_it_in_chinese(demo: Run) -> None:
    """3.3.3a: patient, findings and impression are text in the printed report, with the safety statement."""
    tool = require_tool("pdftotext")
    text = subprocess.run(
        [tool, "-layout", str(demo.out / "report.pdf"), "-"], capture_output=True, text=True, check=True
    ).stdout
    flat = "".join(text.split())
    for words in ("演示患者", "影像所见", "肺结节", "演示甲", "演示乙", "非医疗器械"):
        assert words in flat, words


def test_the_cda_is_valid(demo: Run) -> None:
    """3.3.3.1b: HL7 CDA R2 schema, once foreign-namespace elements are taken out."""
    folder = real_data("cda_schema")
    schema_file = next(folder.rglob("CDA_SDTC.xsd"))
    tree = etree.parse(
        str(demo.out / "report.cda.xml"), etree.XMLParser(resolve_entities=False, no_network=True)
    )
    for node in [n for n in tree.iter() if isinstance(n.tag, str) and not n.tag.startswith("{urn:hl7-org:")]:
        node.getparent().remove(node)
    schema = etree.XMLSchema(etree.parse(str(schema_file)))
    assert schema.validate(tree), schema.error_log


def test_the_record_reached_the_province_and_names_nobody(demo: Run) -> None:
    """4.1.1a, 4.5.1: the province returns the published record; no node's file holds the patient (canary)."""
    record = json.loads((demo.out / "record.json").read_text(encoding="utf-8"))
    assert record["state"] == "published"
    assert record["tier"] == "province" or record["origin_node"]
    assert demo.step("find")["figures"]["opened_local_study"] is True
    source = next(iter((demo.out / "denoised").glob("*.dcm")))
    header = pydicom.dcmread(source, stop_before_pixels=True)
    canaries = ["演示患者", "Yanshi^Huanzhe", "YS000128", "A2026112007", "19680517", "1968-05-17"]
    canaries += [str(header.StudyInstanceUID), str(header.SeriesInstanceUID), str(header.SOPInstanceUID)]
    held = [p for p in (demo.home / "directory").rglob("*") if p.is_file()]
    assert any(p.suffix.startswith(".sqlite") or "sqlite" in p.name or p.suffix == ".db" for p in held)
    leaks = [
        f"{p.name}: {word}"
        for p in [*held, demo.out / "record.json"]
        for word in canaries
        if word.encode() in p.read_bytes()
    ]
    assert leaks == []


def test_sources_are_named_and_unchanged(demo: Run) -> None:
    """3.1.4: a derived image is a new object that names its source, its method and that nobody has confirmed
    it in it.
    """
    derived = pydicom.dcmread(next(iter(sorted((demo.out / "denoised").glob("*.dcm")))))
    assert derived.ImageType[0] == "DERIVED"
    assert derived.SourceImageSequence
    assert "ct/red-unet" in derived.DerivationDescription or "red-unet" in derived.DerivationDescription


@pytest.mark.real_data
def test_a_real_chest_ct_goes_through(chest: Run) -> None:
    """The same job on real images ends 0, with every file and without truth figures."""
    assert chest.status == 0, chest.log
    assert {s["name"]: s["status"] for s in chest.summary["steps"]} == dict.fromkeys(
        [s["name"] for s in chest.summary["steps"]], "ok"
    ), chest.log
    assert "psnr_gain_db" not in chest.step("denoise")["figures"]
    assert (chest.out / "segmentation.dcm").is_file()
    tool = require_tool("dciodvfy")
    for path in [*sorted((chest.out / "denoised").glob("*.dcm"))[:5], *chest.out.glob("*.dcm")]:
        told = subprocess.run([tool, str(path)], capture_output=True, text=True, check=False)
        assert [
            line for line in (told.stdout + told.stderr).splitlines() if line.startswith("Error")
        ] == [], path.name


@pytest.mark.real_data
def test_a_real_brain_mr_is_refused_where_it_does_not_fit(brain: Run) -> None:
    """The guard refuses CT methods for MR, with a reason; the rest goes on and ends 0."""
    assert brain.status == 0, brain.log
    for name, absent in (("denoise", "denoised"), ("segment", "segmentation.dcm")):
        step = brain.step(name)
        assert step["status"] == "refused"
        assert "MR" in step["reason"]
        assert not (brain.out / absent).exists()
    assert brain.step("report")["status"] == "ok"
    assert (brain.out / "report.pdf").is_file()


def test_the_audit_record_vouches_for_all_that_the_job_left(demo: Run) -> None:
    """No act writes a row that stays as it was left without telling the record of it."""
    done = subprocess.run(
        [sys.executable, "main.py", "--home", str(demo.home), "audit", "verify", "--json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, json.loads(done.stdout)["problems"]) == (0, []), done.stderr
