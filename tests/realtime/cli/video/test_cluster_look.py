"""Tests what workers of a cluster are told of the options."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nstcam.realtime.cli.options.scene import Behind
from nstcam.realtime.cli.video import cluster_files
from nstcam.realtime.cli.video.cluster_files import film_of, look_of
from nstcam.realtime.cli.video.options import VideoOptions
from nstcam.realtime.people.words import OFF, PICTURE, STYLE
from nstcam.realtime.style_files.style import Style
from nstcam.realtime.video.painting import VideoSettings
from tests.support.fakes.live import style_of


@pytest.fixture(autouse=True)
def _styles(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every style is there; those that end in ~ have a canvas."""

    def find(name: str) -> Style:
        return replace(style_of(name), has_canvas=name.endswith("~"))

    monkeypatch.setattr(cluster_files, "find_style", find)
    monkeypatch.setattr(cluster_files, "style_behind", find)


@pytest.mark.parametrize("kind", [OFF, PICTURE, STYLE])
def test_a_look_has_its_styles_and_the_one_thing_that_is_behind_people(kind: str) -> None:
    look = look_of([(0.0, "a"), (2.5, "b")], "person", Behind(kind, "x"), "cpu")
    assert [(at, style.name) for at, style in look.styles] == [(0.0, "a"), (2.5, "b")]
    assert (look.paint, look.background, look.device, look.fade) == ("person", kind, "cpu", 1.0)
    assert look.picture == (Path("x") if kind == PICTURE else None)
    assert (look.behind and look.behind.name) == ("x" if kind == STYLE else None)


@pytest.mark.parametrize(
    ("styles", "behind", "follow", "follows"),
    [("a b", "", 1, 0), ("a b~", "", 1, 1), ("a", "x", 1, 0), ("a", "x~", 1, 1), ("a~ b", "x", 1, 1), ("a~", "", 0, 0)],
)
@pytest.mark.parametrize(("encoder", "taken"), [("auto", "software"), ("nvenc", "nvenc")])
def test_films_follow_where_there_is_a_canvas_and_are_encoded_alike_by_all(
    styles: str, behind: str, follow: int, follows: int, encoder: str, taken: str
) -> None:
    unlike: Any = dict.fromkeys(VideoOptions.__dataclass_fields__)
    options = VideoOptions(
        **unlike
        | {
            "styles": tuple(enumerate(styles.split())), "fade": 0.5, "paint": "all", "device": "cpu",
            "behind": Behind(STYLE, behind) if behind else Behind(OFF),
            "settings": VideoSettings(styles="", follow=bool(follow), encoder=encoder),
        }
    )  # fmt: skip
    film = film_of(options)
    assert (film.fade, film.settings.follow, film.settings.encoder) == (0.5, bool(follows), taken)
