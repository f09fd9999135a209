"""What is found in folders, archives and media, and what is said of the rest."""

from __future__ import annotations

import hashlib
import os
import random
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.dicom.read.folder_index import ScannedFile, scan
from app.domain.study import Notice
from app.errors import Cancelled
from app.i18n import catalogue
from app.processes.pool import Pool
from tests.dicom import dicom_objects as objects
from tests.support.real_data import real_data


def split(found: Iterator[ScannedFile | Notice]) -> tuple[dict[str, ScannedFile], dict[str, Notice]]:
    items = list(found)
    taken = {one.display_path: one for one in items if isinstance(one, ScannedFile)}
    notices = {one.path: one for one in items if isinstance(one, Notice)}
    for notice in notices.values():
        assert notice.template in catalogue()
        assert "{" not in catalogue()[notice.template].format(**notice.params)
    return taken, notices


def test_real_ct_is_indexed(parsers: Pool, tmp_path: Path) -> None:
    """3.1.1: header, identity, geometry and content address of each image; other files are counted
    notices.
    """
    folder = real_data("ct_chest_cmb_crc")
    taken, notices = split(scan([folder], parsers=parsers, workdir=tmp_path))
    assert (len(taken), len(notices)) == (100, 2)
    one = taken["1-001.dcm"]
    assert one.sha256 == hashlib.sha256((folder / "1-001.dcm").read_bytes()).hexdigest()
    assert one.preamble
    assert one.size == one.instance.size_bytes == (folder / "1-001.dcm").stat().st_size
    assert (one.instance.rows, one.instance.columns, one.instance.frames) == (512, 512, 1)
    assert one.instance.position_mm is not None
    assert one.series.modality == "CT"
    assert one.series.slice_thickness_mm == 2.5
    assert one.study.patient.patient_id == "CMB-CRC-MSB-01068"
    assert one.study.started_at is not None
    assert len({one.instance.sop_uid for one in taken.values()}) == 100
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("charset", "encoding"),
    [
        (b"GB18030", "gb18030"),
        (b"GBK", "gbk"),
        (b"ISO_IR 192", "utf-8"),
        (None, "gb18030"),
        (None, "utf-8"),
        (b"ISO_IR 6", "gbk"),
        (b"ISO_IR 100", "gb2312"),
        (b"ISO_IR 100", "utf-8"),
        (b"ISO_IR 192", "gb18030"),
    ],
)
def test_chinese_names(parsers: Pool, tmp_path: Path, charset: bytes | None, encoding: str) -> None:
    """Issue 3 step 4: Chinese names, GB18030 too; declared rightly, wrongly or not at all."""
    (tmp_path / "a.dcm").write_bytes(
        objects.part10(objects.identity(name="Zhang^San=张^三".encode(encoding), charset=charset))
    )
    taken, _ = split(scan([tmp_path], parsers=parsers, workdir=tmp_path))
    assert taken["a.dcm"].study.patient.name == "Zhang^San=张^三"
    assert taken["a.dcm"].study.patient.display_name == "张 三"


@pytest.mark.parametrize(
    ("charset", "raw", "name"),
    [
        (
            b"\\ISO 2022 IR 58",
            b"Zhang^XiaoDong=\x1b$)A\xd5\xc5^\x1b$)A\xd0\xa1\xb6\xab",
            "Zhang^XiaoDong=张^小东",
        ),
        (b"\\ISO 2022 IR 87", b"Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B", "Yamada^Tarou=山田^太郎"),
        (b"ISO_IR 100", "Müller^Jörg".encode("latin-1"), "Müller^Jörg"),
        (b"ISO_IR 144", "Люкceмбypг".encode("iso8859_5"), "Люкceмбypг"),
    ],
)
def test_other_character_sets(parsers: Pool, tmp_path: Path, charset: bytes, raw: bytes, name: str) -> None:
    """PS3.5 annexes H, J, K: code extensions; a Latin name is not taken for a Chinese one."""
    (tmp_path / "a.dcm").write_bytes(objects.part10(objects.identity(name=raw, charset=charset)))
    taken, _ = split(scan([tmp_path], parsers=parsers, workdir=tmp_path))
    assert taken["a.dcm"].study.patient.name == name


def test_real_character_sets(parsers: Pool, tmp_path: Path) -> None:
    folder = real_data("dicom_kinds") / "pydicom_charset"
    taken, _ = split(scan([folder], parsers=parsers, workdir=tmp_path))
    names = {Path(path).name: one.study.patient.name for path, one in taken.items()}
    assert names["chrX1.dcm"] == "Wang^XiaoDong=王^小東"
    assert names["chrX2.dcm"] == "Wang^XiaoDong=王^小东"
    assert names["chrH32.dcm"].split("=")[1] == "山田^太郎"


def test_bad_files_become_notices(parsers: Pool, tmp_path: Path) -> None:
    """Issue 3, bad input: each names its reason, the rest goes on."""
    good = objects.part10(objects.identity() + objects.image())
    files = {
        "good.dcm": good,
        "bare.dcm": objects.identity(2) + objects.image(),
        "cut.dcm": good[:-10],
        "bomb.dcm": objects.part10(objects.identity() + objects.nested(100_000)),
        "text.txt": b"not an image at all",
        "empty": b"",
        "lie.dcm": objects.part10(objects.identity() + objects.image(4, 4, 1_000_000)),
        "anonymous.dcm": objects.part10(objects.element(0x00080016, "UI", objects.CT.encode())),
        "traversal.dcm": objects.part10(objects.identity().replace(b"1.2.3.0", b"../../x")),
        "nopixels.dcm": objects.part10(objects.identity(3) + objects.image(pixels=None)),
        "private.dcm": good,
    }
    folder = tmp_path / "in"
    folder.mkdir()
    for name, data in files.items():
        (folder / name).write_bytes(data)
    taken, notices = split(scan([folder], parsers=parsers, workdir=tmp_path))
    made_up = {"anonymous.dcm", "traversal.dcm"}
    assert set(taken) == {"good.dcm", "bare.dcm", "nopixels.dcm", "private.dcm"} | made_up
    for name in made_up:
        uids = (taken[name].study.study_uid, taken[name].series.series_uid, taken[name].instance.sop_uid)
        assert all(re.fullmatch(r"[0-9.]{1,64}", uid) for uid in uids)
    assert not taken["bare.dcm"].preamble
    assert {name: notice.reason for name, notice in notices.items()} == {
        "cut.dcm": "truncated",
        "bomb.dcm": "limit",
        "text.txt": "not-dicom",
        "empty": "not-dicom",
        "lie.dcm": "contradictory",
        "anonymous.dcm": "no-identity",
        "traversal.dcm": "bad-identity",
        "nopixels.dcm": "no-pixel-data",
    }
    # the same UIDs in two files are both told of: what to do with them is the archive's decision
    assert taken["good.dcm"].instance.sop_uid == taken["private.dcm"].instance.sop_uid


def test_links_do_not_leave_the_folder(parsers: Pool, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    inside = tmp_path / "inside"
    outside.mkdir()
    inside.mkdir()
    (outside / "secret.dcm").write_bytes(objects.part10(objects.identity()))
    (inside / "file").symlink_to(outside / "secret.dcm")
    (inside / "folder").symlink_to(outside)
    (inside / "loop").symlink_to(inside)
    (inside / "broken").symlink_to(inside / "nowhere")
    taken, notices = split(scan([inside], parsers=parsers, workdir=tmp_path))
    assert not taken
    assert {name: notice.reason for name, notice in notices.items()} == {
        "file": "link",
        "folder": "link",
        "broken": "link",
    }


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_no_permission_is_a_notice(parsers: Pool, tmp_path: Path) -> None:
    path = tmp_path / "closed.dcm"
    path.write_bytes(objects.part10(objects.identity()))
    path.chmod(0)
    _, notices = split(scan([tmp_path], parsers=parsers, workdir=tmp_path))
    assert notices["closed.dcm"].reason == "permission"


def test_names_of_files_are_readable_whatever_their_bytes(parsers: Pool, tmp_path: Path) -> None:
    """In the encoding of a Chinese Windows, in none, and with what moves the cursor of a terminal."""
    for raw in ("张三.txt".encode("gbk"), b"a\xff\xfe.txt", b"b\x1b[2J\n.txt", "王.txt".encode()):
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + raw)).write_bytes(b"no image")
    _, notices = split(scan([tmp_path], parsers=parsers, workdir=tmp_path))
    assert set(notices) == {"张三.txt", "a\ufffd\ufffd.txt", "b\ufffd[2J\ufffd.txt", "王.txt"}
    assert all(name.isprintable() for name in notices)


def test_a_prefix_without_a_data_set_is_told_as_that(parsers: Pool, tmp_path: Path) -> None:
    (tmp_path / "a.dcm").write_bytes(b"\0" * 128 + b"DICM" + b"\xff" * 100)
    _, notices = split(scan([tmp_path], parsers=parsers, workdir=tmp_path))
    assert notices["a.dcm"].template == "no data set behind the DICM prefix"


def test_missing_path_is_a_notice(parsers: Pool, tmp_path: Path) -> None:
    _, notices = split(scan([tmp_path / "nothing"], parsers=parsers, workdir=tmp_path))
    assert notices["nothing"].reason == "missing"


class GbkEntry(zipfile.ZipInfo):
    """An entry named as Chinese zip tools do: GBK bytes, no UTF-8 flag."""

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:
        return self.filename.encode("gbk"), self.flag_bits & ~0x800


def test_zip_is_taken_apart_safely(parsers: Pool, tmp_path: Path) -> None:
    """Zip slip, links, nested archives and bombs are notices; nothing is created outside the work folder."""
    archive, workdir = tmp_path / "in" / "studies.zip", tmp_path / "work"
    archive.parent.mkdir()
    workdir.mkdir()
    link = zipfile.ZipInfo("link")
    link.external_attr = 0o120777 << 16
    chinese = GbkEntry("胸部/图像.dcm")
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("a/one.dcm", objects.part10(objects.identity(1) + objects.image()))
        out.writestr(chinese, objects.part10(objects.identity(2)))
        out.writestr("../../escape.dcm", objects.part10(objects.identity(3)))
        out.writestr("/absolute.dcm", objects.part10(objects.identity(4)))
        out.writestr(link, "/etc/passwd")
        out.writestr("inner.zip", b"PK\x03\x04" + b"\0" * 100)
        out.writestr("zeros.dcm", b"\0" * 50_000_000)
        out.writestr("readme.txt", "hello")
    taken, notices = split(scan([archive], parsers=parsers, workdir=workdir))
    assert {one.instance.sop_uid for one in taken.values()} == {"1.2.3.1", "1.2.3.2"}
    assert "studies.zip/胸部/图像.dcm" in taken
    assert taken["studies.zip/a/one.dcm"].path.is_relative_to(workdir)
    assert {name.removeprefix("studies.zip/"): notice.reason for name, notice in notices.items()} == {
        "../../escape.dcm": "outside",
        "/absolute.dcm": "outside",
        "link": "link",
        "inner.zip": "nested",
        "zeros.dcm": "limit",
        "readme.txt": "not-dicom",
    }
    assert {path.name for path in tmp_path.iterdir()} == {"in", "work"}
    assert sum(path.is_file() for path in workdir.rglob("*")) == 2


def test_damaged_zip_is_a_notice(parsers: Pool, tmp_path: Path) -> None:
    (tmp_path / "bad.zip").write_bytes(b"PK\x03\x04" + b"\1" * 500)
    _, notices = split(scan([tmp_path], parsers=parsers, workdir=tmp_path))
    assert "ZIP" in notices["bad.zip"].template


def test_real_dicomdir(parsers: Pool, tmp_path: Path) -> None:
    """3.1.1 DICOMDIR: the files that it names, by their names on the medium."""
    taken, notices = split(scan([real_data("dicomdir") / "DICOMDIR"], parsers=parsers, workdir=tmp_path))
    assert len(taken) == 31
    assert not notices
    assert "77654033/CR1/6154" in taken


def test_dicomdir_stays_on_its_medium(parsers: Pool, tmp_path: Path) -> None:
    """CVE-2026-32711: `..` and what is not there are notices."""

    def record(*parts: str) -> bytes:
        body = objects.element(0x00041430, "CS", b"IMAGE") + objects.element(
            0x00041500, "CS", "\\".join(parts).encode()
        )
        return b"\xfe\xff\x00\xe0" + len(body).to_bytes(4, "little") + body

    medium = tmp_path / "cd"
    (medium / "img").mkdir(parents=True)
    (medium / "img" / "one").write_bytes(objects.part10(objects.identity()))
    (tmp_path / "SECRET").write_bytes(objects.part10(objects.identity(2)))
    (medium / "LINK").symlink_to(tmp_path / "SECRET")
    records = record("IMG", "ONE") + record("..", "SECRET") + record("LINK") + record("IMG", "GONE")
    body = objects.element(0x00080016, "UI", b"1.2.840.10008.1.3.10") + objects.element(
        0x00041220, "SQ", records
    )
    (medium / "DICOMDIR").write_bytes(objects.part10(body))
    taken, notices = split(scan([medium / "DICOMDIR"], parsers=parsers, workdir=tmp_path))
    assert list(taken) == ["IMG/ONE"]
    assert {name: notice.reason for name, notice in notices.items()} == {
        "../SECRET": "outside",
        "LINK": "outside",
        "IMG/GONE": "missing",
    }
    taken, notices = split(scan([medium], parsers=parsers, workdir=tmp_path))
    assert list(taken) == ["img/one"]
    assert notices["IMG/GONE"].reason == "missing"


def test_odd_kinds_do_not_stop_the_scan(parsers: Pool, tmp_path: Path) -> None:
    """Every object kind of the collection is taken or has a reason."""
    folder = real_data("dicom_kinds")
    seen: list[tuple[int, int]] = []
    taken, notices = split(
        scan(
            [folder],
            parsers=parsers,
            workdir=tmp_path,
            progress=lambda _fraction, done=0, total=0: seen.append((done, total)),
        )
    )
    assert len(taken) > 180
    assert seen[-1][0] == seen[-1][1]
    assert not [notice for notice in notices.values() if notice.reason == "refused"]


def mutated(data: bytes, chance: random.Random) -> bytes:
    """A few bytes changed, lengths replaced, pieces cut out or doubled, mostly in the header."""
    out = bytearray(data)
    for _ in range(chance.randint(1, 5)):
        at = chance.randrange(max(1, min(len(out), 4000)))
        kind = chance.randrange(5)
        if kind == 0:
            out[at : at + 1] = bytes([chance.randrange(256)])
        elif kind == 1:
            out[at : at + 4] = chance.choice(
                [b"\xff\xff\xff\xff", b"\0\0\0\x80", b"\xff\xff\xff\x7f", b"\0\0\0\0", b"SQ\0\0"]
            )
        elif kind == 2:
            del out[at : at + chance.randint(1, 40)]
        elif kind == 3:
            out[at:at] = out[at // 2 : at // 2 + chance.randint(1, 60)]
        else:
            del out[chance.randrange(len(out)) + 1 :]
    return bytes(out)


def test_mutated_files_have_one_answer_each(parsers: Pool, tmp_path: Path) -> None:
    """R1 on 600 files: no death of the child, no stall, each file taken or named with a reason in Chinese."""
    kinds = real_data("dicom_kinds")
    seeds = [path.read_bytes() for path in sorted(kinds.rglob("*.dcm")) if path.stat().st_size < 40_000][::6]
    chance = random.Random(20261121)
    for n in range(600):
        (tmp_path / f"{n:03d}").write_bytes(mutated(chance.choice(seeds), chance))
    list(scan([tmp_path / "000"], parsers=parsers, workdir=tmp_path))
    pids = parsers.pids
    taken, notices = split(scan([tmp_path], parsers=parsers, workdir=tmp_path))
    assert set(taken) | set(notices) == {f"{n:03d}" for n in range(600)}
    assert len(notices) > 100
    assert parsers.pids == pids, "one that is silent for long is ended"


def test_scan_is_cancelled(parsers: Pool, tmp_path: Path) -> None:
    found = scan([real_data("ct_chest_cmb_crc")], parsers=parsers, workdir=tmp_path, cancelled=lambda: True)
    with pytest.raises(Cancelled):
        list(found)


def test_what_belongs_to_no_patient_stands_together(parsers: Pool, tmp_path: Path) -> None:
    """Palettes and hanging protocols (PS3.4 GG.3) are kept, each kind as a series of one study."""
    classes = {"a.dcm": b"1.2.840.10008.5.1.4.39.1", "b.dcm": b"1.2.840.10008.5.1.4.39.1"}
    classes["c.dcm"] = b"1.2.840.10008.5.1.4.38.1"
    for n, (name, sop_class) in enumerate(classes.items()):
        said = objects.element(0x00080016, "UI", sop_class) + objects.element(
            0x00080018, "UI", b"1.2.3.%d" % n
        )
        (tmp_path / name).write_bytes(objects.part10(said))
    taken, notices = split(scan([tmp_path], parsers=parsers, workdir=tmp_path))
    assert {one.study.study_uid for one in taken.values()} == {taken["a.dcm"].study.study_uid}
    assert taken["a.dcm"].series.series_uid == taken["b.dcm"].series.series_uid
    assert taken["a.dcm"].series.series_uid != taken["c.dcm"].series.series_uid
    assert {name: notice.reason for name, notice in notices.items()} == dict.fromkeys(classes, "no-patient")
