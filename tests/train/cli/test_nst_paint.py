"""Tests nst-paint as a user runs it, with a random loss network."""

from pathlib import Path

import av
import numpy as np
import pytest

from nstcam.train.cli.paint_layers import PRESETS, default_style_layers, parse_layers
from nstcam.train.cli.paint_options import parse_mix
from nstcam.train.loss.losses import STYLE_WEIGHTS
from nstcam.train.paint import run
from nstcam.train.picture import read_rgb
from tests.support.training.paint_folder import SHORT, PaintFolder


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> PaintFolder:
    return PaintFolder(tmp_path, monkeypatch, capsys)


def test_a_picture_is_painted(command: PaintFolder) -> None:
    code, out, error = command.run("content.png", "style.png", "--output", "out.png", *SHORT)
    assert (code, command.names()) == (0, {"out.png"})
    assert out.startswith("out.png: 48x38, loss ")
    assert "6 evaluations" in out
    assert "48x38; about 0." in error, "said beforehand"
    assert read_rgb(command.folder / "out.png").shape == (38, 48, 3)


def test_without_a_size_it_is_the_contents(command: PaintFolder) -> None:
    assert command.run("content.png", "style.png", "-o", "out.webp", "--evaluations", "1")[0] == 0
    assert read_rgb(command.folder / "out.webp").shape == (64, 80, 3)


def test_intermediate_pictures_and_a_film(command: PaintFolder) -> None:
    code, _, _ = command.run("content.png", "style.png", "-o", "out.jpg", "--every", "2", "--film", "f.mp4", *SHORT)
    assert code == 0
    assert command.names() == {"out.jpg", "out-00002.jpg", "out-00004.jpg", "out-00006.jpg", "f.mp4"}
    with av.open(str(command.folder / "f.mp4")) as container:
        assert sum(1 for _ in container.decode(video=0)) == 6 + 50


def test_intermediate_pictures_replace_no_other_file(command: PaintFolder) -> None:
    content = (command.folder / "content.png").read_bytes()
    (command.folder / "q-00002.png").write_bytes(content)
    arguments = ("style.png", "-o", "q.png", "--every", "2", *SHORT)
    for more in ((), ("--overwrite",)):
        code, _, error = command.run("q-00002.png", *arguments, *more)
        assert (code, error) == (
            2,
            "nst-paint: --every would overwrite the source q-00002.png; choose an --output other than q.png\n",
        )
    code, _, error = command.run("content.png", *arguments)
    assert (code, error) == (
        1,
        "nst-paint: q-00002.png exists already, and --every may write it; choose another name or add --overwrite\n",
    )
    assert (command.folder / "q-00002.png").read_bytes() == content
    assert command.run("content.png", *arguments, "--overwrite")[0] == 0
    assert (command.folder / "q-00002.png").read_bytes() != content


def test_one_weight_of_0_needs_one_picture(command: PaintFolder) -> None:
    texture = command.paint("style.png", "--content-weight", "0")
    assert np.array_equal(texture, command.paint("content.png", "style.png", "--content-weight", "0"))
    reconstruction = command.paint("content.png", "--style-weight", "0", "--content-layers", "relu1_1")
    assert reconstruction.shape == texture.shape


@pytest.mark.slow
def test_the_options_reach_the_picture(command: PaintFolder) -> None:
    """Each of them paints another picture."""
    variants: list[tuple[str, ...]] = [
        (),
        ("--style-weight", "5"),
        ("--style-scale", "0.5"),
        ("--style-layers", "relu1_1,relu2_1:3"),
        ("--content-layers", "relu1_2"),
        ("--pooling", "average"),
        ("--loss", "wasserstein"),
        ("--loss", "johnson"),
        ("--loss", "gatys", "--style-weight", "0.001"),
        ("--tv-weight", "50"),
        ("--tone-weight", "50"),
        ("--init", "noise"),
        ("--init", "noise", "--seed", "1"),
        ("--init", "blend"),
        ("--init", "blend", "--noise-share", "0.2"),
        ("--optimizer", "adam"),
        ("--optimizer", "adam", "--learning-rate", "0.1"),
        ("--keep-colors",),
    ]
    commands = [("style.png", *v) for v in variants]
    commands += [("style.png", "other.png"), ("style.png", "other.png", "--mix", "3,1")]
    seen: dict[bytes, tuple[str, ...]] = {}
    for arguments in commands:
        picture = command.paint("content.png", *arguments).tobytes()
        assert picture not in seen, f"{arguments} paints the same as {seen[picture]}"
        seen[picture] = arguments


def test_preset_gatys_is_the_papers(command: PaintFolder) -> None:
    code, _, error = command.run("content.png", "style.png", "-o", "out.png", "--preset", "gatys", *SHORT)
    assert command.poolings == ["average"]
    assert (code, error.splitlines()[-1].startswith("nst-paint: the loss network has no layer relu5_1")) == (2, True)
    layers = default_style_layers(PRESETS["gatys"], "gatys")
    assert dict(layers) == {f"relu{i}_1": pytest.approx(0.2) for i in range(1, 6)}


def test_layers_of_the_presets_weigh_as_their_papers_say() -> None:
    for preset in PRESETS.values():
        assert list(preset.content_layers.values()) == [1], "--content-weight alone weighs the content"
        assert default_style_layers(preset, "relative") == preset.style_layers
    assert default_style_layers(PRESETS["johnson"], "johnson") == dict.fromkeys(STYLE_WEIGHTS, 1)


def test_styles_count_the_same_unless_mixed() -> None:
    assert parse_mix(None, 3) == [1, 1, 1]
    assert parse_mix("2,1", 2) == [2, 1]


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["missing.png", "style.png"], 1, "picture missing.png not found"),
        (["text.png", "style.png"], 1, "text.png is not a picture that can be read"),
        (["empty.png", "style.png"], 1, "empty.png is empty (0 bytes)"),
        (["content.png", "dot.png"], 1, "dot.png is 1x1; at least 32x32 pixels are needed"),
        (["strip.png", "style.png", "--size", "200"], 1, "the picture would be 200x16, and must be at least 32x32"),
        (["content.png", "style.png", "--style-layers", "relu9_1"], 2, "no layer relu9_1; it has relu1_1"),
        (["content.png", "style.png", "-o", "out.xyz"], 2, "out.xyz: its name must end in one of .png"),
        (["content.png", "style.png", "-o", "no/out.png"], 1, "folder no does not exist; create it first"),
        (["content.png", "style.png", "-o", "style.png"], 2, "style.png: it is one of the sources"),
        (["content.png", "style.png", "-o", "text.png"], 1, "text.png exists already"),
        (["content.png", "style.png", "--film", "f.avi"], 2, "f.avi: its name must end in .mp4 or .gif"),
        (["content.png", "style.png", "--resume"], 1, "out.png has no interrupted run; leave out --resume"),
        (["content.png"], 2, "content.png is the content, and no style is given"),
        (["content.png", "style.png", "--mix", "1,2"], 2, "mix 1,2 does not fit 1 styles"),
        (["content.png", "style.png", "--style-layers", "relu1_1:x"], 2, "layer relu1_1:x: its weight must be"),
        (["content.png", "style.png", "--content-weight", "0", "--style-weight", "0"], 2, "nothing is left to paint"),
        (["content.png", "style.png", "--tile", "200"], 2, "--tile 200 is not a multiple of 16; use --tile 192"),
    ],
)
def test_bad_input_is_one_clear_line(command: PaintFolder, arguments: list[str], code: int, message: str) -> None:
    (command.folder / "text.png").write_text("no picture")
    (command.folder / "empty.png").write_bytes(b"")
    command.save("dot.png", np.zeros((1, 1, 3), np.uint8))
    command.save("strip.png", np.zeros((40, 500, 3), np.uint8))
    before = {p: p.read_bytes() for p in command.folder.iterdir()}
    output = () if "-o" in arguments else ("-o", "out.png")
    found, out, error = command.run(*arguments, *output)
    assert (found, out) == (code, "")
    assert message in " ".join(error.replace("│", " ").split())
    assert "Traceback" not in error
    assert {p: p.read_bytes() for p in command.folder.iterdir() if p.is_file()} == before


def test_what_does_not_fit_into_memory_is_refused(command: PaintFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "available_bytes", lambda _: int(0.9e9))
    code, _, error = command.run("content.png", "style.png", "-o", "out.png", "--size", "2048")
    assert code == 1
    assert error.startswith("nst-paint: 2048x1638 needs about ")
    assert "and 0.9 GB are available; use --size " in error
    assert "or --tile 320" in error
    assert len(error.splitlines()) == 1
    assert command.names() == set()
    monkeypatch.setattr(run, "available_bytes", lambda _: 1)
    command.save("square.png", np.zeros((640, 640, 3), np.uint8))
    code, _, error = command.run("square.png", "style.png", "-o", "out.png", "--size", "640")
    assert error.endswith(" are available; close other programs\n"), "a smaller tile would not help"


def test_where_memory_is_not_known_it_is_said_and_painted(
    command: PaintFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "available_bytes", lambda _: None)
    code, _, error = command.run("content.png", "style.png", "-o", "out.png", *SHORT)
    assert code == 0
    assert "GB of memory\n" in error


def test_content_equal_to_style_is_painted(command: PaintFolder) -> None:
    code, _, error = command.run("content.png", "content.png", "-o", "out.png", "--evaluations", "6")
    assert code == 0, error
    same = read_rgb(command.folder / "out.png")
    assert np.abs(same.astype(int) - read_rgb(command.folder / "content.png")).mean() < 1


def test_layers_with_weights() -> None:
    assert parse_layers("relu1_1, relu2_2:0.5") == {"relu1_1": 1.0, "relu2_2": 0.5}
    assert parse_layers(None) is None
