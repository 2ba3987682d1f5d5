import re
from pathlib import Path

import pytest

from nstcam.realtime.live.hotkeys import HOTKEYS, Action, help_rows, press_of


def test_every_key_has_one_meaning_and_stands_in_the_help() -> None:
    keys = "".join(hotkey.keys for hotkey in HOTKEYS)
    assert len(keys) == len(set(keys))
    named = set("".join(label for label, _ in help_rows()))
    assert all(set(hotkey.keys) & named for hotkey in HOTKEYS if hotkey.keys[0] in "npgbcktmfsrviwhq[]-="), (
        "one of each"
    )
    assert all(hotkey.help for hotkey in HOTKEYS if hotkey.label)
    assert {hotkey.action for hotkey in HOTKEYS} == set(Action)


def test_the_readme_has_the_same_keys() -> None:
    text = (Path(__file__).parents[3] / "README.md").read_text(encoding="utf-8")
    table = text[text.index("| key | |") :].partition("\n\n")[0]
    cells = [re.split(r" (?:/|or) | ", row.strip("| ").split(" | ")[0]) for row in table.splitlines()[2:]]
    words = [word for cell in cells for word in cell]
    special = {"1-9": "123456789", "space": " ", "Esc": "\x1b"}
    named = "".join(special.get(word, word) for word in words)
    assert sorted(named) == sorted("".join(hotkey.keys for hotkey in HOTKEYS))


def test_no_key_needs_shift() -> None:
    bare = "abcdefghijklmnopqrstuvwxyz0123456789 -=[]\x1b\u2190\u2192\u2191\u2193"
    assert all(set(hotkey.keys) & set(bare) for hotkey in HOTKEYS)


@pytest.mark.parametrize(
    ("code", "action", "key"),
    [
        (ord("n"), Action.NEXT, "n"),
        (ord("N"), Action.NEXT, "n"),
        (ord("3"), Action.STYLE, "3"),
        (ord(" "), Action.ORIGINAL, " "),
        (27, Action.QUIT, "\x1b"),
        (0xFF1B, Action.QUIT, "\x1b"),
        (0x100000 | ord("q"), Action.QUIT, "q"),  # GTK with NumLock
        (0xFFB4, Action.STYLE, "4"),  # keypad
        (0xFFB0, Action.ORIGINAL, "0"),
        (0xFFB9, Action.STYLE, "9"),
        (0x6D4, Action.NEXT, "n"),  # Cyrillic_te, on the cap of n
        (0x6CA, Action.QUIT, "q"),  # Cyrillic_shorti
        (0xE9, Action.STYLE, "2"),  # é, unshifted on a French 2
        (0x6A6, Action.SNAPSHOT, "s"),  # Ukrainian_i, on the cap of s
        (0x6A7, Action.STRONGER, "]"),  # Ukrainian_yi
        (0x439, Action.QUIT, "q"),  # macOS, Cyrillic
        *((code, Action.WEAKER, "\u2193") for code in (0xFF54, 0x280000, 0xF701)),
        *((code, Action.STRONGER, "\u2191") for code in (0xFF52, 0x260000, 0xF700)),
        *((code, Action.RIGHT, "\u2192") for code in (0xFF53, 0x270000, 0xF703)),
        *((code, Action.LEFT, "\u2190") for code in (0xFF51, 0x250000, 0xF702)),
        (0xFFAD, Action.SMALLER, "-"),
        (0x100000 | 0xFF51, Action.LEFT, "\u2190"),
        (0xFFAB, Action.LARGER, "+"),
        (0x6C8, Action.WEAKER, "["),  # Cyrillic_ha
        (0x6DF, Action.STRONGER, "]"),  # Cyrillic_hardsign
        (0x6D3, Action.COMPARE, "c"),  # Cyrillic_es
    ],
)
def test_codes_of_all_systems(code: int, action: Action, key: str) -> None:
    press = press_of(code, "linux")
    assert press is not None
    assert (press.action, press.key) == (action, key)


@pytest.mark.parametrize("code", [-1, 0, 0xFFAF, 0xFFBA, 0xFFE1, ord("x"), 0xFC, 0x7ED, 0x230000, 0x700, 0x801])
def test_codes_without_meaning(code: int) -> None:
    assert press_of(code, "linux") is None


@pytest.mark.parametrize(
    ("page", "code", "action"),
    [("cp1251", 0xE9, Action.QUIT), ("cp1252", 0xE9, Action.STYLE), ("cp1251", 0xF2, Action.NEXT)],
)
def test_windows_gives_bytes_of_its_code_page(
    monkeypatch: pytest.MonkeyPatch, page: str, code: int, action: Action
) -> None:
    monkeypatch.setattr("locale.getencoding", lambda: page)
    press = press_of(code, "win32")
    assert press is not None
    assert press.action is action
