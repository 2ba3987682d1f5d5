"""The keys of the live window: one table, which is also the help screen."""

from __future__ import annotations

import locale
import sys
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final


class Action(Enum):
    """What keys can do."""

    STYLE = auto()
    NEXT = auto()
    PREVIOUS = auto()
    ORIGINAL = auto()
    RIGHT = auto()
    LEFT = auto()
    WEAKER = auto()
    STRONGER = auto()
    BLEND = auto()
    COMPARE = auto()
    PICKER = auto()
    KEEP_COLORS = auto()
    PAINT = auto()
    BACKGROUND = auto()
    STEADY = auto()
    SMALLER = auto()
    LARGER = auto()
    MIRROR = auto()
    FULLSCREEN = auto()
    SNAPSHOT = auto()
    RECORD = auto()
    VIRTUAL_CAMERA = auto()
    HUD = auto()
    LEARN = auto()
    KEEP = auto()
    SAVE = auto()
    HELP = auto()
    QUIT = auto()


@dataclass(frozen=True)
class Hotkey:
    """A row of the table."""

    keys: str
    """Characters that trigger it, lower case, without Shift or Ctrl: on Linux these arrive as keys of their own."""
    label: str
    """What the help screen calls these keys; "" if the previous row names them as well."""
    action: Action
    help: str


@dataclass(frozen=True)
class Press:
    """A key press that has a meaning."""

    action: Action
    key: str


ESCAPE: Final = "\x1b"
LEFT: Final = "\u2190"
RIGHT: Final = "\u2192"
UP: Final = "\u2191"
DOWN: Final = "\u2193"

HOTKEYS: Final = (
    Hotkey("123456789", "1-9", Action.STYLE, "that style; 1 2: style 12"),
    Hotkey("n", "n p", Action.NEXT, "next, previous style"),
    Hotkey("p", "", Action.PREVIOUS, ""),
    Hotkey(RIGHT, "left right", Action.RIGHT, "the same; in a blend its mix"),
    Hotkey(LEFT, "", Action.LEFT, ""),
    Hotkey("g", "g", Action.PICKER, "choose: strip, large, off"),
    Hotkey(" 0", "space 0", Action.ORIGINAL, "original on and off"),
    Hotkey("[" + DOWN, "[ ] down up", Action.WEAKER, "weaker, stronger"),
    Hotkey("]" + UP, "", Action.STRONGER, ""),
    Hotkey("b", "b", Action.BLEND, "blend with the next style"),
    Hotkey("c", "c", Action.COMPARE, "compare with the original"),
    Hotkey("k", "k", Action.KEEP_COLORS, "keep the original colours"),
    Hotkey("a", "a d", Action.PAINT, "paint you, room; background"),
    Hotkey("d", "", Action.BACKGROUND, ""),
    Hotkey("t", "t", Action.STEADY, "steadiness on and off"),
    Hotkey("-", "- = +", Action.SMALLER, "broader, finer strokes"),
    Hotkey("=+", "", Action.LARGER, ""),
    Hotkey("m", "m f", Action.MIRROR, "mirror, full screen"),
    Hotkey("f", "", Action.FULLSCREEN, ""),
    Hotkey("s", "s", Action.SNAPSHOT, "save a snapshot"),
    Hotkey("r", "r", Action.RECORD, "record on and off"),
    Hotkey("v", "v", Action.VIRTUAL_CAMERA, "virtual camera on and off"),
    Hotkey("i", "i", Action.HUD, "figures, clean, off"),
    Hotkey("l", "l e", Action.LEARN, "learn a picture; keep it"),
    Hotkey("e", "", Action.KEEP, ""),
    Hotkey("w", "w", Action.SAVE, "save these settings"),
    Hotkey("h", "h", Action.HELP, "this help on and off"),
    Hotkey("q" + ESCAPE, "q Esc", Action.QUIT, "quit; Esc: close first"),
)

_RUSSIAN: Final = dict(zip("тзхъиспльекамышрйцфвду", "np[]bcgkmtrfvsihqwadle", strict=True))
_UKRAINIAN: Final = {"і": "s", "ї": "]"}
_FRENCH: Final = dict(zip("&é\"'(è_çà", "123457890", strict=True))
"""Digits, which need Shift there. The key of 6 is missing: it types -, which has a meaning of its own."""

SAME_KEY: Final = _RUSSIAN | _UKRAINIAN | _FRENCH
"""A character of another layout -> the character on the same key of a US keyboard."""

_ARROWS: Final = {
    **{0xFF51: LEFT, 0xFF52: UP, 0xFF53: RIGHT, 0xFF54: DOWN},  # X11
    **{0x250000: LEFT, 0x260000: UP, 0x270000: RIGHT, 0x280000: DOWN},  # Windows
    **{0xF700: UP, 0xF701: DOWN, 0xF702: LEFT, 0xF703: RIGHT},  # macOS
}

_KEYPAD: Final = {0xFFAB: "+", 0xFFAD: "-"}

_CYRILLIC: Final = range(0x6A0, 0x700)
"""Keysyms whose low byte is the letter in KOI8-U."""


def press_of(code: int, platform: str = sys.platform) -> Press | None:
    """The meaning of a code from cv2.waitKeyEx; None for no key, or one without meaning."""
    character = character_of(code, platform)
    return next((Press(hotkey.action, character) for hotkey in HOTKEYS if character and character in hotkey.keys), None)


def character_of(code: int, platform: str = sys.platform) -> str:
    """The character of a code from cv2.waitKeyEx, lower case, as on that key of a US keyboard; "" for no character.

    Codes differ between systems: X11 gives keysyms (GTK with modifiers above bit 16), macOS gives Unicode, Windows
    bytes in the code page of its language.
    """
    if code < 0:
        return ""
    symbol = code & 0xFFFF
    if code in _ARROWS or symbol in _ARROWS:
        return _ARROWS.get(code) or _ARROWS[symbol]
    if symbol in _KEYPAD:
        return _KEYPAD[symbol]
    if symbol == 0xFF1B:
        return ESCAPE
    if 0xFFB0 <= symbol <= 0xFFB9:  # digits of the keypad
        return str(symbol - 0xFFB0)
    if symbol > 0x7FF:  # modifiers and function keys, whose low bytes look like letters
        return ""
    if symbol in _CYRILLIC:
        character = bytes([symbol & 0xFF]).decode("koi8-u")
    elif platform == "win32" and 0x80 <= symbol <= 0xFF:
        character = bytes([symbol]).decode(_code_page(), errors="replace")
    else:
        character = chr(symbol)
    character = character.lower()
    return SAME_KEY.get(character, character)


def _code_page() -> str:
    """The code page of Windows: the same byte is another letter in Russia than in France."""
    return locale.getencoding()


def help_rows() -> list[tuple[str, str]]:
    """The rows of the help screen: keys, and what they do."""
    return [(hotkey.label, hotkey.help) for hotkey in HOTKEYS if hotkey.label]
