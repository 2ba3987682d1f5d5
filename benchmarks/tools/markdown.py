"""Tables of figures in Markdown."""

from __future__ import annotations

from collections.abc import Callable, Mapping


def plain_cell(_column: str, value: float) -> str:
    """A whole number as it is, others with three decimals."""
    return f"{value:,}" if isinstance(value, int) else f"{value:.3f}"


def table(rows: Mapping[str, Mapping[str, float]], corner: str, cell: Callable[[str, float], str] = plain_cell) -> str:
    """A table of rows by name, which all have the same columns.

    Args:
        corner: the heading of the names.
        cell: the text of a value, given its column and the value.
    """
    columns = list(next(iter(rows.values())))
    lines = [f"| {corner} | " + " | ".join(columns) + " |", "|---" * (1 + len(columns)) + "|"]
    for name, row in rows.items():
        lines.append(f"| {name} | " + " | ".join(cell(column, value) for column, value in row.items()) + " |")
    return "\n".join(lines)
