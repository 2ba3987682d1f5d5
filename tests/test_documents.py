"""Tests that everything the documents link to or name exists, and that all environment variables are listed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest
import typer

ROOT: Final = Path(__file__).parents[1]
SKIPPED: Final = {"build", "dist", "runs", "node_modules"}
PACKAGES: Final = ("export", "media", "realtime", "train")
TOPS: Final = (*PACKAGES, "benchmarks", "docs", "examples", "scripts", "tests")
VARIABLE: Final = re.compile(r"\bNST(?:CAM)?_[A-Z0-9_]+")


def documents() -> list[str]:
    found = []
    for path in sorted(ROOT.rglob("*.md")):
        parts = path.relative_to(ROOT).parts
        if not any(part.startswith(".") or part in SKIPPED for part in parts[:-1]):
            found.append("/".join(parts))
    return found


@cache
def text_of(document: str) -> str:
    return (ROOT / document).read_text(encoding="utf-8")


def without_code(text: str) -> str:
    return re.sub(r"`[^`\n]*`", "", re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL))


def anchors(document: str) -> set[str]:
    """The anchors GitHub makes of the headings: lower case, spaces to dashes, other signs dropped."""
    headings = re.findall(r"^#+ (.+)$", re.sub(r"^```.*?^```", "", text_of(document), flags=re.M | re.S), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_documents_are_found() -> None:
    assert {"README.md", "CHANGELOG.md", "docs/training.md", "docs/research/README.md"} <= set(documents())


@pytest.mark.parametrize("document", documents())
def test_links_lead_somewhere(document: str) -> None:
    folder = (ROOT / document).parent
    for link in re.findall(r"\]\(([^)\s]+)\)", without_code(text_of(document))):
        if re.match(r"[a-z]+:", link):
            continue  # the web, which tests do not reach
        path, _, anchor = link.partition("#")
        target = (folder / path).resolve() if path else ROOT / document
        assert target.exists(), f"{document} links to {link}, which does not exist"
        if anchor:
            there = target.relative_to(ROOT).as_posix()
            assert anchor in anchors(there), f"{document} links to {link}; {there} has {sorted(anchors(there))}"


@pytest.mark.parametrize("document", documents())
def test_files_and_modules_that_are_named_exist(document: str) -> None:
    """Paths like `realtime/frame.py`, modules like benchmarks.cpu behind python -m."""
    text = text_of(document)
    tops = "|".join(TOPS)
    for path in re.findall(rf"(?<![\w/.])((?:{tops})/[\w/.*-]*\w\.(?:py|json|onnx|md|jpg|png|webp|mp4|toml))\b", text):
        near = (ROOT / path, (ROOT / document).parent / path)
        assert any(list(at.parent.glob(at.name)) for at in near), f"{document} names {path}, which does not exist"
    for module in re.findall(rf"(?:python -m|nstcam\.)\s?((?:{tops})(?:\.\w+)*)", text):
        at = ROOT.joinpath(*module.split("."))
        assert at.is_dir() or at.with_suffix(".py").is_file(), f"{document} names {module}, which does not exist"


@cache
def options() -> Mapping[str, set[str]]:
    """The options of each command; those of nstcam are called "nstcam video" and so on."""
    from nstcam.export.cli import nst_eval, nst_export
    from nstcam.realtime.cli import app
    from nstcam.train.cli import nst_paint, nst_train

    root: Any = typer.main.get_command(app.app)
    commands: dict[str, Any] = {"nstcam": root, **{f"nstcam {name}": each for name, each in root.commands.items()}}
    apps = {"nst-train": nst_train, "nst-paint": nst_paint, "nst-export": nst_export, "nst-eval": nst_eval}
    commands |= {name: typer.main.get_command(module.app) for name, module in apps.items()}
    return {
        name: {"--help", *(name for option in command.params for name in (*option.opts, *option.secondary_opts))}
        for name, command in commands.items()
    }


@pytest.mark.parametrize("document", documents())
def test_commands_have_the_options_that_documents_give_them(document: str) -> None:
    text = text_of(document)
    blocks = re.findall(r"^```sh\n(.*?)^```", text, re.M | re.S) + re.findall(r"^    (?:nst|python).*$", text, re.M)
    spans = re.findall(r"`(nst(?:cam|-\w+) [^`\n]+)`", text)
    for line in [*"\n".join(blocks).splitlines(), *spans]:
        for call in re.split(r"&&|\|", line.partition("  #")[0]):
            words = call.replace(".venv/bin/", "").split()
            named = [" ".join(words[:count]) for count in (2, 1) if " ".join(words[:count]) in options()]
            if named:
                given = {word.partition("=")[0] for word in words if word.startswith("--")}
                assert given <= options()[named[0]], f"{document}: {call.strip()}"


def test_every_picture_of_the_documents_is_shown_somewhere() -> None:
    shown = " ".join(text_of(document) for document in documents())
    for path in (ROOT / "docs").rglob("*"):
        if path.is_file() and path.suffix != ".md":
            assert path.name in shown, f"{path.relative_to(ROOT)} is in no document"


def test_docs_hold_prose_and_pictures_only() -> None:
    kinds = {path.suffix for path in (ROOT / "docs").rglob("*") if path.is_file()}
    assert kinds <= {".md", ".jpg", ".png", ".webp", ".mp4"}


def test_the_table_of_environment_variables_is_complete() -> None:
    table = set(re.findall(r"^\| `(NST\w+)` \|", text_of("docs/environment.md"), re.MULTILINE))
    sources = [path.read_text(encoding="utf-8") for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    assert table == {name for source in sources for name in VARIABLE.findall(source)}
    assert table
