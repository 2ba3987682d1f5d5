"""Tests cross-fades and mixtures, with a clock of their own. The n-th style paints 80 n."""

from benchmarks.tools.waiting import until
from nstcam.realtime.live.choosing.gallery import Gallery
from tests.support.fakes.live import StylizerFactory, frame_of, style_of

NAMES = ("one", "two", "three")


def value(gallery: Gallery) -> int:
    return int(gallery.stylize(frame_of(0)).frame[0, 0, 0])


def make(broken: str = "") -> tuple[Gallery, list[float]]:
    now = [0.0]
    factory = StylizerFactory(NAMES, broken=broken, step=80)
    gallery = Gallery([style_of(n) for n in NAMES], factory, fade=0.3, clock=lambda: now[0])
    return gallery, now


def opened(gallery: Gallery) -> None:
    until(lambda: gallery.opening is None)


def test_a_style_that_is_ready_fades_in() -> None:
    gallery, now = make()
    gallery.select(1)
    opened(gallery)
    seen = []
    for now[0] in (0.0, 0.15, 0.3, 5.0):
        seen.append(value(gallery))
    assert seen == [80, 120, 160, 160]


def test_it_says_while_it_fades() -> None:
    gallery, now = make()
    gallery.select(1)
    opened(gallery)
    seen = []
    for now[0] in (0.0, 0.15, 0.3):
        seen.append(gallery.fading)
    assert seen == [True, True, False]
    gallery.blend(2, 0.5)
    opened(gallery)
    now[0] = 1.0
    assert not gallery.fading, "a blend is there to stay"


def test_a_fade_that_is_interrupted_goes_on_from_what_is_seen() -> None:
    gallery, now = make()
    gallery.select(1)
    opened(gallery)
    now[0] = 0.15
    gallery.select(0)
    assert value(gallery) == 120, "no jump"
    now[0] = 0.45
    assert value(gallery) == 80


def test_the_original_fades_into_nothing() -> None:
    gallery, _ = make()
    gallery.toggle_bypass()
    assert value(gallery) == 0
    assert gallery.recipe() == ()


def test_a_blend_takes_the_next_style_in_by_half_and_moves() -> None:
    gallery, now = make()
    gallery.toggle_mix()
    opened(gallery)
    now[0] = 1
    assert value(gallery) == 120
    assert gallery.title == "1 one + 50 % two"
    for _ in range(3):
        gallery.move_mix(0.1)
    assert value(gallery) == 144
    for _ in range(9):
        gallery.move_mix(0.1)
    assert gallery.recipe() == ((1, 1.0),), "a style without a share costs nothing"
    gallery.toggle_mix()
    now[0] = 2
    assert value(gallery) == 80


def test_a_blend_fades_in_and_out() -> None:
    gallery, now = make()
    gallery.want_all(True)
    opened(gallery)
    gallery.blend(2, 0.5)  # 80 and 240
    seen = []
    for now[0] in (0.0, 0.15, 0.3):
        seen.append(value(gallery))
    gallery.toggle_mix()
    for now[0] in (0.3, 0.45, 0.6):
        seen.append(value(gallery))
    assert seen == [80, 120, 160, 160, 120, 80]


def test_a_partner_that_fails_is_passed_over() -> None:
    gallery, now = make(broken="two")
    gallery.toggle_mix()
    until(lambda: gallery.opening is None and gallery.partner is not None and gallery.partner.name == "three")
    now[0] = 1
    assert value(gallery) == 160


def test_all_are_opened_for_the_grid() -> None:
    gallery, _ = make(broken="two")
    gallery.want_all(True)
    opened(gallery)
    frames = [gallery.stylize_one(index, frame_of(0)) for index in range(3)]
    assert [None if frame is None else int(frame[0, 0, 0]) for frame in frames] == [80, None, 240]
