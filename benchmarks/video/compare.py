"""Checks with ffprobe, stream by stream, what nstcam video preserves of the videos in a folder.

    python -m benchmarks.video.compare FOLDER [--output-dir OUT] [--style starry] [--stroke-scale 2] [--json FILE]

Runs nstcam video over the folder (files that already have an output are only compared), then prints a line for each
stream: what it was, what it is, and what differs, if anything. Needs ffprobe. Exits with 1 if anything differs that
nstcam promises to preserve: size on the screen, frames, their times, sound, subtitles, chapters.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from nstcam.realtime.video.reading.formats import FORMATS


@dataclass(frozen=True)
class Line:
    """A row of the table; `wrong` is empty if everything was preserved."""

    file: str
    stream: str
    before: str
    after: str
    wrong: str


def probe(path: Path) -> dict[str, Any]:
    """The file's format, chapters and streams, with the times of frames (video) or the hashes of packets (others)."""
    ask = ["ffprobe", "-v", "error", "-of", "json", "-show_streams", "-show_chapters", "-show_format", str(path)]
    known: dict[str, Any] = json.loads(subprocess.run(ask, check=True, capture_output=True).stdout)
    frames = ["ffprobe", "-v", "error", "-of", "json", "-show_entries", "frame=pts_time,best_effort_timestamp_time"]
    packets = ["ffprobe", "-v", "error", "-of", "json", "-show_data_hash", "md5", "-show_entries"]
    for stream in known["streams"]:
        of_stream = ["-select_streams", str(stream["index"]), str(path)]
        if stream["codec_type"] == "video":
            seen = json.loads(subprocess.run([*frames, *of_stream], check=True, capture_output=True).stdout)["frames"]
            stream["times"] = [
                float(f["best_effort_timestamp_time"]) for f in seen if "best_effort_timestamp_time" in f
            ]
        else:
            entries = "packet=pts_time,duration_time,data_hash"
            seen = json.loads(subprocess.run([*packets, entries, *of_stream], check=True, capture_output=True).stdout)
            stream["packets"] = seen["packets"]
    return known


def compare(source: Path, target: Path) -> list[Line]:
    before, after = probe(source), probe(target)
    origin = max(float(before["format"].get("start_time", 0)), 0.0)
    lines = []
    for kind in ("video", "audio", "subtitle"):
        was = [s for s in before["streams"] if s["codec_type"] == kind and not s["disposition"]["attached_pic"]]
        now = [s for s in after["streams"] if s["codec_type"] == kind]
        was = was[:1] if kind == "video" else was
        for number in range(max(len(was), len(now))):
            name = f"{kind} {number}"
            if number >= len(now) or number >= len(was):
                sides = [describe(s[number]) if number < len(s) else "-" for s in (was, now)]
                lines.append(Line(source.name, name, *sides, "lost" if sides[1] == "-" else "new"))
                continue
            check = differs_video if kind == "video" else differs_other
            wrong = "; ".join(check(was[number], now[number], origin))
            lines.append(Line(source.name, name, describe(was[number]), describe(now[number]), wrong))
    chapters = [len(side["chapters"]) for side in (before, after)]
    if any(chapters):
        wrong = "" if chapters[0] == chapters[1] else "another number"
        lines.append(Line(source.name, "chapters", str(chapters[0]), str(chapters[1]), wrong))
    return lines


def describe(stream: dict[str, Any]) -> str:
    if stream["codec_type"] != "video":
        span = f"{end_of(stream):.3f} s, {len(stream['packets'])} packets"
        return f"{stream['codec_name']} {stream.get('sample_rate', '')} {span}".replace("  ", " ")
    width, height = size_on_screen(stream)
    colours = "/".join(stream.get(f"color_{part}", "-") for part in ("range", "space", "primaries", "transfer"))
    rate = Fraction(stream["avg_frame_rate"].replace("/0", "/1"))
    span = f"{len(stream['times'])} frames to {stream['times'][-1]:.3f} s"
    return f"{stream['codec_name']} {stream['pix_fmt']} {width}x{height} {float(rate):.3f} fps {span} {colours}"


def size_on_screen(stream: dict[str, Any]) -> tuple[int, int]:
    turns = [abs(round(float(side.get("rotation", 0)))) for side in stream.get("side_data_list", [])]
    size = stream["width"], stream["height"]
    return (size[1], size[0]) if any(turn % 180 == 90 for turn in turns) else size


def differs_video(was: dict[str, Any], now: dict[str, Any], origin: float) -> list[str]:
    wrong = []
    if size_on_screen(was) != size_on_screen(now) or any("rotation" in s for s in now.get("side_data_list", [])):
        wrong.append("size or rotation")
    if len(was["times"]) != len(now["times"]):
        wrong.append(f"{len(now['times']) - len(was['times'])} frames")
    else:
        away = max(abs(a - origin - b) for a, b in zip(was["times"], now["times"], strict=True))
        if away > 0.0015:  # Matroska rounds both to milliseconds
            wrong.append(f"times are {1000 * away:.1f} ms off")
    aspects = [Fraction(s.get("sample_aspect_ratio", "1:1").replace(":", "/").replace("0/1", "1")) for s in (was, now)]
    turned = size_on_screen(was) != (was["width"], was["height"])
    if (1 / aspects[0] if turned else aspects[0]) != aspects[1]:
        wrong.append("pixel aspect")
    if (now.get("color_range"), now.get("color_space"), now.get("color_primaries")) != ("tv", "bt709", "bt709"):
        wrong.append("colours are not tagged BT.709")
    return wrong


def differs_other(was: dict[str, Any], now: dict[str, Any], origin: float) -> list[str]:
    if was["codec_name"] != now["codec_name"]:
        late = abs(end_of(was) - origin - end_of(now))
        return (
            [f"ends {1000 * late:.0f} ms apart"] if late > 0.1 else []
        )  # encoded again: its packets have another length
    hashes = [[packet["data_hash"] for packet in stream["packets"]] for stream in (was, now)]
    if hashes[0] != hashes[1]:
        return [f"{len(set(hashes[0]) - set(hashes[1]))} packets differ or are lost"]
    away = max(abs(float(a["pts_time"]) - origin - float(b["pts_time"])) for a, b in
               zip(was["packets"], now["packets"], strict=True))  # fmt: skip
    return [f"times are {1000 * away:.1f} ms off"] if away > 0.0015 else []


def end_of(stream: dict[str, Any]) -> float:
    last = stream["packets"][-1]
    return float(last["pts_time"]) + float(last.get("duration_time", 0))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--output-dir", type=Path)
    parser.add_argument("--style", default="starry")
    parser.add_argument("--stroke-scale", default="2")
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        out = asked.output_dir or Path(name)
        command = ["video", str(asked.folder), "--output-dir", str(out), "--style", asked.style, "--resume"]
        subprocess.run(
            [sys.executable, "-m", "nstcam.realtime.cli.app", *command, "--stroke-scale", asked.stroke_scale],
            check=False,
            stdout=2,
        )
        lines: list[Line] = []
        for source in sorted(path for path in asked.folder.iterdir() if path.suffix.lower() in FORMATS):
            if (out / source.name).exists():
                lines += compare(source, out / source.name)
            else:
                lines.append(Line(source.name, "all", "-", "-", "refused"))
    print("| file | stream | before | after | differs |\n|---|---|---|---|---|")
    for line in lines:
        print(f"| {line.file} | {line.stream} | {line.before} | {line.after} | {line.wrong or 'no'} |")
    if asked.json:
        asked.json.write_text(json.dumps([vars(line) for line in lines], indent=1))
    if any(line.wrong for line in lines):
        sys.exit(1)


if __name__ == "__main__":
    main()
