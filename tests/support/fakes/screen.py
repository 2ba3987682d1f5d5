"""A fake of mss, the package that reads the screen."""

from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import Any, Final

import numpy as np
import pytest

MONITORS: Final = [
    {"left": 0, "top": 0, "width": 300, "height": 100},
    {"left": 0, "top": 0, "width": 200, "height": 100},
    {"left": 200, "top": 0, "width": 100, "height": 80},
]


class FakeScreenShotError(Exception):
    pass


class FakeMSS:
    """mss.MSS for a desktop whose pixels encode their position: blue is x, green is y."""

    error: FakeScreenShotError | None = None
    monitors = MONITORS

    def __enter__(self) -> FakeMSS:
        if self.error:
            raise self.error
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def grab(self, box: dict[str, int]) -> np.ndarray[Any, Any]:
        y, x = np.mgrid[: box["height"], : box["width"]]
        y, x = y + box["top"], x + box["left"]
        return np.stack([x, y, np.full_like(x, 7), np.full_like(x, 255)], axis=-1).astype(np.uint8)


def install_fake_mss(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes `import mss` import the fake."""
    monkeypatch.setitem(sys.modules, "mss", SimpleNamespace(MSS=FakeMSS, ScreenShotError=FakeScreenShotError))
