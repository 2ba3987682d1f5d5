"""The progress line of nst-train and nst-paint."""

from __future__ import annotations

import pytest
from rich.console import Console

from train.console import progress_bar


@pytest.mark.parametrize("name", ["wave", "the-garden-of-earthly-delights"])
@pytest.mark.parametrize("width", [80, 120])
def test_a_narrow_terminal_shows_how_far_it_is_and_how_long_it_takes(name: str, width: int) -> None:
    bar = progress_bar()
    bar.add_task(name, total=10, completed=7, figures="step 1000  content 0.58  style 1.81  0.50 s/step")
    console = Console(width=width)
    with console.capture() as shown:
        console.print(bar.get_renderable())
    for part in (name[:10], " 70% ", " -:--:-- ", "step 1000  content 0.58  style 1.81"):
        assert part in shown.get()
