"""The portal drawn by a browser: the Chinese characters are there, on the screen and on paper."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.catalog.conftest import Demo
from tests.catalog.nodes import ROOT, sample
from tests.support.tools import require_tool

_FONTS = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>{fonts}</dir><dir>/usr/share/fonts</dir><cachedir>{cache}</cachedir></fontconfig>"""


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_record_is_printed_with_real_characters(demo: Demo, tmp_path: Path, language: str) -> None:
    """4.8.3 打印: two pages at most, fonts embedded, the text found again; marks for the screen only are left
    out.
    """
    chromium, fonts_of, text_of = (
        require_tool("chromium"),
        require_tool("pdffonts"),
        require_tool("pdftotext"),
    )
    with demo.client("cataloguer") as client:
        oid = client.register(sample("打印用胸部资料"), idempotency_key="print").oid
    with demo.client("reviewer") as client:
        if client.record(oid, tier="county").state == "registered":
            client.review(oid, "approve")
    with demo.client("manager") as client:
        if client.record(oid, tier="county").state == "reviewed":
            client.publish(oid)
    # the product's fonts, whatever this machine has
    config = tmp_path / "fonts.conf"
    config.write_text(
        _FONTS.format(fonts=ROOT / "resources" / "fonts", cache=tmp_path / "cache"), encoding="utf-8"
    )
    page = tmp_path / "record.pdf"
    subprocess.run(
        [
            chromium,
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            f"--user-data-dir={tmp_path / 'profile'}",
            "--no-pdf-header-footer",
            f"--print-to-pdf={page}",
            f"{demo.urls['county']}/resources/{oid}?lang={language}",
        ],
        env={**os.environ, "FONTCONFIG_FILE": str(config)},
        check=True,
        capture_output=True,
        timeout=60,
    )
    fonts = subprocess.run([fonts_of, page], check=True, capture_output=True, text=True).stdout.splitlines()[
        2:
    ]
    assert any("NotoSansSC" in line for line in fonts), fonts
    assert all(" yes yes yes " in line for line in fonts), fonts
    text = subprocess.run([text_of, "-layout", page, "-"], check=True, capture_output=True, text=True).stdout
    assert text.count("\f") <= 2
    for word in ("打印用胸部资料", "清苑区人民医院影像科", oid, "SHA-256"):
        assert word in text
    assert ("后段码" if language == "zh" else "Tail") in text
    for word in ("登录", "Sign in", "JSON"):
        assert word not in text
