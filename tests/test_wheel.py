"""Tests what an installation contains, by building the wheel from a copy of the tree and listing its files."""

from __future__ import annotations

import email
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[1]
PACKAGES: Final = ("export", "media", "realtime", "train")
KEPT_BACK: Final = {"ruff.toml"}
"""Files beside the code that only developers need."""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """Built by the build backend itself, which needs no network; without what Python and earlier builds left."""
    copy, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for name in PACKAGES:
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    for name in ("pyproject.toml", "setup.py", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy / name)
    build = f"from setuptools.build_meta import build_wheel; build_wheel({str(out)!r})"
    done = subprocess.run([sys.executable, "-c", build], cwd=copy, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (path,) = out.glob("*.whl")
    return zipfile.ZipFile(path)


def test_it_has_no_top_level_name_but_nstcam(wheel: zipfile.ZipFile) -> None:
    top = {name.split("/")[0] for name in wheel.namelist()}
    assert {name for name in top if not name.endswith(".dist-info")} == {"nstcam"}


def test_it_holds_every_file_of_the_packages(wheel: zipfile.ZipFile) -> None:
    """Code, styles, probes, weights, photographs, warm starts, py.typed: whatever lies in the folders."""
    files = [path.relative_to(ROOT) for package in PACKAGES for path in (ROOT / package).rglob("*") if path.is_file()]
    ours = [path for path in files if not any(part.startswith((".", "__pycache__")) for part in path.parts)]
    tree = {f"nstcam/{path.as_posix()}" for path in ours if path.name not in KEPT_BACK}
    assert {name for name in wheel.namelist() if name.startswith("nstcam/")} == tree
    for needed in ("realtime/styles/starry.int8.onnx", "realtime/checkup/probes/int8.onnx", "train/warm/starry.pt"):
        assert f"nstcam/{needed}" in tree


@pytest.mark.parametrize("package", PACKAGES)
def test_it_tells_type_checkers_that_it_is_typed(package: str, wheel: zipfile.ZipFile) -> None:
    assert f"nstcam/{package}/py.typed" in wheel.namelist()


def test_its_metadata_is_complete(wheel: zipfile.ZipFile) -> None:
    (name,) = (name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
    metadata = email.message_from_bytes(wheel.read(name))
    assert metadata["Name"] == "nstcam"
    assert metadata["License-Expression"] == "MIT"
    assert "Typing :: Typed" in metadata.get_all("Classifier", [])
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"\n## {metadata['Version']}\n" in changes, "the changelog says nothing about this version"


def test_the_light_requirements_are_those_of_the_package_without_cuda() -> None:
    import tomllib

    content = tomllib.loads((ROOT / "pyproject.toml").read_text())
    needed = {text.partition(";")[0].strip() for text in content["project"]["dependencies"]}
    lines = (ROOT / "requirements-light.txt").read_text().splitlines()
    light = {line for line in lines if line and not line.startswith("#")}
    assert light == {text for text in needed if not text.startswith("onnxruntime-gpu")}
    assert any(text.startswith("onnxruntime>") for text in light)
