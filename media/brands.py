"""What a file of ISO boxes (MP4, AVIF, HEIC) says of itself at its beginning. No NumPy: the shell's Tab comes here."""

from __future__ import annotations


def is_avif(head: bytes) -> bool:
    """Whether a file that begins with these bytes, some 64, is an AVIF picture or animation."""
    return head[4:8] == b"ftyp" and any(brand in (b"avif", b"avis") for brand in brands(head))


def brands(head: bytes) -> list[bytes]:
    """The major and the compatible brands of a file of ISO boxes, as far as `head` goes."""
    size = min(int.from_bytes(head[:4], "big"), len(head))
    return [head[8:12], *(head[at : at + 4] for at in range(16, size - 3, 4))]
