"""People told from the background in live frames, in a thread beside the style's."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from nstcam.realtime.effects.look import Look
from nstcam.realtime.frame import Frame
from nstcam.realtime.people.half import seen_at_half
from nstcam.realtime.people.masks import Masks, Seen
from nstcam.realtime.people.network import Sighting, Sightings, sighting
from nstcam.realtime.people.scene import Backdrop, Scene


class LivePeople:
    """Puts what was painted and what was not together. All calls come from one thread."""

    def __init__(self, backdrop: Backdrop | None = None) -> None:
        """`backdrop` is the picture to stand behind people, if there is one."""
        self._backdrop = backdrop
        self._masks, self._sightings = Masks(), Sightings()
        """To be used by the thread alone, which takes one frame after the other."""
        self._thread = ThreadPoolExecutor(1, "people")
        self._begun: tuple[Frame, Future[Seen]] | None = None

    @property
    def settled(self) -> bool:
        """Whether the same frame again would change nothing, now or later. To be asked after `together`."""
        return self._masks.settled

    def begin(self, frame: Frame, seconds: float) -> None:
        """Looks for people in the frame, taken at that time, while it is painted."""
        self._begin(frame, seconds, self._sightings.of)

    def forget(self) -> None:
        """Forgets the frames before: people are no longer asked for, or another picture begins."""
        if self._begun is not None:
            self._begun[1].exception()  # the thread is done with the masks
            self._begun = None
        self._masks.reset()

    def together(self, painted: Frame, original: Frame, look: Look, second: Frame | None, seconds: float) -> Frame:
        """The picture to show, see Scene.together.

        Args:
            seconds: when the frame was taken.
        """
        if self._begun is None or self._begun[0] is not original:
            self._begin(original, seconds, sighting)
        assert self._begun is not None
        seen = self._begun[1].result()
        self._begun = None
        return Scene(look.paint, look.background, self._backdrop).together(painted, original, seen, second)

    def _begin(self, frame: Frame, seconds: float, look_at: Callable[[Frame], Sighting]) -> None:
        def seen() -> Seen:
            return seen_at_half(self._masks, frame, look_at, seconds)

        self._begun = frame, self._thread.submit(seen)
