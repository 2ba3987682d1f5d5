"""Builds realtime/page/files/lite.wasm, the painter for browsers: python -m scripts.build_kernel

Needs clang with the target wasm32, and lld: apt install clang lld. Its source is realtime/page/kernel/. The sum of that
source is kept in the file, so a test tells when it has to be built again.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

PAGE: Final = Path(__file__).parents[1] / "realtime" / "page"
TARGET: Final = PAGE / "files" / "lite.wasm"
OPTIONS: Final = (
    "--target=wasm32", "-msimd128", "-mbulk-memory", "-O3", "-std=c17", "-ffreestanding", "-nostdlib",
    "-Wall", "-Wextra", "-Werror", "-Wl,--no-entry", "-Wl,--strip-all",
)  # fmt: skip
SECTION: Final = b"nstcam.source"


def sources() -> list[Path]:
    return sorted((PAGE / "kernel").glob("*.[ch]"))


def sum_of_sources() -> bytes:
    """SHA-256 of what the file is built from."""
    text = "\n".join(OPTIONS) + "".join(f"\n{path.name}\n{path.read_text(encoding='utf-8')}" for path in sources())
    return hashlib.sha256(text.encode()).digest()


def custom_section(name: bytes, data: bytes) -> bytes:
    """A part of a WebAssembly file that engines skip, of less than 128 bytes."""
    body = bytes([len(name)]) + name + data
    assert len(body) < 0x80
    return bytes([0, len(body)]) + body


def main() -> None:
    with TemporaryDirectory() as folder:
        built = Path(folder, "lite.wasm")
        units = [str(path) for path in sources() if path.suffix == ".c"]
        try:
            subprocess.run(["clang", *OPTIONS, *units, "-o", str(built)], check=True)
        except FileNotFoundError:
            sys.exit("clang is not installed: apt install clang lld")
        except subprocess.CalledProcessError as error:
            sys.exit(f"clang ended with {error.returncode}")
        TARGET.write_bytes(built.read_bytes() + custom_section(SECTION, sum_of_sources()))
    print(f"{TARGET}: {TARGET.stat().st_size} bytes")


if __name__ == "__main__":
    main()
