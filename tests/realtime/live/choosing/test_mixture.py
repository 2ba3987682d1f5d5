"""Tests which styles are chosen, wished for and mixed, in a list of five of which some failed."""

from __future__ import annotations

from typing import Any

import pytest

from nstcam.realtime.live.choosing.mixture import Choice, Fade, weighted


def choice(current: int = 1, **values: Any) -> Choice:
    return Choice(5, current, values.pop("wanted", current), **values)


def test_neighbours_go_round_and_past_those_that_failed() -> None:
    assert [choice().neighbour(index, 1) for index in range(5)] == [1, 2, 3, 4, 0]
    assert [choice().neighbour(index, -1) for index in range(5)] == [4, 0, 1, 2, 3]
    assert [choice(failed={2, 3}).neighbour(index, 1) for index in (1, 2)] == [4, 4]
    assert choice(failed={0, 2, 3, 4}).neighbour(1, 1) == 1


@pytest.mark.parametrize(
    ("values", "partner"),
    [
        ({}, 2), ({"mixed_in": 4}, 4), ({"mixed_in": 0}, 0), ({"mixed_in": 1}, 2),
        ({"mixed_in": 4, "failed": {4, 2}}, 3), ({"failed": {0, 2, 3, 4}}, None),
    ],
)  # fmt: skip
def test_the_style_that_is_mixed_in(values: dict[str, Any], partner: int | None) -> None:
    assert choice(**values).partner() == partner


def test_the_styles_that_should_be_open_the_most_urgent_first() -> None:
    assert choice(wanted=3).wishes() == [3]
    assert choice(wanted=3, mix=0.5, also=4).wishes() == [3, 2, 4]
    assert choice(also=0, all_wanted=True).wishes() == [1, 0, 0, 1, 2, 3, 4]
    assert choice(mix=0.5, failed={0, 2, 3, 4}).wishes() == [1]


@pytest.mark.parametrize(
    ("current", "opened", "spare", "failed", "index"),
    [
        (0, [0], 5, [], 1), (0, [0, 1], 5, [], 4), (0, [0, 1, 4], 5, [], 2), (4, [4], 5, [], 0), (3, [3, 4], 5, [], 2),
        (0, [0, 1], 3, [], 4), (0, [0, 1], 2, [], None), (0, [0], 5, [1, 4], 2), (0, [0, 1, 2, 3, 4], 9, [], None),
    ],
)  # fmt: skip
def test_while_nothing_else_is_to_be_done_the_nearest_is_opened(
    current: int, opened: list[int], spare: int, failed: list[int], index: int | None
) -> None:
    assert choice(current, spare=spare, failed=set(failed)).at_idle(opened) == index


def test_what_is_mixed_of_the_styles_that_are_open() -> None:
    assert choice(mix=0.25).target([1, 2]) == ((1, 0.75), (2, 0.25))
    assert choice(mix=0.25).target([1]) == choice().target([1, 2]) == ((1, 1.0),)
    assert choice(mix=1.0).target([1, 2]) == ((2, 1.0),)
    assert choice(mix=0.5, failed={0, 2, 3, 4}).target([1]) == ((1, 1.0),)
    assert weighted({1: 1e-6, 2: 1.1e-6}) == ((2, 1.1e-6),)


def test_a_style_that_fails_is_not_wanted_until_it_is_chosen_again() -> None:
    chosen = choice(wanted=3, bypass=True)
    chosen.fail(2)
    assert (chosen.wanted, chosen.failed) == (3, {2})
    chosen.fail(3)
    assert (chosen.wanted, chosen.failed) == (1, {2, 3})
    chosen.show_wanted([])
    chosen.select(3)
    assert (chosen.wanted, chosen.failed, chosen.bypass, chosen.current) == (3, {2}, False, 1)
    chosen.show_wanted([3])
    assert chosen.current == 3
    chosen.bypass = True
    chosen.blend(2, 0.5)
    assert (chosen.failed, chosen.bypass, chosen.mix, chosen.mixed_in) == (set(), False, 0.5, 2)


def test_a_fade_is_linear_from_one_mixture_to_another() -> None:
    now = [10.0]
    fade = Fade(2.0, lambda: now[0])
    assert fade.towards(((1, 1.0),)) == ((1, 1.0),), "nothing has begun"
    fade.begin(((1, 0.5), (2, 0.5)))
    assert fade.towards(((2, 0.25), (3, 0.75))) == ((1, 0.5), (2, 0.5))
    now[0] = 10.5
    assert fade.towards(((2, 0.25), (3, 0.75))) == ((1, 0.375), (2, 0.4375), (3, 0.1875))
    now[0] = 12.0
    assert fade.towards(((3, 1.0),)) == ((3, 1.0),)
    at_once = Fade(0.0, lambda: now[0])
    at_once.begin(((1, 1.0),))
    assert at_once.towards(((2, 1.0),)) == ((2, 1.0),)
