"""An OpenCV that remembers what it was asked to draw or show instead of doing it."""

from __future__ import annotations

from typing import Any

import cv2
import pytest


def opencv_calls(monkeypatch: pytest.MonkeyPatch, *names: str) -> list[Any]:
    """The calls of these functions from now on, in order: the name and all arguments but the first, the picture."""
    calls: list[Any] = []
    for name in names:
        monkeypatch.setattr(cv2, name, lambda *values, name=name: calls.append((name, *values[1:])))
    return calls
