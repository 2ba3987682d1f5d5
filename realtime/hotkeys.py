"""The keys of the live window: one table, which also prints as the help screen."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import Final


class Action(Enum):
    """What a key asks for."""

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
    GRID = auto()
    COLOURS = auto()
    STEADY = auto()
    SMALLER = auto()
    LARGER = auto()
    MIRROR = auto()
    FULLSCREEN = auto()
    SNAPSHOT = auto()
    RECORD = auto()
    VIRTUAL_CAMERA = auto()
    HUD = auto()
    SAVE = auto()
    HELP = auto()
    QUIT = auto()


@dataclass(frozen=True)
class Hotkey:
    keys: str
    """Characters that trigger it, lower case; no Shift or Ctrl, which arrive as keys of their own on Linux."""
    label: str
    action: Action
    help: str


@dataclass(frozen=True)
class Press:
    """A key that means something."""

    action: Action
    key: str


ESCAPE: Final = "\x1b"
LEFT: Final = "\u2190"
RIGHT: Final = "\u2192"

HOTKEYS: Final = (
    Hotkey("123456789", "1-9", Action.STYLE, "show that style"),
    Hotkey("n", "n", Action.NEXT, "next style"),
    Hotkey("p", "p", Action.PREVIOUS, "previous style"),
    Hotkey(RIGHT, "right", Action.RIGHT, "next style; blend: more"),
    Hotkey(LEFT, "left", Action.LEFT, "previous style; blend: less"),
    Hotkey(" 0", "space, 0", Action.ORIGINAL, "original on and off"),
    Hotkey("[", "[", Action.WEAKER, "weaker"),
    Hotkey("]", "]", Action.STRONGER, "stronger"),
    Hotkey("b", "b", Action.BLEND, "blend with the next style"),
    Hotkey("c", "c", Action.COMPARE, "compare with the original"),
    Hotkey("g", "g", Action.GRID, "nine styles; click or digit"),
    Hotkey("k", "k", Action.COLOURS, "keep the original colours"),
    Hotkey("t", "t", Action.STEADY, "steadiness on and off"),
    Hotkey("-", "-", Action.SMALLER, "faster: smaller working size"),
    Hotkey("=+", "= +", Action.LARGER, "finer: larger working size"),
    Hotkey("m", "m", Action.MIRROR, "mirror this window"),
    Hotkey("f", "f", Action.FULLSCREEN, "full screen"),
    Hotkey("s", "s", Action.SNAPSHOT, "save a snapshot"),
    Hotkey("r", "r", Action.RECORD, "record on and off"),
    Hotkey("v", "v", Action.VIRTUAL_CAMERA, "virtual camera on and off"),
    Hotkey("i", "i", Action.HUD, "figures on and off"),
    Hotkey("w", "w", Action.SAVE, "save these settings for the next start"),
    Hotkey("h", "h", Action.HELP, "this help on and off"),
    Hotkey("q" + ESCAPE, "q, Esc", Action.QUIT, "quit"),
)

SAME_KEY: Final = dict(zip("тзхъиспльекамышрйц", "np[]bcgkmtrfvsihqw", strict=True))
"""What the Russian layout types -> the character on the same key cap."""

_ARROWS: Final = {0xFF51: LEFT, 0xFF53: RIGHT, 0x250000: LEFT, 0x270000: RIGHT, 0xF702: LEFT, 0xF703: RIGHT}
"""X11, Windows, macOS."""

_KEYPAD: Final = {0xFFAB: "+", 0xFFAD: "-"}


def press_of(code: int) -> Press | None:
    """The meaning of a code of cv2.waitKeyEx; None for no key or one without meaning."""
    character = character_of(code)
    return next((Press(hotkey.action, character) for hotkey in HOTKEYS if character and character in hotkey.keys), None)


def character_of(code: int) -> str:
    """The character of a code of cv2.waitKeyEx, lower case, Russian letters as the Latin ones on their keys, else "".

    Codes differ by system: X11 gives keysyms (GTK with modifiers above bit 16), macOS Unicode, Windows bytes.
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
    if symbol > 0x7FF:  # arrows, modifiers, function keys; their low bytes would pass for letters (left arrow: Q)
        return ""
    if symbol >= 0x600:  # keysyms of Cyrillic letters hold KOI8-R in the low byte
        character = bytes([symbol & 0xFF]).decode("koi8-r")
    elif 0x80 <= symbol <= 0xFF:
        character = bytes([symbol]).decode("cp1251", errors="replace")
    else:
        character = chr(symbol)
    character = character.lower()
    return SAME_KEY.get(character, character)


def help_rows() -> list[tuple[str, str]]:
    """The help screen: keys and what they do."""
    return [(hotkey.label, hotkey.help) for hotkey in HOTKEYS]
