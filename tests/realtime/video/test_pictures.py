"""Tests videos that are not plain SDR of one size: HDR, interlaced, changing sizes, missing times."""

from __future__ import annotations

import logging
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from av.video.stream import VideoStream

from nstcam.realtime.frame import Frame
from nstcam.realtime.video.reading import tonemap
from nstcam.realtime.video.reading.reader import VideoReader
from tests.support.media.clips import corner_names, quadrants, write_clip

PQ, HLG, BT2020 = 16, 18, 9


def write_hdr(path: Path, light: tuple[float, float, float], trc: int) -> Path:
    """One colour, 10 bits, BT.2020; `light` is RGB in cd/m2 for PQ, the signal for HLG."""
    signal = tonemap.nits_to_pq(np.array(light)) if trc == PQ else np.array(light)
    y = float(signal @ (0.2627, 0.6780, 0.0593))
    cb, cr = (signal[2] - y) / 1.8814, (signal[0] - y) / 1.4746
    codes = [round(876 * y + 64), round(896 * cb + 512), round(896 * cr + 512)]
    with av.open(str(path), "w") as out:
        video = out.add_stream("libx265", rate=25, options={"x265-params": "log-level=none:lossless=1"})
        assert isinstance(video, VideoStream)
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p10le"
        context = video.codec_context
        context.color_range, context.colorspace, context.color_primaries, context.color_trc = 1, BT2020, BT2020, trc
        frame = av.VideoFrame(64, 48, "yuv420p10le")
        for plane, code in zip(frame.planes, codes, strict=True):
            plane.update(np.full(plane.buffer_size // 2, code, "<u2").tobytes())
        frame.pts, frame.time_base = 0, Fraction(1, 25)
        frame.color_range, frame.colorspace, frame.color_primaries, frame.color_trc = 1, BT2020, BT2020, trc
        out.mux(video.encode(frame))
        out.mux(video.encode(None))
    return path


def first(path: Path) -> Frame:
    with VideoReader(path) as reader:
        return next(iter(reader)).frame


@pytest.mark.parametrize(
    ("light", "bgr"),
    [
        ((0, 0, 0), (0, 0, 0)),
        ((50, 50, 50), (142, 142, 142)),  # 255 (50 / 203) ** (1 / 2.4)
        ((1000, 1000, 1000), (255, 255, 255)),
        ((4000, 4000, 4000), (255, 255, 255)),
        # BT.709 red of 50 cd/m2 in BT.2020 light (BT.2087)
        ((50 * 0.6274, 50 * 0.0691, 50 * 0.0164), (0, 0, 142)),
    ],
)
def test_pq_becomes_sdr(
    tmp_path: Path, light: tuple[float, float, float], bgr: tuple[int, int, int], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        pixel = first(write_hdr(tmp_path / "hdr.mkv", light, PQ))[24, 32]
    assert np.abs(pixel.astype(int) - bgr).max() <= (14 if min(bgr) == 0 < max(bgr) else 2)  # near black codes are few
    assert caplog.text.count("HDR") == 1


def test_hlg_becomes_sdr(tmp_path: Path) -> None:
    grey = 0.5  # scene light 1/12, on a display of 1000 cd/m2: 1000 (1/12) ** 1.2 = 50.7
    pixel = first(write_hdr(tmp_path / "hlg.mkv", (grey, grey, grey), HLG))[24, 32]
    assert np.abs(pixel.astype(int) - 143).max() <= 2
    assert first(write_hdr(tmp_path / "white.mkv", (1, 1, 1), HLG))[24, 32].tolist() == [255, 255, 255]


def test_highlights_are_compressed_in_order() -> None:
    nits = np.linspace(0, 1000, 200)
    out = tonemap.compress(nits)
    assert np.allclose(out[nits < 90], nits[nits < 90], rtol=1e-6)
    assert all(darker < lighter for darker, lighter in pairwise(out))
    assert out[-1] == pytest.approx(tonemap.SDR_WHITE)


def test_interlaced_video_loses_its_comb(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A white bar that moves 8 px a field: the two fields of a frame show it in two places."""
    clip = tmp_path / "interlaced.mkv"
    with av.open(str(clip), "w") as out:
        video = out.add_stream("libx264", rate=25, options={"qp": "4", "flags": "+ildct+ilme", "x264-params": "tff=1"})
        assert isinstance(video, VideoStream)
        video.width, video.height, video.pix_fmt = 128, 64, "yuv420p"
        for index in range(8):
            grey = np.zeros((64, 128, 3), np.uint8)
            for field in (0, 1):
                left = 10 + 8 * (2 * index + field) % 100
                grey[field::2, left : left + 8] = 255
            frame = av.VideoFrame.from_ndarray(grey, "bgr24").reformat(format="yuv420p")
            frame.pts, frame.time_base = index, Fraction(1, 25)
            out.mux(video.encode(frame))
        out.mux(video.encode(None))

    with caplog.at_level(logging.WARNING), VideoReader(clip) as reader:
        frames = list(reader)
        times = [timed.pts * reader.time_base for timed in frames]

    assert times == [Fraction(index, 25) for index in range(8)]
    assert caplog.text.count("is deinterlaced") == 1
    middle = frames[4].frame[:, :, 1].astype(int)
    comb = np.abs(middle[2:-2] * 2 - middle[1:-3] - middle[3:-1]).mean()
    assert comb < 12  # 51 as stored
    assert set(np.flatnonzero(middle.mean(0) > 100)) in ({*range(74, 82)}, {*range(82, 90)})  # one bar, in all rows


def test_another_size_on_the_way_is_scaled_into_the_first(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    joined = tmp_path / "joined.ts"
    parts = [
        write_clip(tmp_path / "a.ts", frames=5),
        write_clip(tmp_path / "b.ts", frames=5, picture=quadrants(96, 96)),
    ]
    joined.write_bytes(b"".join(part.read_bytes() for part in parts))
    with caplog.at_level(logging.WARNING), VideoReader(joined) as reader:
        frames = [timed.frame for timed in reader]
        assert reader.size_wh == (64, 48)
    assert {frame.shape for frame in frames} == {(48, 64, 3)}
    assert len(frames) == 10
    assert corner_names(frames[0]) == "rgbw"
    assert frames[-1][:, :7].max() <= 2  # proportions are kept: 48x48 between two black bars
    assert corner_names(np.ascontiguousarray(frames[-1][:, 8:56])) == "rgbw"
    assert "changes size to 96x96" in caplog.text
    assert len([r for r in caplog.records if "size" in r.message]) == 1


def test_a_stream_without_times_gets_those_of_its_rate(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "raw.h264", frames=9, rate=Fraction(25))
    with VideoReader(clip) as reader:
        times = [float(timed.pts * reader.time_base) for timed in reader]
    assert times == pytest.approx([index / 25 for index in range(9)], abs=0.001)
