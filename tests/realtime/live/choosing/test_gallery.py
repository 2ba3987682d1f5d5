import time

import pytest

from benchmarks.tools.waiting import until
from nstcam.realtime.errors import StyleError
from nstcam.realtime.live.choosing.gallery import Gallery
from nstcam.realtime.live.choosing.open_styles import BYTES_PER_STYLE
from nstcam.realtime.stylizing import Slower
from tests.support.fakes.live import FakeStylizer, StylizerFactory, frame_of, style_of

NAMES = ("one", "two", "three")


def make(slow: str = "", broken: str = "") -> tuple[Gallery, StylizerFactory]:
    factory = StylizerFactory(NAMES, slow, broken)
    return Gallery([style_of(n) for n in NAMES], factory, fade=0), factory


def value(gallery: Gallery) -> int:
    return int(gallery.stylize(frame_of(0)).frame[0, 0, 0])


def test_starts_with_the_first_and_opens_no_other() -> None:
    gallery, factory = make()
    assert value(gallery) == 1
    assert list(factory.stylizers) == ["one"]
    gallery.close()


def test_the_old_style_stays_until_the_new_one_is_open_and_warm() -> None:
    gallery, factory = make(slow="two")
    gallery.prepare((48, 64), (32, 43))
    began = time.monotonic()
    gallery.select(1)
    assert time.monotonic() - began < 0.5, "selecting must not wait"
    assert gallery.opening is not None
    assert gallery.opening.name == "two"
    assert value(gallery) == 1
    factory.open.set()
    until(lambda: gallery.current.name == "two")
    assert factory.stylizers["two"].warmed == [(48, 64), (32, 43)]
    assert value(gallery) == 2
    gallery.close()


def test_who_goes_on_while_one_opens_gets_the_last_wish() -> None:
    gallery, factory = make(slow="two")
    gallery.select(1)
    gallery.select(2)
    factory.open.set()
    until(lambda: gallery.current.name == "three")
    gallery.close()


def test_next_and_previous_go_around() -> None:
    gallery, _ = make()
    gallery.step(-1)
    until(lambda: gallery.current.name == "three")
    gallery.step(1)
    until(lambda: gallery.current.name == "one")
    gallery.close()


def test_a_style_that_fails_leaves_the_old_and_says_why() -> None:
    gallery, _ = make(broken="two")
    gallery.select(1)
    messages: list[str] = []

    def any_message() -> bool:
        messages.extend(gallery.take_messages())
        return bool(messages)

    until(any_message)
    assert messages == ["style two cannot be shown: no such luck"]
    assert value(gallery) == 1
    gallery.step(1)
    until(lambda: gallery.current.name == "three")
    gallery.close()


def test_a_first_style_that_fails_is_an_error() -> None:
    with pytest.raises(StyleError, match="no such luck"):
        make(broken="one")


def test_bypass_gives_the_very_frame() -> None:
    gallery, _ = make()
    gallery.toggle_bypass()
    frame = frame_of(9)
    stylized = gallery.stylize(frame)
    assert stylized.frame is frame
    assert stylized.style is None
    gallery.select(0)
    assert value(gallery) == 1, "choosing a style ends bypass"
    gallery.close()


def test_a_style_whose_frames_are_slower_than_they_could_be_is_told_once() -> None:
    gallery, factory = make()
    two = factory.stylizers["two"] = FakeStylizer(2)
    two.slower_once_warm = Slower("Pad runs on the CPU", "export it anew")
    gallery.prepare((48, 64))
    assert (gallery.take_messages(), gallery.slower) == ([], False)
    gallery.select(1)
    until(lambda: gallery.current.name == "two")
    assert gallery.take_messages() == ["two is slower: Pad runs on the CPU; export it anew"]
    assert gallery.slower, "and the badge of the device says it as long as the style is shown"
    gallery.prepare((96, 128))
    assert gallery.take_messages() == []
    gallery.close()


def test_a_digit_beyond_the_list_is_said() -> None:
    gallery, _ = make()
    gallery.select(8)
    assert gallery.take_messages() == ["there is no style 9; there are 3"]
    gallery.close()


def test_closing_frees_all_and_ends_what_opens() -> None:
    gallery, factory = make(slow="two")
    gallery.select(1)
    factory.open.set()
    gallery.close()
    assert all(stylizer.closed for stylizer in factory.stylizers.values())


def test_closing_waits_only_so_long_for_a_style_that_is_being_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nstcam.realtime.live.choosing.opener.CLOSING_SECONDS", 0.01)
    factory = StylizerFactory(("one", "two"), slow="two")
    gallery = Gallery([style_of("one"), style_of("two")], factory)
    gallery.select(1)
    gallery.close()
    assert factory.stylizers["one"].closed
    assert "two" not in factory.stylizers, "it is still being opened"
    factory.open.set()


class TestReady:
    """Styles that are opened although nobody asked for them."""

    NAMES = ("one", "two", "three", "four", "five")

    def make(self, count: float, slow: str = "", broken: str = "") -> tuple[Gallery, StylizerFactory]:
        """A gallery with memory for that many styles."""
        factory = StylizerFactory(self.NAMES, slow, broken)
        factory.device = "CPU"
        styles = [style_of(name) for name in self.NAMES]
        return Gallery(styles, factory, fade=0, ready_bytes=count * BYTES_PER_STYLE), factory

    def test_after_the_first_frame_the_nearest_are_opened_as_far_as_memory_goes(self) -> None:
        gallery, factory = self.make(3.5)
        assert gallery.ready == 1
        gallery.prepare((48, 64))
        until(lambda: gallery.ready == 3)
        gallery.close()
        assert list(factory.stylizers) == ["one", "two", "five"]
        assert gallery.take_messages() == ["3 of 5 styles are kept ready in 42 MB; NSTCAM_STYLE_MEMORY sets it"]

    def test_all_are_opened_silently_if_they_fit(self) -> None:
        gallery, _ = self.make(5)
        gallery.prepare((48, 64))
        until(lambda: gallery.ready == 5)
        assert (gallery.take_messages(), gallery.opening) == ([], None)
        gallery.close()

    def test_without_memory_none_is(self) -> None:
        gallery, _ = self.make(0)
        gallery.prepare((48, 64))
        assert gallery.ready == 1
        gallery.close()

    def test_what_is_asked_for_goes_first(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("nstcam.realtime.live.choosing.opener.IDLE_PAUSE", 30.0)
        gallery, factory = self.make(5)
        gallery.prepare((48, 64))
        gallery.select(3)
        until(lambda: gallery.current.name == "four")
        assert list(factory.stylizers) == ["one", "four"]
        gallery.close()

    def test_other_devices_need_memory_for_each_size(self) -> None:
        gallery, factory = self.make(5)
        factory.stylizers["one"].device = "CUDA"
        gallery.prepare((1080, 1920))
        assert gallery.take_messages() == ["1 of 5 styles are kept ready in 60 MB; NSTCAM_STYLE_MEMORY sets it"]
        gallery.close()


class TestFadeAndMix:
    """A gallery with a clock of its own. The n-th style paints 100 n."""

    def make(self, broken: str = "") -> tuple[Gallery, list[float]]:
        now = [0.0]
        factory = StylizerFactory(NAMES, broken=broken, step=80)
        gallery = Gallery([style_of(n) for n in NAMES], factory, fade=0.3, clock=lambda: now[0])
        return gallery, now

    def opened(self, gallery: Gallery) -> None:
        until(lambda: gallery.opening is None)

    def test_a_style_that_is_ready_fades_in(self) -> None:
        gallery, now = self.make()
        gallery.select(1)
        self.opened(gallery)
        seen = []
        for now[0] in (0.0, 0.15, 0.3, 5.0):
            seen.append(value(gallery))
        assert seen == [80, 120, 160, 160]

    def test_it_says_while_it_fades(self) -> None:
        gallery, now = self.make()
        gallery.select(1)
        self.opened(gallery)
        seen = []
        for now[0] in (0.0, 0.15, 0.3):
            seen.append(gallery.fading)
        assert seen == [True, True, False]
        gallery.blend(2, 0.5)
        self.opened(gallery)
        now[0] = 1.0
        assert not gallery.fading, "a blend is there to stay"

    def test_a_fade_that_is_interrupted_goes_on_from_what_is_seen(self) -> None:
        gallery, now = self.make()
        gallery.select(1)
        self.opened(gallery)
        now[0] = 0.15
        gallery.select(0)
        assert value(gallery) == 120, "no jump"
        now[0] = 0.45
        assert value(gallery) == 80

    def test_the_original_fades_into_nothing(self) -> None:
        gallery, _ = self.make()
        gallery.toggle_bypass()
        assert value(gallery) == 0
        assert gallery.recipe() == ()

    def test_a_blend_takes_the_next_style_in_by_half_and_moves(self) -> None:
        gallery, now = self.make()
        gallery.toggle_mix()
        self.opened(gallery)
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

    def test_a_blend_fades_in_and_out(self) -> None:
        gallery, now = self.make()
        gallery.want_all(True)
        self.opened(gallery)
        gallery.blend(2, 0.5)  # 80 and 240
        seen = []
        for now[0] in (0.0, 0.15, 0.3):
            seen.append(value(gallery))
        gallery.toggle_mix()
        for now[0] in (0.3, 0.45, 0.6):
            seen.append(value(gallery))
        assert seen == [80, 120, 160, 160, 120, 80]

    def test_a_partner_that_fails_is_passed_over(self) -> None:
        gallery, now = self.make(broken="two")
        gallery.toggle_mix()
        until(lambda: gallery.opening is None and gallery.partner is not None and gallery.partner.name == "three")
        now[0] = 1
        assert value(gallery) == 160

    def test_all_are_opened_for_the_grid(self) -> None:
        gallery, _ = self.make(broken="two")
        gallery.want_all(True)
        self.opened(gallery)
        frames = [gallery.stylize_one(index, frame_of(0)) for index in range(3)]
        assert [None if frame is None else int(frame[0, 0, 0]) for frame in frames] == [80, None, 240]
