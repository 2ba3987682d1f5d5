"""Which test files show whether a module does what it should."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

FOLDERS: Final = ("realtime", "train", "export", "media")

_VIDEO: Final = tuple(
    f"tests/realtime/video/{path}.py"
    for path in (
        "test_convert",
        "reading/test_reader",
        "reading/test_frame_times",
        "encoding/test_tracks",
        "test_pictures",
    )
)
_COMMAND: Final = ("tests/realtime/cli/test_app.py",)
_TRAINING: Final = (
    "tests/train/cli/test_nst_train.py",
    "tests/train/cli/test_starts.py",
    "tests/train/fit/test_loop.py",
)
EXTRAS: Final[dict[str, tuple[str, ...]]] = {
    "export/cli/nst_eval.py": ("tests/export/evaluate/test_nst_eval.py",),
    "export/cli/nst_export.py": ("tests/export/convert/test_foreign.py", "tests/export/convert/test_exporter.py"),
    "export/convert/frame_cells.py": ("tests/export/convert/test_exporter.py",),
    "export/convert/graph.py": ("tests/export/convert/test_exporter.py",),
    "media/size_limit.py": ("tests/realtime/test_strangers.py",),
    "media/video_tracks.py": ("tests/realtime/video/reading/test_choice.py",),
    "media/stated_size.py": ("tests/realtime/test_strangers.py",),
    "realtime/capture/clip_sound.py": ("tests/realtime/output/test_sound_track.py",),
    "realtime/capture/newest.py": ("tests/realtime/capture/test_sources.py",),
    "realtime/cli/app.py": ("tests/realtime/cli/options/test_common.py",),
    "realtime/cli/bench.py": ("tests/realtime/checkup/test_bench.py",),
    "realtime/cli/video/checks.py": (
        "tests/realtime/cli/video/test_texts.py",
        "tests/realtime/cli/video/test_command.py",
        "tests/realtime/cli/options/test_scene.py",
        "tests/realtime/cli/video/test_cluster_options.py",
        "tests/realtime/cli/video/test_picture_files.py",
    ),
    "realtime/cli/video/convert_files.py": (
        "tests/realtime/cli/video/test_command.py",
        "tests/realtime/cli/video/test_picture_files.py",
        "tests/realtime/picture/test_style_sheet.py",
    ),
    "realtime/cli/video/job_report.py": ("tests/realtime/cli/video/test_picture_files.py",),
    "realtime/cli/live/start.py": (
        *_COMMAND,
        "tests/realtime/cli/live/test_without_window.py",
        "tests/realtime/live/test_settings.py",
    ),
    "realtime/cli/running/opening.py": _COMMAND,
    "realtime/cli/running/opencv_settings.py": _COMMAND,
    "realtime/cli/options/usage.py": _COMMAND,
    "realtime/cluster/pictures.py": ("tests/realtime/cli/video/test_cluster_files.py",),
    "realtime/display/hud.py": ("tests/realtime/display/test_hud_layout.py", "tests/realtime/live/test_preview.py"),
    "realtime/engine/cores.py": ("tests/realtime/engine/test_stylizer.py",),
    "realtime/live/control/commands.py": ("tests/realtime/live/test_lessons.py",),
    "realtime/live/control/lines.py": ("tests/realtime/live/control/test_port.py",),
    "realtime/live/control/status.py": ("tests/realtime/live/control/test_commands.py",),
    "realtime/live/control/answers.py": ("tests/realtime/live/control/test_commands.py",),
    "realtime/live/keys.py": ("tests/realtime/live/test_session.py", "tests/realtime/live/test_painting_size.py"),
    "realtime/live/choosing/mixture.py": (
        "tests/realtime/live/choosing/test_fade_and_mix.py",
        "tests/realtime/live/test_session.py",
    ),
    "realtime/output/sender.py": ("tests/realtime/output/test_stream.py",),
    "realtime/output/stream_sender.py": ("tests/realtime/output/test_stream.py",),
    "realtime/page/guard.py": ("tests/realtime/page/test_live_page.py",),
    "realtime/page/server.py": ("tests/realtime/page/test_own_certificate.py", "tests/realtime/page/test_live_page.py"),
    "realtime/page/state.py": ("tests/realtime/page/test_live_page.py",),
    "realtime/page/visitors/visitor.py": ("tests/realtime/page/visitors/test_visitors_page.py",),
    "realtime/video/encoding/tracks.py": ("tests/realtime/video/test_convert_sound.py",),
    "realtime/video/from_python.py": ("tests/test_python_interface.py",),
    "realtime/video/journal.py": ("tests/realtime/video/test_damaged_parts.py",),
    "realtime/video/places.py": ("tests/realtime/video/reading/test_sequence.py",),
    "realtime/video/reading/deinterlace.py": _VIDEO,
    "realtime/video/reading/formats.py": _VIDEO,
    "realtime/video/reading/reader.py": ("tests/realtime/video/encoding/test_tracks.py",),
    "realtime/video/reading/timestamps.py": (*_VIDEO, "tests/realtime/video/test_contact_sheet.py"),
    "realtime/video/reading/upright.py": _VIDEO,
    "realtime/video/reading/streams.py": ("tests/realtime/video/reading/test_reader.py",),
    "realtime/video/run_encoding.py": (
        "tests/realtime/video/test_convert.py",
        "tests/realtime/video/test_alpha_kept.py",
        "tests/realtime/video/test_damaged_parts.py",
        "tests/realtime/video/test_pictures_resume.py",
        "tests/realtime/video/reading/test_sequence.py",
    ),
    "realtime/video/timeline.py": ("tests/realtime/effects/test_blend.py",),
    "realtime/video/writer.py": _VIDEO,
    "train/cli/exit_codes.py": _TRAINING,
    "train/cli/on_cluster.py": ("tests/train/cluster/test_styles.py",),
    "train/cli/start_training.py": ("tests/train/cli/test_starts.py",),
    "train/cli/entry.py": ("tests/journeys/test_entry.py",),
    "train/content/signatures.py": ("tests/train/content/test_sources.py",),
    "train/files.py": ("tests/train/test_run_lock.py",),
    "train/fit/run.py": _TRAINING,
    "train/fit/run_folder.py": _TRAINING,
    "train/network/norms.py": _TRAINING,
    "train/network/shared_norm.py": ("tests/train/fit/test_processes.py",),
    "train/processes.py": ("tests/train/fit/test_processes.py",),
    "train/paint/run.py": ("tests/train/cli/test_nst_paint.py",),
    "train/paint/memory.py": ("tests/train/cli/test_nst_paint.py",),
}
"""Module -> tests of it that neither bear its name nor lie beside it."""


def modules(root: Path, only: Sequence[str] = ()) -> Iterator[str]:
    """Paths of the modules below the paths `only`, or all."""
    for folder in FOLDERS:
        for file in sorted((root / folder).rglob("*.py")):
            path = file.relative_to(root).as_posix()
            if not only or any(path == o or path.startswith(o.rstrip("/") + "/") for o in only):
                yield path


def tests_of(path: str, root: Path) -> list[str]:
    """The test file of the module's own name, those beside it that import the module, and what EXTRAS adds.

    Where these are none, all that import it; where none does, the tests of the modules that import it, and so on.
    Paths are relative to the repository `root`; empty where nothing imports the module.
    """
    seen = {path}
    near = [path]
    while near:
        found = [test for module in near for test in _own_tests(module, root)]
        if found:
            return list(dict.fromkeys(found))
        near = [user for user in modules(root) if user not in seen and any(_imports(root / user, m) for m in near)]
        seen.update(near)
    return []


def _own_tests(path: str, root: Path) -> list[str]:
    own = Path("tests", Path(path).parent, f"test_{Path(path).stem}.py").as_posix()
    files = sorted((root / "tests").rglob("test_*.py"))
    importing = [file.relative_to(root).as_posix() for file in files if _imports(file, path)]
    beside = [file for file in importing if Path(file).parent == Path(own).parent]
    chosen = [file for file in dict.fromkeys([own, *beside, *EXTRAS.get(path, ())]) if (root / file).is_file()]
    return chosen or importing


def _imports(file: Path, module: str) -> bool:
    """Whether a file imports the module of that path, or names something in it in a string, as monkeypatch wants."""
    dotted = "nstcam." + ".".join(Path(module).with_suffix("").parts)
    package, _, name = dotted.removesuffix(".__init__").rpartition(".")
    dotted = f"{package}.{name}"
    imports = (
        rf"^\s*(from {re.escape(dotted)} import|import {re.escape(dotted)}\b)"
        rf"|^\s*from {re.escape(package)} import .*\b{name}\b"
        rf"|[\"']{re.escape(dotted)}\."
    )
    return re.search(imports, file.read_text("utf-8"), re.MULTILINE) is not None
