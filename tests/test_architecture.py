"""Tests that the table of folders in docs/architecture.md equals the tree, and that imports only go down it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
PACKAGES: Final = ("export", "media", "realtime", "train")
OTHERS: Final = ("benchmarks", "docs", "examples", "scripts", "tests")
BRIDGE: Final = "export"
"""The only package that imports all others."""
SHARED: Final = "media"
"""The package that all others may import."""
INTERFACE: Final = "realtime/__init__.py"
"""Offers names of many folders to programs, so it lies above all of them; no module may import from it."""


def listed_folders() -> list[str]:
    """The first column of the table under "Folders", in order."""
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    section = text.split("\n## Folders\n")[1].split("\n## ")[0]
    return re.findall(r"^\| `([^`]+)/` \|", section, re.MULTILINE)


def folders_of(top: str) -> Iterator[str]:
    """Those that hold files, hidden ones and what Python writes left out."""
    for folder in (ROOT / top, *sorted((ROOT / top).rglob("*"))):
        parts = folder.relative_to(ROOT).parts
        hidden = any(part.startswith(".") or part == "__pycache__" for part in parts)
        if folder.is_dir() and not hidden and any(path.is_file() for path in folder.iterdir()):
            yield "/".join(parts)


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(("nstcam", *(parts[:-1] if parts[-1] == "__init__" else parts)))


@cache
def modules() -> Mapping[str, str]:
    """The modules of the packages: name -> folder."""
    found = {}
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            relative = path.relative_to(ROOT).as_posix()
            found[module_name(path)] = INTERFACE if relative == INTERFACE else path.parent.relative_to(ROOT).as_posix()
    return found


def imported(tree: ast.AST, known: Iterable[str]) -> Iterator[str]:
    """Modules of ours that a module imports, in functions and for type checkers as well."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                if inner in known or node.module in known:
                    yield inner if inner in known else node.module


@cache
def imports() -> frozenset[tuple[str, str]]:
    """(importer, imported) among the modules of the packages."""
    found = set()
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            found |= {(module_name(path), other) for other in imported(tree, modules())}
    return frozenset(found)


def circle(arrows: Iterable[tuple[str, str]]) -> list[str]:
    """What is left when everything without an arrow out, and then everything that led there only, is taken away."""
    left = {(a, b) for a, b in arrows if a != b}
    while True:
        starts = {a for a, _ in left}
        kept = {(a, b) for a, b in left if b in starts}
        if kept == left:
            return sorted(starts)
        left = kept


def test_the_table_of_folders_equals_the_tree() -> None:
    mirrors = tuple(f"tests/{package}" for package in PACKAGES)
    tree = [folder for top in (*PACKAGES, *OTHERS) for folder in folders_of(top) if not folder.startswith(mirrors)]
    assert sorted(listed_folders()) == sorted(tree)


def test_tests_mirror_the_code() -> None:
    for package in PACKAGES:
        for folder in folders_of(f"tests/{package}"):
            assert (ROOT / folder.removeprefix("tests/")).is_dir(), f"{folder} tests a folder that is not there"


def test_no_circle_among_modules() -> None:
    assert circle(imports()) == []


def test_no_circle_among_folders() -> None:
    assert circle((modules()[a], modules()[b]) for a, b in imports()) == []


def test_imports_go_down_the_table_only() -> None:
    floor = {folder: place for place, folder in enumerate([INTERFACE, *listed_folders()])}
    upwards = [f"{a} -> {b}" for a, b in sorted(imports()) if floor[modules()[a]] > floor[modules()[b]]]
    assert upwards == []


def test_only_the_bridge_imports_another_package_than_the_shared_one() -> None:
    across = {(a.split(".")[1], b.split(".")[1]) for a, b in imports()}
    assert {a for a, b in across if a != b and b != SHARED} == {BRIDGE}
    assert {a for a, b in across if a != b and b == SHARED} >= {"realtime", "train"}


def test_packages_import_neither_tests_nor_benchmarks_nor_scripts() -> None:
    for path in (path for package in PACKAGES for path in (ROOT / package).rglob("*.py")):
        assert not set(imported(ast.parse(path.read_text(encoding="utf-8")), OTHERS)), path


def test_circle_finds_circles() -> None:
    assert circle([("a", "b"), ("b", "c"), ("a", "c")]) == []
    assert circle([("a", "b"), ("b", "c"), ("c", "b"), ("c", "d")]) == ["a", "b", "c"]


def test_imports_are_found_wherever_they_stand() -> None:
    code = "from a import b\nfrom a.b import C\nimport a\nif X:\n    from a import other\ndef f():\n    import a.b"
    assert list(imported(ast.parse(code), ["a", "a.b"])) == ["a.b", "a.b", "a", "a", "a.b"]
