"""People told from the background in live frames, by a network that runs beside the style's."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor

from nstcam.realtime.effects.look import Look
from nstcam.realtime.frame import Frame
from nstcam.realtime.people.masks import Masks
from nstcam.realtime.people.network import Sighting, Sightings, sighting
from nstcam.realtime.people.scene import Backdrop, Scene


class LivePeople:
    """Puts what was painted and what was not together. All calls come from one thread."""

    def __init__(self, backdrop: Backdrop | None = None) -> None:
        """`backdrop` is the picture to stand behind people, if there is one."""
        self._backdrop = backdrop
        self._masks, self._sightings = Masks(), Sightings()
        self._thread = ThreadPoolExecutor(1, "people")
        self._begun: tuple[Frame, Future[Sighting]] | None = None

    @property
    def settled(self) -> bool:
        """Whether the same frame again would change nothing, now or later."""
        return self._masks.settled

    def begin(self, frame: Frame) -> None:
        """Looks for people in the frame, in a thread of its own."""
        self._begun = frame, self._thread.submit(self._sightings.of, frame)

    def forget(self) -> None:
        """Forgets the frames before: people are no longer asked for, or another picture begins."""
        self._begun = None
        self._masks.reset()

    def together(self, painted: Frame, original: Frame, look: Look, second: Frame | None, seconds: float) -> Frame:
        """The picture to show, see Scene.together.

        Args:
            seconds: when the frame was taken.
        """
        frame, future = self._begun or (None, None)
        found = future.result() if future is not None and frame is original else sighting(original)
        self._begun = None
        scene = Scene(look.paint, look.background, self._backdrop)
        return scene.together(painted, original, self._masks.take(original, found, seconds), second)
