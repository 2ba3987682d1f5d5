"""Tests the plan of an interrupted film: what it must hold, and what has to be the same again."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from nstcam.realtime.cluster import kept
from nstcam.realtime.cluster.kept import KeptParts
from nstcam.realtime.errors import SinkError
from nstcam.realtime.video.parts import SUFFIX

SOURCE, SETTINGS = {"bytes": 9}, {"style": "wave", "quality": 23}


def parts(folder: Path) -> KeptParts:
    work: Any = SimpleNamespace(path=folder, holds_parts=True, clear=lambda: None)
    return KeptParts(work, Path("out.mp4"))


def test_a_new_film_writes_its_plan_and_has_all_parts_to_make(tmp_path: Path) -> None:
    made = parts(tmp_path)
    made.begin_or_resume(SOURCE, SETTINGS, 3, resume=False)
    assert (made.count, made.missing, made.frames) == (3, [1, 2, 3], {})
    assert [path.name for path in tmp_path.iterdir()] == ["parts.json"]
    assert json.loads((tmp_path / "parts.json").read_text()) == {"source": SOURCE, "settings": SETTINGS, "count": 3}
    again = parts(tmp_path)
    again.begin_or_resume(SOURCE, SETTINGS, 99, resume=True)
    assert again.count == 3, "as many as were begun"
    assert again.path(12).name == f"000012{SUFFIX}"


@pytest.mark.parametrize(
    ("plan", "says"),
    [
        ({"count": 0}, "the plan of .*damaged"), ({"count": 1_000_000}, "the plan of .*damaged"),
        ({"count": True}, "the plan of .*damaged"), ({"settings": None}, "the plan of .*damaged"),
        ({"source": {"bytes": 8}}, "used another source file; give that file, or"),
        ({"settings": {**SETTINGS, "quality": 24}}, "used another quality than 23; give the same value, or"),
        ({"settings": {"style": "wave"}}, "used another quality than 23"), ({"count": 999_999}, ""), ({"more": 1}, ""),
    ],
)  # fmt: skip
def test_a_film_goes_on_with_the_same_source_and_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, plan: dict[str, Any], says: str
) -> None:
    monkeypatch.setattr(KeptParts, "_find", lambda _: None)
    (tmp_path / "parts.json").write_text(json.dumps({"source": SOURCE, "settings": SETTINGS, "count": 2} | plan))
    resumed = parts(tmp_path)
    if not says:
        resumed.begin_or_resume(SOURCE, SETTINGS, 7, resume=True)
        assert resumed.count == plan.get("count", 2)
        return
    with pytest.raises(SinkError, match=says):
        resumed.begin_or_resume(SOURCE, SETTINGS, 7, resume=True)


def test_parts_are_kept_and_damaged_ones_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "frames_of_part", lambda file: len(file.read()))
    made = parts(tmp_path)
    made.begin_or_resume(SOURCE, SETTINGS, 4, resume=False)
    assert [made.add(number, data) for number, data in ((1, b"abc"), (2, b""), (4, b"de"))] == [True, False, True]
    assert (made.frames, made.missing) == ({1: 3, 4: 2}, [2, 3])
    assert sorted(path.name for path in tmp_path.iterdir()) == [made.path(1).name, made.path(4).name, "parts.json"]
    made.path(3).write_bytes(b"")
    again = parts(tmp_path)
    again.begin_or_resume(SOURCE, SETTINGS, 4, resume=True)
    assert (again.frames, again.missing) == ({1: 3, 4: 2}, [2, 3])
    assert not made.path(3).exists()
