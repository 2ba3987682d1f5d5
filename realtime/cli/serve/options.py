"""A command line of nstcam serve as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class ServeOptions:
    """What the user asked for.

    Attributes:
        host: the address to listen at.
        port: 0 for a free one.
        visitors: how many are painted at the same time.
        styles: names or files to begin with.
        only: names or files that are all styles; empty: all styles that nstcam finds.
        device: name of a device, as `--device` takes it.
        threads: CPU threads of the network; None: all cores.
        certificate, key: PEM files for TLS; both or none.
        own_certificate: whether a certificate is made on the spot.
        static: a folder to write instead.
        runtime: for it, the folder dist of the npm package onnxruntime-web; None to do without.
        browser: whether the page is opened.
    """

    host: str = "127.0.0.1"
    port: int = 8600
    visitors: int = 4
    styles: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    device: str = "auto"
    threads: int | None = None
    certificate: Path | None = None
    key: Path | None = None
    own_certificate: bool = False
    static: Path | None = None
    runtime: Path | None = None
    browser: bool = True
