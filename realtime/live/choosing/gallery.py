"""Gallery: the styles of a live session. It shows, mixes and fades them, and opens others while the picture goes on."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from nstcam.realtime.effects.blend import mix
from nstcam.realtime.frame import Frame
from nstcam.realtime.live.choosing.arrivals import Arrivals
from nstcam.realtime.live.choosing.chooser import Stylized
from nstcam.realtime.live.choosing.mixture import Fade, Recipe
from nstcam.realtime.live.choosing.newcomer import Newcomer
from nstcam.realtime.live.choosing.state import GalleryState
from nstcam.realtime.style_files.style import Style
from nstcam.realtime.stylizing import UNMOVED, Offset, Stylizing

FADE_SECONDS: Final = 0.3
"""Duration of a cross-fade from one style to the next."""


class Gallery:
    """Styles in order, of which one, or a mixture of two, is shown. Keys arrive on one thread, frames on another."""

    def __init__(
        self,
        styles: Sequence[Style],
        open_stylizer: Callable[[Style], Stylizing],
        *,
        first: int = 0,
        fade: float = FADE_SECONDS,
        ready_bytes: float = 0.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Opens style `first`. The others are opened when they are selected, or at idle, and stay open.

        Args:
            styles: at least one.
            open_stylizer: called here for the first style, later in a thread of the gallery.
            first: index of the style to begin with.
            fade: seconds from one style to the next.
            ready_bytes: after the first frame other styles are opened as well, the nearest first, as long as all open
                ones take no more memory than this, by estimate.
            clock: seconds, for the fades.

        Raises:
            NstError: the first style cannot be opened.
        """
        self._state = GalleryState(styles, open_stylizer, first, Fade(fade, clock))
        self._lock, self._choice, self._opened = self._state.lock, self._state.choice, self._state.opened
        self._arrivals = Arrivals(self._state, ready_bytes)

    @property
    def styles(self) -> tuple[Style, ...]:
        """In order; styles that join are added at the end."""
        return self._state.styles

    @property
    def current(self) -> Style:
        """The style that is shown, or would be if bypass were off."""
        return self.styles[self._choice.current]

    @property
    def wanted(self) -> int:
        """Index of the style that was asked for last, which is shown as soon as it is ready."""
        return self._choice.wanted

    @property
    def opening(self) -> Style | None:
        """A style that was asked for and is not ready yet; None if all are."""
        with self._lock:
            index = self._state.missing()
            return self.styles[index] if index is not None else None

    @property
    def bypass(self) -> bool:
        """Whether the original is shown instead of the style."""
        return self._choice.bypass

    @property
    def mix(self) -> float | None:
        """The share of the other style in a mixture, 0..1; None if no style is mixed in."""
        return self._choice.mix

    @property
    def partner(self) -> Style | None:
        """The other style of a mixture; None if no style is mixed in."""
        with self._lock:
            index = self._choice.partner() if self.mix is not None else None
            return self.styles[index] if index is not None else None

    @property
    def fading(self) -> bool:
        """Whether a cross-fade is going on."""
        with self._lock:
            return not self.bypass and self._state.recipe() != self._state.target()

    @property
    def title(self) -> str:
        """What is shown, in words for the user."""
        if self.bypass:
            return "original"
        partner, style = self.partner, self.current
        name = f"{self.styles.index(style) + 1} {style.name}"
        if partner:
            return f"{name} + {100 * (self.mix or 0):.0f} % {partner.name}"
        return name if style.label == style.name else f"{name}: {style.label}"

    @property
    def device(self) -> str:
        """Name of the device that the current style runs on."""
        return self._opened[self._choice.current].device

    @property
    def slower(self) -> bool:
        """Whether frames of the current style take a slower way than its device has."""
        return self._opened[self._choice.current].slower is not None

    def take_messages(self) -> list[str]:
        """The messages for the user since the last call."""
        return self._state.take_messages()

    def select(self, index: int) -> None:
        """Shows that style as soon as it is open and warm; the old one stays until then. Ends bypass."""
        if not 0 <= index < len(self.styles):
            self._state.say(f"there is no style {index + 1}; there are {len(self.styles)}")
            return
        with self._changing():
            self._choice.select(index)

    def invite(self, newcomer: Newcomer) -> bool:
        """Adds a style at the end of the list, or finds it there, and shows it as soon as it is open and warm. It is
        read in the thread that opens styles: the picture goes on. False if there are MOST_NEWCOMERS already."""
        return self._arrivals.invite(newcomer)

    def renew(self, index: int, style: Style) -> None:
        """Puts a style in the place of that one as soon as it is open and warm, with a fade if that one is shown.

        The old one stays until then. If the other cannot be opened, it stays for good, and a message says so.
        """
        self._arrivals.renew(index, style)

    def rename(self, index: int, style: Style) -> None:
        """Has that style be known as another, of which the files say the same."""
        self._state.rename(index, style)

    def step(self, by: int) -> None:
        """Selects the next (1) or previous (-1) style, in a circle; styles that could not be opened are skipped."""
        with self._lock:
            self.select(self._choice.neighbour(self._choice.wanted, by))

    def toggle_bypass(self) -> None:
        """Shows the original instead of the style, or the style again."""
        self._choice.bypass = not self._choice.bypass

    def toggle_mix(self) -> None:
        """Mixes in half of the next style, or ends the mixture."""
        with self._lock:
            if self.mix is None and self._choice.neighbour(self._choice.current, 1) == self._choice.current:
                self._state.say("there is no other style to mix in")
                return
            with self._changing():
                self._choice.blend(None, 0.5 if self.mix is None else None)

    def blend(self, index: int, share: float) -> None:
        """Mixes in a share, 0..1, of that style as soon as it is open and warm."""
        with self._changing():
            self._choice.blend(index, share)

    def move_mix(self, by: float) -> None:
        """Adds `by` to the share of the style that is mixed in, within 0..1."""
        with self._lock:
            if self._choice.mix is not None:
                self._choice.mix = round(min(max(self._choice.mix + by, 0.0), 1.0), 3)

    def want_all(self, wanted: bool) -> None:
        """If `wanted`, opens every style, one after the other, for `stylize_one`."""
        with self._changing():
            self._choice.all_wanted = wanted

    def want_also(self, index: int | None) -> None:
        """Opens that style as well, for `stylize_one`; None: none."""
        with self._changing():
            self._choice.also = index
            if index is not None:
                self._choice.failed.discard(index)

    def open_at_idle(self, wanted: bool) -> None:
        """Whether styles that nobody asked for are opened so that they are ready; at first they are. It takes
        a core for seconds, which others may need more."""
        self._arrivals.open_at_idle(wanted)

    def prepare(self, *sizes_hw: tuple[int, int]) -> None:
        """Warms the current style for frames of these sizes (height, width), and later styles before they are shown."""
        if self._opened.sizes_hw != sizes_hw:
            self._opened.sizes_hw = sizes_hw
            self._opened.warm(self.current, self._opened[self._choice.current])
            self._arrivals.keep_ready(self.device)

    def stylize(self, frame: Frame, canvas_offset: Offset = UNMOVED) -> Stylized:
        """Paints the frame in the current style, mixture or fade; under bypass, returns the frame itself."""
        with self._lock:
            recipe, style = self._state.recipe(), self.current
            parts = [(self._opened.by_key(key), weight) for key, weight in recipe]
            left = self._opened.take_left(dict(self._state.fade.towards(self._state.target())))
        for stylizer in left:
            stylizer.close()
        if not recipe:
            return Stylized(frame, None)
        painted, total = frame, 0.0
        for stylizer, weight in parts:
            total += weight
            painted = mix(painted, stylizer.stylize(frame, canvas_offset), weight / total)
        return Stylized(painted, style, recipe)

    def recipe(self) -> Recipe:
        """The style mixture the next frame will use."""
        with self._lock:
            return self._state.recipe()

    def recipe_of(self, index: int) -> Recipe:
        """The recipe of that style alone."""
        return ((self._opened.key_of(index), 1.0),)

    def stylize_one(self, index: int, frame: Frame, canvas_offset: Offset = UNMOVED) -> Frame | None:
        """Paints the frame in that style, whatever is shown; None if the style is not open."""
        stylizer = self._opened.get(index)
        return stylizer.stylize(frame, canvas_offset) if stylizer else None

    def is_open(self, index: int) -> bool:
        """Whether that style is open and warm."""
        return index in self._opened

    @property
    def ready(self) -> int:
        """How many styles are open and warm, so that they are shown at once."""
        return len(self._opened)

    def close(self) -> None:
        """Frees all styles. To be called when no frame is being stylized any more. A style that is being opened gets
        CLOSING_SECONDS to finish: it may never do so."""
        self._arrivals.close()
        self._opened.close()

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """Fades from what was shown before to what is shown after the changes made within, and opens the styles that
        this needs."""
        with self._lock:
            with self._state.changing():
                yield
            self._arrivals.look()
