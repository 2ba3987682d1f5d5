"""Names for styles, made of the names of picture files."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path
from typing import Final

LONGEST_MADE_NAME: Final = 60
"""Characters of a style name made from a file name: users have to type it, and suffixes must still fit."""


def name_from(picture: Path) -> str:
    """A style name made from a file name: lower case, letters and digits of any script, dashes; cut if it is long."""
    composed = unicodedata.normalize("NFC", picture.stem)  # some systems store letters and accents separately
    small = composed.lower().replace("i\u0307", "i")  # the Turkish capital I leaves its dot behind
    name = ""
    for c in small:
        name += c if c.isalnum() or (is_mark(c) and name[-1:] not in ("", "-")) else "-"
    return re.sub("-+", "-", name).strip("-")[:LONGEST_MADE_NAME].rstrip("-") or "style"


def is_mark(character: str) -> bool:
    """Whether it belongs to the letter before it: a vowel sign (Indic scripts, Thai) or a combining accent."""
    return unicodedata.category(character).startswith("M")
