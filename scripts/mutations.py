"""The small changes of a module's source that scripts/mutate.py tries: one comparison, operator, constant or and/or."""

from __future__ import annotations

import ast
import io
import itertools
import random
import tokenize
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

OTHER: Final = {
    "<": ("<=", ">="), "<=": ("<", ">"), ">": (">=", "<="), ">=": (">", "<"),
    "==": ("!=",), "!=": ("==",), "is": ("is not",), "is not": ("is",), "in": ("not in",), "not in": ("in",),
    "and": ("or",), "or": ("and",),
    "+": ("-",), "-": ("+",), "*": ("/",), "/": ("*",), "//": ("*",), "%": ("*",), "**": ("*",), "@": ("*",),
    "&": ("|",), "|": ("&",), "^": ("&",), "<<": (">>",), ">>": ("<<",),
}  # fmt: skip
"""Operator -> what may take its place: of an order the other border, and the opposite."""
SAME_EITHER_WAY: Final = ("strict", "copy")
"""Arguments of zip and astype that change nothing where the program is right: they are left alone."""
COMPARISONS: Final = ("<", "<=", ">", ">=", "==", "!=", "is", "is not", "in", "not in")
LOGIC: Final = ("and", "or", "not ")


@dataclass(frozen=True, order=True)
class Mutation:
    path: str
    """Relative to the repository, with forward slashes."""
    line: int
    column: int
    old: str
    new: str

    @property
    def kind(self) -> str:
        """comparison, logic, operator or constant."""
        if self.old in COMPARISONS:
            return "comparison"
        if self.old in LOGIC:
            return "logic"
        return "operator" if self.old in OTHER or self.old in ("-", "+") or self.old.endswith("=") else "constant"

    def apply(self, source: str) -> str:
        """The module's source with this mutation in it."""
        lines = source.splitlines(keepends=True)
        text = lines[self.line - 1]
        assert text.startswith(self.old, self.column), (self, text)
        lines[self.line - 1] = text[: self.column] + self.new + text[self.column + len(self.old) :]
        return "".join(lines)


def mutations(source: str, path: str) -> list[Mutation]:
    """All mutations of a module, in the order of its source."""
    lines = source.splitlines(keepends=True)
    tokens = [t for t in tokenize.generate_tokens(io.StringIO(source).readline) if t.type in _WORDS]

    def at(line: int, column: int) -> tuple[int, int]:  # ast counts bytes, everybody else characters
        return line, len(lines[line - 1].encode()[:column].decode())

    def start(node: ast.AST) -> tuple[int, int]:
        return at(node.lineno, node.col_offset)  # type: ignore[attr-defined]

    def end(node: ast.AST) -> tuple[int, int]:
        return at(node.end_lineno, node.end_col_offset)  # type: ignore[attr-defined]

    def between(left: ast.AST, right: ast.AST) -> Iterator[Mutation]:
        gap = [t for t in tokens if end(left) <= t.start and t.end <= start(right) and t.string not in "()"]
        if gap and gap[-1].end[0] == gap[0].start[0]:  # `is not` and `not in` are two tokens, on one line
            row, column = gap[0].start
            old = lines[row - 1][column : gap[-1].end[1]]
            yield from (Mutation(path, row, column, old, new) for new in OTHER.get(old, ()))

    found: list[Mutation] = []
    for node in _code(ast.parse(source)):
        match node:
            case ast.Compare():
                for left, right in zip([node.left, *node.comparators], node.comparators, strict=False):
                    found += between(left, right)
            case ast.BoolOp():
                for left, right in zip(node.values, node.values[1:], strict=False):
                    found += between(left, right)
            case ast.BinOp() if not (_is_text(node.left) or _is_text(node.right)):
                found += between(node.left, node.right)
            case ast.AugAssign():
                gap = [t for t in tokens if end(node.target) <= t.start and t.end <= start(node.value)]
                sign = gap[0].string
                found += (Mutation(path, *gap[0].start, sign, new + "=") for new in OTHER.get(sign[:-1], ()))
            case ast.UnaryOp(op=ast.Not()):
                found.append(Mutation(path, *start(node), "not ", ""))
            case ast.UnaryOp(op=ast.USub()):
                found.append(Mutation(path, *start(node), "-", "+"))
            case ast.Constant(value=bool() | int() | float() as value):
                (row, column), (_, last) = start(node), end(node)
                found.append(Mutation(path, row, column, lines[row - 1][column:last], _other_constant(value)))
    return sorted(m for m in set(found) if lines[m.line - 1].startswith(m.old, m.column))


_WORDS: Final = (tokenize.OP, tokenize.NAME)


def _other_constant(value: bool | int | float) -> str:
    if isinstance(value, bool):
        return str(not value)
    return str(value + 1) if isinstance(value, int) else repr(value * 1.5 + (value == 0))


def _is_text(node: ast.AST) -> bool:
    """A string put together with another one, or formatted with %."""
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str | bytes))


def _code(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes that run: no annotations, no decorators, no f-strings' insides, which have no places of their own."""
    yield node
    for name, field in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list", "type_params") or isinstance(field, ast.JoinedStr):
            continue
        if isinstance(node, ast.keyword) and node.arg in SAME_EITHER_WAY:
            continue
        for child in field if isinstance(field, list) else [field]:
            if isinstance(child, ast.AST) and not isinstance(child, ast.JoinedStr):
                yield from _code(child)


def sample(found: Sequence[Mutation], count: int, seed: int) -> list[Mutation]:
    """At most `count` of them at random, in order; equally many of each kind, as most mutations are of constants."""
    dice = random.Random(seed)
    kinds: dict[str, list[Mutation]] = {"comparison": [], "logic": [], "operator": [], "constant": []}
    for mutation in found:
        kinds[mutation.kind].append(mutation)
    for kind in kinds.values():
        dice.shuffle(kind)
    by_turns = [m for row in itertools.zip_longest(*kinds.values()) for m in row if m is not None]
    return sorted(by_turns[:count])
