"""Files and servers as an attacker could make them: playlists that lead elsewhere, headers of enormous pictures."""

from __future__ import annotations

import socket
import struct
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import pytest

from tests.support.media.clips import write_clip


def ffconcat(folder: Path) -> Path:
    """Writes a playlist with the name of a video, which leads to another file of the folder."""
    write_clip(folder / "private.mp4")
    return _written(folder / "clip.mp4", "ffconcat version 1.0\nfile private.mp4\n")


def hls(folder: Path, address: str = "private.ts") -> Path:
    write_clip(folder / "private.ts")
    lines = ("#EXTM3U", "#EXT-X-TARGETDURATION:1", "#EXTINF:0.4,", address, "#EXT-X-ENDLIST", "")
    return _written(folder / "clip.m3u8", "\n".join(lines))


def sdp(folder: Path) -> Path:
    """Writes a session description that makes the player listen on a port."""
    lines = ("v=0", "o=- 0 0 IN IP4 127.0.0.1", "s=x", "c=IN IP4 127.0.0.1", "t=0 0", "m=video 0 RTP/AVP 26", "")
    return _written(folder / "clip.mp4", "\r\n".join(lines))


def numbered(folder: Path) -> Path:
    """Writes a file whose name FFmpeg takes as the pattern of a numbered series."""
    for name in ("clip1.png", "clip2.png", "clip%01d.png"):
        (folder / name).write_bytes(png(64, 48))
    return folder / "clip%01d.png"


def ansi_art(folder: Path) -> Path:
    return _written(folder / "clip.ans", "\033[1;31mHello\033[0m world\r\n" * 50)


LEADING_ELSEWHERE: Final[tuple[Callable[[Path], Path], ...]] = (ffconcat, hls, sdp, numbered, ansi_art)


def _written(path: Path, text: str) -> Path:
    path.write_text(text, newline="")
    return path


def png(width: int, height: int) -> bytes:
    """A complete black PNG of 1 bit per pixel; 124 KB for 32000x32000."""
    squeeze = zlib.compressobj(9)
    row = bytes(1 + -(-width // 8))
    rows = b"".join(squeeze.compress(row) for _ in range(height)) + squeeze.flush()
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", rows), (b"IEND", b""))
    parts = (struct.pack(">I", len(d)) + kind + d + struct.pack(">I", zlib.crc32(kind + d)) for kind, d in chunks)
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def gif(width: int, height: int) -> bytes:
    """A GIF up to the header of its first frame."""
    size = struct.pack("<HH", width, height)
    return b"GIF89a" + size + b"\x80\0\0" + bytes(3) + b"\xff" * 3 + b"\x2c" + bytes(4) + size + b"\0\2\2\x44\1\0\x3b"


def headers(width: int, height: int) -> dict[str, bytes]:
    """The beginnings of picture files of that size, by suffix."""
    frame = struct.pack(">HBHHB", 11, 8, height, width, 1)
    short, entry = struct.pack("<HH", width & 0x3FFF, height & 0x3FFF), "<HHII"
    tiff = struct.pack("<H", 2) + struct.pack(entry, 256, 4, 1, width) + struct.pack(entry, 257, 4, 1, height)
    big_tiff = struct.pack(">Q", 2) + b"".join(
        struct.pack(">HHQQ", tag, 16, 1, value) for tag, value in ((256, width), (257, height))
    )
    extended = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    lossless = ((width - 1) | (height - 1) << 14).to_bytes(4, "little")
    riff = b"RIFF" + bytes(4) + b"WEBP"
    return {
        "png": png(8, 8).replace(struct.pack(">II", 8, 8), struct.pack(">II", width, height)),
        "gif": gif(width, height),
        "bmp": b"BM" + bytes(12) + struct.pack("<Iii", 40, width, -height) + bytes(28),
        "old.bmp": b"BM" + bytes(12) + struct.pack("<IHH", 12, width, height) + bytes(28),
        "jpg": b"\xff\xd8\xff\xe0\0\4ab\xff\xff\xc2" + frame + bytes(20),
        "webp": riff + b"VP8X" + bytes(8) + extended,
        "lossless.webp": riff + b"VP8L" + bytes(4) + b"\x2f" + lossless + bytes(8),
        "lossy.webp": riff + b"VP8 " + bytes(4) + b"\0\0\0\x9d\x01\x2a" + short,
        "tif": b"II*\0" + struct.pack("<I", 8) + tiff,
        "big.tif": b"MM\0+" + struct.pack(">HHQ", 8, 0, 16) + big_tiff,
        "avif": b"\0\0\0\x0cftypavif" + b"\0\0\0\x14ispe" + struct.pack(">III", 0, width, height),
        "jp2": b"\0\0\0\x0cjP  \r\n\x87\n" + b"\0\0\0\x16ihdr" + struct.pack(">II", height, width),
        "ppm": b"P6\n# a comment\n%d %d\n255\n" % (width, height),
    }


@contextmanager
def listening() -> Iterator[tuple[str, list[str]]]:
    """Yields an HTTP address that must not be requested, and the list of requests that it got."""
    asked: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def accept() -> None:
            with suppress(OSError):
                while True:
                    client, _ = server.accept()
                    with client:
                        client.settimeout(1)
                        asked.append(client.recv(500).decode(errors="replace"))

        threading.Thread(target=accept, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/private.ts", asked
        server.shutdown(socket.SHUT_RDWR)


def refuses_large_clips(
    way_in: Callable[[Path], None],
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    refusal: type[Exception] | tuple[type[Exception], ...],
) -> None:
    """Checks that a clip is opened at the limit of its size, and refused above it."""
    clip = write_clip(folder / "clip.mp4", frames=2)
    monkeypatch.setenv("NSTCAM_MAX_MEGAPIXELS", "0.03072")  # ten frames of 64x48
    way_in(clip)
    monkeypatch.setenv("NSTCAM_MAX_MEGAPIXELS", "0.03")
    with pytest.raises(refusal, match=r"clip\.mp4 is 64x48, 0\.0 megapixels, and the limit for a video is 0\.003"):
        way_in(clip)
