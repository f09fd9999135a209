"""Arrays over memory that another library owns never outlive the object that owns it."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parents[2]
_PACKAGES = (
    "app",
    "inference",
    "viewers",
    "widgets",
    "catalog_client",
    "catalog_server",
    "benchmarks",
    "tests",
)
#: these give a view of what they are called with
_VIEW_OF_ARGUMENT = frozenset({"GetArrayViewFromImage", "_GetMemoryViewFromImage"})
#: these give a view of the object whose method they are
_VIEW_OF_OBJECT = frozenset({"constBits", "bits", "constScanLine", "scanLine"})
_COPIES = frozenset({"copy", "astype", "tobytes", "sum", "mean", "min", "max", "any", "all", "tolist"})

_RUN = """
import hashlib, sys
import numpy as np
from app.domain.geometry import Grid
from app.jobs import never_cancelled, no_progress
from inference.segment.lungs_classical import segment_lungs

shape = (40, 90, 120)
z, y, x = np.ogrid[-1:1:40j, -1:1:90j, -1:1:120j]
hu = np.full(shape, -1000, np.int16)
hu[np.broadcast_to((x / 0.95) ** 2 + (y / 0.9) ** 2 < 1, shape)] = 40
for middle in (-0.45, 0.45):
    hu[((x - middle) / 0.3) ** 2 + (y / 0.6) ** 2 + (z / 0.9) ** 2 < 1] = -850
hu[18:22, 40:50, 30:33] = 30
hu += np.random.default_rng(1).integers(-20, 20, shape).astype(np.int16)
grid = Grid(shape, (5.0, 3.0, 3.0), (-178.5, -133.5, 0.0), ((0, 0, 1), (0, 1, 0), (1, 0, 0)))
sizes = np.random.default_rng(int(sys.argv[1])).integers(1, 1 << 20, 200)
churn = [np.full(int(n), 7, np.uint8) for n in sizes]
del churn[::2]
labels = segment_lungs(hu, grid, progress=no_progress, cancelled=never_cancelled)
print(hashlib.sha256(labels.tobytes()).hexdigest(), int((labels > 0).sum()))
"""


def _run(seed: int, filling: int) -> str:
    """Digest and size of the labels that a fresh process makes; what it frees is overwritten with
    `filling`.
    """
    settings = {
        "MALLOC_PERTURB_": str(filling),
        "MALLOC_MMAP_THRESHOLD_": str(1 << 30),
        "PYTHONPATH": str(_ROOT),
    }
    done = subprocess.run(
        [sys.executable, "-c", _RUN, str(seed)],
        cwd=_ROOT,
        env=os.environ | settings,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def test_the_same_images_give_the_same_lungs_whatever_the_memory_holds() -> None:
    """The labels of equal images are equal byte by byte, in fresh processes whose freed memory is
    overwritten.
    """
    found = {_run(seed, filling) for seed, filling in ((0, 0), (1, 85), (2, 170))}
    assert len(found) == 1
    assert int(found.pop().split()[1]) > 10_000


def _borrowed(tree: ast.AST) -> Iterator[str]:
    """Places where a view is taken of an object without a name, or handed out of the scope of its name."""
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name in _VIEW_OF_ARGUMENT and node.args:
            owner: ast.expr = node.args[0]
        elif name in _VIEW_OF_OBJECT and isinstance(node.func, ast.Attribute) and not node.args:
            owner = node.func.value
        else:
            continue
        if not isinstance(owner, ast.Name):
            yield f"line {node.lineno}: a view of an object that nothing holds"
        elif _leaves(node, parents):
            yield f"line {node.lineno}: a view that outlives {owner.id}"


def _leaves(node: ast.expr, parents: dict[ast.AST, ast.AST]) -> bool:
    """Whether a view, or a name bound to it, is returned, yielded or kept in an object without a copy."""
    at: ast.AST = node
    while not isinstance(at, ast.stmt):
        at = parents[at]
        if (isinstance(at, ast.Attribute) and at.attr in _COPIES) or isinstance(at, ast.Compare | ast.BinOp):
            return False
        if isinstance(at, ast.Yield | ast.Lambda):
            return True
    if isinstance(at, ast.Return):
        return True
    targets = (
        at.targets if isinstance(at, ast.Assign) else [at.target] if isinstance(at, ast.AnnAssign) else []
    )
    if any(isinstance(target, ast.Attribute | ast.Subscript) for target in targets):
        return True
    names = {target.id for target in targets if isinstance(target, ast.Name)}
    scope = at
    while not isinstance(scope, ast.FunctionDef | ast.AsyncFunctionDef | ast.Module):
        scope = parents[scope]
    return any(
        isinstance(use, ast.Return | ast.Yield) and isinstance(use.value, ast.Name) and use.value.id in names
        for use in ast.walk(scope)
    )


@pytest.mark.parametrize(
    ("source", "faults"),
    [
        ("a = sitk.GetArrayViewFromImage(sitk.Median(image)).astype(bool)", 1),
        ("a = GetArrayViewFromImage(reader.Execute())", 1),
        ("a = np.frombuffer(image.convertToFormat(k).constBits(), 'u1')", 1),
        ("def f(path):\n    image = sitk.ReadImage(path)\n    return sitk.GetArrayViewFromImage(image)", 1),
        ("def f(p):\n    i = read(p)\n    v = sitk.GetArrayViewFromImage(i)\n    return v", 1),
        ("def f(self, i):\n    self.v = sitk.GetArrayViewFromImage(i)", 1),
        ("def f(path):\n    i = read(path)\n    return sitk.GetArrayViewFromImage(i).copy()", 0),
        ("def f(i):\n    v = sitk.GetArrayViewFromImage(i)\n    return float(v.mean())", 0),
        ("a = sitk.GetArrayFromImage(sitk.Median(image))", 0),
    ],
)
def test_the_search_knows_borrowed_memory(source: str, faults: int) -> None:
    assert len(list(_borrowed(ast.parse(source)))) == faults


@pytest.mark.parametrize("package", _PACKAGES)
def test_no_view_outlives_what_it_looks_at(package: str) -> None:
    """SimpleITK and Qt free the memory of an image with the image; numpy does not hold it."""
    files = sorted((_ROOT / package).rglob("*.py"))
    assert files
    found = {
        str(file.relative_to(_ROOT)): faults
        for file in files
        if (faults := list(_borrowed(ast.parse(file.read_text(encoding="utf-8")))))
    }
    assert found == {}
