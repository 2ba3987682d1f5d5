import numpy as np
import pytest

from nstcam.realtime.caption import fitted, text_width
from nstcam.realtime.display import hud
from nstcam.realtime.live.hotkeys import help_rows
from nstcam.realtime.meter import Reading
from tests.support.fakes.live import frame_of


@pytest.mark.parametrize("size", [(240, 320), (480, 640), (1080, 1920)])
def test_status_stays_in_its_strip(size: tuple[int, int]) -> None:
    frame = frame_of(90, *size)
    hud.draw(frame, hud.Status("A very long title of a painting, and its painter", "CUDA", Reading(29.97, 12.3)))
    touched = np.flatnonzero((frame != 90).any((1, 2)))
    assert touched.min() > 0.84 * size[0]
    assert frame.max() > 200, "letters are white"


def test_help_shows_every_row() -> None:
    rows = [("a", "first"), ("b", "second"), ("c", "third")]
    frames = []
    for count in range(len(rows) + 1):
        frame = frame_of(90, 480, 640)
        hud.draw(frame, hud.Status("x", "CPU", Reading(), help_rows=rows[:count]))
        frames.append((frame[:380] > 200).sum())
    assert frames[0] == 0
    assert frames == sorted(set(frames)), "each row adds letters"


@pytest.mark.parametrize("size", [(480, 640), (480, 854), (720, 1280)])
def test_all_keys_can_be_read(size: tuple[int, int]) -> None:
    height, width = size
    line = hud.help_line(help_rows(), hud.bottom_of(height, True), width)
    assert line >= height / 26, "about as large as the status"


def test_help_leaves_the_picture_visible() -> None:
    frame = frame_of(90, 480, 640)
    hud.draw(frame, hud.Status("x", "CPU", Reading(), help_rows=help_rows()))
    assert (frame[:400, 400:] == 90).all(), "beside the keys"


def test_long_texts_are_cut_to_the_room() -> None:
    text = fitted("a long text " * 20, 200, 20)
    assert text.endswith("...")
    assert text_width(text, 20) <= 200
    assert fitted("short", 200, 20) == "short"
