"""Does OpenGL draw here?  Asked in a child process, because VTK without OpenGL ends its process without a
word.

``python -m viewers.render.gl_probe`` draws one triangle off screen and prints what drew it, as JSON.
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

from app.i18n import tr

log = logging.getLogger(__name__)
#: ``off`` switches OpenGL off: for machines whose driver draws wrongly, and for tests
SWITCH = "YINGSHU_OPENGL"
TIMEOUT_S = 40.0
#: a child may fail by chance, on a machine without memory for it
_TRIES = 2
#: of what a failing child says, the last lines are logged
_SAID_LINES = 12
_SOFTWARE = ("llvmpipe", "softpipe", "swrast", "software", "swr", "gdi generic", "microsoft basic render")
_ROOT = Path(__file__).resolve().parents[2]
_lock = threading.Lock()
_known: dict[str, GlVerdict] = {}


@dataclass(frozen=True, slots=True)
class GlVerdict:
    """`renderer` is what OpenGL calls itself; `software` when no graphics card draws; `reason` says in words
    why not `ok`.
    """

    ok: bool
    renderer: str = ""
    software: bool = True
    reason: str = ""


def probe(timeout_s: float = TIMEOUT_S) -> GlVerdict:
    """The verdict of this start; takes about a second the first time, so ask on a thread."""
    switched = os.environ.get(SWITCH, "").lower()
    with _lock:
        if switched not in _known:
            _known[switched] = GlVerdict(False, reason=off_reason()) if switched == "off" else _ask(timeout_s)
        return _known[switched]


def off_reason() -> str:
    """Words for the switch."""
    return tr("OpenGL is switched off ({switch}=off).", switch=SWITCH)


def forget_failure() -> None:
    """Ask anew where the answer was no; at once, on any thread."""
    for switched, verdict in list(_known.items()):
        if not verdict.ok:
            _known.pop(switched, None)


def _ask(timeout_s: float) -> GlVerdict:
    """Of a child; a second one is asked where the first fails.  One that does not answer is not asked again:
    the driver hangs.
    """
    verdict = GlVerdict(False)
    for number in range(1, _TRIES + 1):
        try:
            done = _child(timeout_s)
        except subprocess.TimeoutExpired:
            log.warning("OpenGL probe: no answer within %g s", timeout_s)
            return GlVerdict(
                False, reason=tr("OpenGL did not answer within {limit} s.", limit=f"{timeout_s:g}")
            )
        except OSError as error:
            return GlVerdict(False, reason=tr("The OpenGL probe could not start: {why}", why=str(error)))
        verdict = _verdict(done.returncode, done.stdout)
        if verdict.ok:
            break
        log.warning("OpenGL probe %d: status %d\n%s", number, done.returncode, _said(done.stderr))
    return verdict


def _child(timeout_s: float) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(filter(None, (str(_ROOT), os.environ.get("PYTHONPATH", "")))),
    }
    return subprocess.run(
        [sys.executable, "-m", "viewers.render.gl_probe"],
        capture_output=True,
        timeout=timeout_s,
        env=environment,
        check=False,
        text=True,
        errors="replace",
    )


def _said(errors: str) -> str:
    """The end of what a child wrote, without the folders of this person."""
    lines = errors.strip().splitlines()[-_SAID_LINES:]
    return "\n".join(lines).replace(str(_ROOT), ".").replace(str(Path.home()), "~")


def _verdict(status: int, printed: str) -> GlVerdict:
    if status < 0:
        return GlVerdict(False, reason=tr("The OpenGL driver crashed (signal {signal}).", signal=-status))
    try:
        answer = json.loads(printed.strip().splitlines()[-1])
    except (ValueError, IndexError):
        return GlVerdict(False, reason=tr("OpenGL cannot draw here (status {status}).", status=status))
    renderer = str(answer["renderer"])
    if not answer["drew"]:
        return GlVerdict(
            False, renderer, reason=tr("OpenGL ({renderer}) draws nothing.", renderer=renderer or "?")
        )
    return GlVerdict(True, renderer, any(name in renderer.lower() for name in _SOFTWARE))


def _draw_one() -> dict[str, object]:
    """In the child: a triangle that must come back from the card."""
    import vtkmodules.vtkRenderingOpenGL2  # noqa: F401
    from vtkmodules.vtkFiltersSources import vtkRegularPolygonSource
    from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper, vtkRenderer, vtkRenderWindow

    window, renderer = vtkRenderWindow(), vtkRenderer()
    window.SetOffScreenRendering(1)
    window.SetSize(32, 32)
    source, mapper, actor = vtkRegularPolygonSource(), vtkPolyDataMapper(), vtkActor()
    mapper.SetInputConnection(source.GetOutputPort())
    actor.SetMapper(mapper)
    actor.GetProperty().LightingOff()
    renderer.AddActor(actor)
    window.AddRenderer(renderer)
    window.Render()
    from vtkmodules.util.numpy_support import vtk_to_numpy
    from vtkmodules.vtkCommonCore import vtkUnsignedCharArray

    pixels = vtkUnsignedCharArray()
    window.GetPixelData(0, 0, 31, 31, 1, pixels, 0)
    drew = int(vtk_to_numpy(pixels).max()) > 100
    lines = [
        line.partition(":")[2].strip()
        for line in window.ReportCapabilities().splitlines()
        if "renderer string" in line.lower()
    ]
    window.Finalize()
    return {"drew": drew, "renderer": lines[0] if lines else ""}


if __name__ == "__main__":
    print(json.dumps(_draw_one()))
