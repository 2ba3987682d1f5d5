"""The styles that are open in a live session: what paints each, and what still paints while its fade goes on."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator
from typing import Final

from nstcam.realtime.engine import devices
from nstcam.realtime.style_files.style import Style
from nstcam.realtime.stylizing import Stylizing

BYTES_PER_STYLE: Final = 12_000_000
"""Memory of an open style on a CPU, measured with the bundled ones; frames add little, since sessions share it."""
BYTES_PER_PIXEL: Final = 200
"""Memory of a style on another device for each pixel of each size that it is warm for: a guess on the safe side."""


class OpenStyles:
    """Stylizers by the index of their style. A better one may take the place of another, which stays until its fade
    is over; recipes tell the two apart by their keys.

    Whoever changes it holds a lock of his own. `open`, which takes long, changes nothing.
    """

    def __init__(self, open_stylizer: Callable[[Style], Stylizing], tell: Callable[[str], None]) -> None:
        """None is open yet.

        Args:
            tell: called when frames of a style are slower than they could be, once for each reason.
        """
        self._open_stylizer, self._tell = open_stylizer, tell
        self._by_index: dict[int, Stylizing] = {}
        self._keys: dict[int, int] = {}
        """By index: what stands for a style in recipes, if that is not its index. Each that takes the place of another
        gets a key of its own, below 0, so that there is a fade between the two."""
        self._leaving: dict[int, Stylizing] = {}
        """By key: those whose place was taken."""
        self.sizes_hw: tuple[tuple[int, int], ...] = ()
        """What styles are warmed for: (height, width)."""

    def __contains__(self, index: object) -> bool:
        return index in self._by_index

    def __iter__(self) -> Iterator[int]:
        return iter(tuple(self._by_index))

    def __len__(self) -> int:
        return len(self._by_index)

    def __getitem__(self, index: int) -> Stylizing:
        return self._by_index[index]

    def get(self, index: int) -> Stylizing | None:
        """What paints that style; None if it is not open."""
        return self._by_index.get(index)

    def key_of(self, index: int) -> int:
        """What stands for that style in recipes."""
        return self._keys.get(index, index)

    def by_key(self, key: int) -> Stylizing:
        """What paints for a key in a recipe."""
        if key in self._leaving:
            return self._leaving[key]
        return self._by_index[next((index for index, its in self._keys.items() if its == key), key)]

    def open(self, style: Style) -> Stylizing:
        """Opens a style and warms it for all sizes, for `add` or `take_place`.

        Raises:
            NstError: it cannot be opened, or fails at its first frame.
        """
        stylizer = self._open_stylizer(style)
        try:
            self.warm(style, stylizer)
        except Exception:
            stylizer.close()
            raise
        return stylizer

    def warm(self, style: Style, stylizer: Stylizing) -> None:
        """Warms for all sizes; tells when frames of the style are slower than they could be."""
        before = stylizer.slower
        for size_hw in self.sizes_hw:
            stylizer.warm_up(*size_hw)
        if stylizer.slower and stylizer.slower != before:
            self._tell(f"{style.name} is slower: {stylizer.slower}")

    def add(self, index: int, stylizer: Stylizing) -> None:
        """From now on that style is open."""
        self._by_index[index] = stylizer

    def take_place(self, index: int, stylizer: Stylizing) -> None:
        """From now on this paints that style, which is open; what did until now stays under its key."""
        self._leaving[self.key_of(index)] = self._by_index[index]
        self._keys[index] = min((0, *self._keys.values())) - 1
        self._by_index[index] = stylizer

    def take_left(self, needed: Container[int]) -> list[Stylizing]:
        """Those whose place was taken and whose keys are not needed any more; they are to be closed."""
        return [self._leaving.pop(key) for key in tuple(self._leaving) if key not in needed]

    def bytes_each(self, device: str) -> float:
        """What an open style takes on a device of that name, by estimate."""
        if device == devices.CPU.title:
            return BYTES_PER_STYLE
        return max(BYTES_PER_PIXEL * sum(height * width for height, width in self.sizes_hw), 1)

    def close(self) -> None:
        """Frees all of them."""
        for stylizer in (*self._by_index.values(), *self._leaving.values()):
            stylizer.close()
        self._by_index.clear()
        self._leaving.clear()
