"""The commands that train the gallery."""

from pathlib import Path

from nstcam.realtime.style_files.contract import INT8_SUFFIX
from nstcam.realtime.style_files.library import ORDER
from nstcam.realtime.style_files.style import BUNDLED_STYLES
from nstcam.train.network.checkpoint import WARM_STARTS
from scripts.train_gallery import GALLERY, command


def test_each_style_is_trained_from_nothing_unless_told_otherwise(tmp_path: Path) -> None:
    for style in GALLERY:
        words = command(style, Path("paintings"), Path("photos"), tmp_path / style.name, ["--steps", "9"])
        assert words[words.index("--init") + 1] == "none"
        assert words[words.index("--steps") + 1] == "4000"
        assert words[-2:] == ["--steps", "9"], "the last one counts"
        assert words[words.index("--name") + 1] == style.name


def test_the_gallery_is_what_is_bundled_in_the_order_of_lists() -> None:
    assert tuple(style.name for style in GALLERY) == ORDER
    files = {path.name for path in BUNDLED_STYLES.glob("*.onnx")}
    assert files == {f"{name}{suffix}" for name in ORDER for suffix in (".onnx", INT8_SUFFIX)}
    assert {path.stem for path in WARM_STARTS.glob("*.pt")} == set(ORDER)


def test_a_run_that_is_there_goes_on(tmp_path: Path) -> None:
    (tmp_path / "checkpoint.pt").touch()
    words = command(GALLERY[0], Path("paintings"), Path("photos"), tmp_path, ["--steps", "9"])
    assert words[-3:] == ["--resume", "--run", str(tmp_path)], "with its own settings"
