"""Downloading a file of known contents: what has arrived stays, and the next try continues from there."""

from __future__ import annotations

import hashlib
from http.client import HTTPException
from pathlib import Path
from typing import Any, Final
from urllib.request import Request, urlopen

from nstcam.train.errors import TrainError
from nstcam.train.progress_bar import reporting

_SILENCE: Final = 30.0
"""Seconds without an answer after which the download fails."""
_PIECE: Final = 1 << 20
_MOST_BYTES: Final = 1 << 30


def download(url: str, target: Path, sha256_prefix: str) -> None:
    """Downloads `url` to `target`, by way of a part file beside it, which a later call continues.

    Args:
        sha256_prefix: the first digits of the file's SHA-256.

    Raises:
        TrainError: the server fails or breaks off, which leaves the part file; or what came is another file, which
            does not.
    """
    part = target.with_name(f".{target.name}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _fetch(url, part)
        with part.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        if digest.startswith(sha256_prefix):
            part.replace(target)
            return
        part.unlink()
    except (OSError, HTTPException, ValueError) as error:
        kept = part.stat().st_size if part.is_file() else 0
        again = f"; {kept:,} bytes are kept, and the next run continues" if kept else ""
        raise TrainError(
            f"{url} could not be downloaded ({error or type(error).__name__}){again}; or download it elsewhere and "
            "give --loss-weights FILE"
        ) from error
    raise TrainError(
        f"{url} sent another file (SHA-256 {digest[:8]}..., not {sha256_prefix}...), which was removed; try again, or "
        "download it elsewhere and give --loss-weights FILE"
    )


def _fetch(url: str, part: Path) -> None:
    """Appends what is missing. Raises ConnectionError if the server breaks off."""
    done = part.stat().st_size if part.is_file() else 0
    request = Request(url, headers={"Range": f"bytes={done}-"} if done else {})
    try:
        answer = urlopen(request, timeout=_SILENCE)
    except OSError as error:
        if getattr(error, "code", None) != 416:  # nothing is missing, or the file has changed: its hash tells
            raise
        return
    with answer:
        continues = answer.status == 206 and answer.headers.get("Content-Range", "").startswith(f"bytes {done}-")
        done = done if continues else 0
        total = done + _length(answer)
        if total > _MOST_BYTES:
            raise ValueError(f"{total:,} bytes are too many")
        with part.open("ab" if continues else "wb") as file, reporting("download", total / 1e6, done / 1e6) as report:
            while piece := answer.read(_PIECE):
                file.write(piece)
                done += len(piece)
                report.update(done / 1e6, f"{done / 1e6:.0f} of {total / 1e6:.0f} MB")
    if done < total:
        raise ConnectionError(f"the server broke off after {done:,} of {total:,} bytes")


def _length(answer: Any) -> int:
    stated = answer.headers.get("Content-Length", "")
    if not stated.isdecimal():
        raise ValueError("the server does not say how long the file is")
    return int(stated)
