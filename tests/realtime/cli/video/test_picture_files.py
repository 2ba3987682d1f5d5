"""Tests nstcam image, and nstcam video with numbered pictures, as a user runs them."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.support.commands import run_nstcam_here as run
from tests.support.media.clips import quadrants


def test_images_in_a_folder(home: Path) -> None:
    for name in ("a.png", "b.jpg"):
        cv2.imwrite(str(home / "in" / name), quadrants())
    (home / "in" / "c.png").write_text("no picture")
    done = run(home, "image", "in", "-o", "out", "--style", "negative")
    assert done.returncode == 1
    assert {path.name for path in (home / "out").iterdir()} == {"a.png", "b.jpg"}
    assert "2 of 3 done, 1 failed" in done.stdout
    assert "in/c.png is not a picture" in done.stderr


def test_a_folder_of_pictures_of_many_kinds(home: Path) -> None:
    for name in ("a.gif", "a.jp2", "b.avif", "c.ppm"):
        encoded, data = cv2.imencode(Path(name).suffix, quadrants())
        assert encoded
        (home / "in" / name).write_bytes(data.tobytes())
    heic = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"
    for name in ("d.heic", "e.txt"):
        (home / "in" / name).write_bytes(heic)
    done = run(home, "image", "in", "-o", "out", "--style", "copy", "--device", "cpu")
    assert done.returncode == 0, done.stderr
    assert {path.name for path in (home / "out").iterdir()} == {"a.png", "a.jp2.png", "b.avif", "c.png"}
    assert done.stdout.splitlines()[-1] == "4 of 6 done, 2 ignored (1 HEIC, 1 TXT)"
    assert (
        "HEIC files are ignored; to read them: pip install 'nstcam[heic]', or convert HEIC to JPEG first" in done.stderr
    )
    done = run(home, "image", "in/d.heic", "out.png", "--style", "copy")
    assert done.returncode == 1
    assert (
        "in/d.heic is a HEIC file, which needs a package: pip install 'nstcam[heic]'; or convert HEIC to JPEG"
        in done.stderr
    )
    assert "damaged" not in done.stderr
    done = run(home, "video", "in/d.heic", "out.mp4", "--style", "copy")
    assert (done.returncode, "in/d.heic is a HEIC picture, not a video; convert HEIC" in done.stderr) == (1, True)
    (home / "phone").mkdir()
    (home / "phone" / "d.heic").write_bytes(heic)
    done = run(home, "image", "phone", "-o", "out", "--style", "copy")
    assert (done.returncode, "(it holds 1 HEIC); convert HEIC" in done.stderr) == (1, True)


def test_numbered_pictures_go_in_and_out(home: Path) -> None:
    for number in (1, 2, 3):
        cv2.imwrite(str(home / "in" / f"{number}.png"), quadrants())
    done = run(home, "video", "in", "out/%03d.png", "--fps", "24", "--style", "negative", "--steady", "0")
    assert (done.returncode, done.stdout.split(";")[0]) == (0, "out/%03d.png: 3 frames, 0.12 s, 64x48, no sound")
    written = [np.asarray(cv2.imread(str(path)), np.uint8) for path in sorted((home / "out").glob("*.png"))]
    assert len(written) == 3
    assert all(np.array_equal(255 - picture, quadrants()) for picture in written)
    again = run(home, "video", "in", "out/%03d.png", "--fps", "24", "--style", "negative", "--resume")
    assert (again.returncode, again.stdout) == (0, "out/%03d.png exists already\n")


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("out.mp4", "--fps", "fast"), "fast is not a frame rate"),
        (("out.mp4", "--matte", "plaid"), "plaid is not a colour"),
        (("%d.png", "--bits", "12"), "--bits 12 is not 8 or 16"),
        (("%d.jpg", "--bits", "16"), "--bits 16 is for numbered .png and .tif, not for %d.jpg"),
        (("out.mp4", "--max-size", "8MB"), "--max-size is for .gif, .apng and .webp, not for out.mp4"),
        (("out.gif", "--max-size", "8 megabytes"), "--max-size 8 megabytes is not a size"),
        (("out.gif", "--max-size", "0"), "--max-size 0 is not a size"),
        (("out.png",), "one picture is not a video; give numbered pictures, like out-%05d.png"),
        (("1.nstpart", "--segment", "1/2", "--fps", "25"), "--segment takes a video file, no pictures"),
    ],
)
def test_wrong_options_of_pictures_and_animations_are_refused(home: Path, arguments: tuple[str, ...], why: str) -> None:
    done = run(home, "video", "in.mp4", *arguments)
    assert done.returncode == 2
    assert why in done.stderr
    assert done.stderr.count("\n") == 1
