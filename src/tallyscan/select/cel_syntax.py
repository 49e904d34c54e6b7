"""The tree of an expression in CEL, with the place of each part of it."""

import ast
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import cel
from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedInput

Node = Tree[Token]


@dataclass(frozen=True)
class Place:
    """From a sign to before another, lines and columns counted from 1; the end is None where it is not known."""

    line: int
    column: int
    end_line: int | None = None
    end_column: int | None = None


class Wrong(Exception):
    """Something is wrong at a place."""

    def __init__(self, where: Node | Token | Place, said: str) -> None:
        self.place = where if isinstance(where, Place) else _place_of(where)
        self.said = said
        super().__init__(said)


def parse(expression: str) -> Node:
    """What both the engine and the grammar of profiles can read. Raises `Wrong`."""
    try:
        cel.compile(expression)
        return _grammar().parse(expression)
    except UnexpectedInput as wrong:
        place = Place(wrong.line, wrong.column) if wrong.line > 0 else _end_of(expression)
        raise Wrong(place, "this is no expression that a profile may have") from wrong
    except ValueError as wrong:
        raise _of_engine(str(wrong)) from wrong


def _place_of(where: Node | Token) -> Place:
    place = where if isinstance(where, Token) else where.meta
    return Place(place.line or 1, place.column or 1, place.end_line, place.end_column)


def _end_of(expression: str) -> Place:
    lines = expression.split("\n")
    return Place(len(lines), len(lines[-1]) + 1)


def each_of(arguments: Node | None) -> list[Node]:
    """The arguments of a call or the members of a list."""
    return [] if arguments is None else [each for each in arguments.children if isinstance(each, Tree)]


def text_of(node: Node) -> str:
    """What a text in quotes says."""
    token = str(node.children[0])
    try:
        return str(ast.literal_eval(token))
    except (SyntaxError, ValueError) as error:
        raise Wrong(node, "this text has an escape that is not known") from error


@cache
def _grammar() -> Lark:
    text = Path(__file__).with_name("cel.lark").read_text(encoding="utf-8")
    return Lark(text, parser="lalr", propagate_positions=True, maybe_placeholders=True)


def _of_engine(said: str) -> Wrong:
    """`ERROR: <input>:1:12: Syntax error: ...`, its columns counted from 1, without the drawing below it."""
    found = re.search(r"ERROR: <input>:(\d+):(\d+): (.*)", said)
    if found is None:
        return Wrong(Place(1, 1), said.partition("\n")[0])
    return Wrong(Place(int(found[1]), int(found[2])), found[3].strip())
