"""The tree of an expression in CEL, with the place of each part of it."""

import ast
from functools import cache
from pathlib import Path

import cel
from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedInput

from tallyscan.errors import InvalidRiskProfile

Node = Tree[Token]


class Wrong(Exception):
    """Something is wrong at a place, counted from 1."""

    def __init__(self, where: Node | Token, said: str) -> None:
        place = where if isinstance(where, Token) else where.meta
        self.line, self.column = place.line or 1, place.column or 1
        self.said = said
        super().__init__(said)


def parse(expression: str) -> Node:
    """What both the engine and the grammar of profiles can read. Raises `InvalidRiskProfile` with the place."""
    try:
        cel.compile(expression)
        return _grammar().parse(expression)
    except UnexpectedInput as wrong:
        raise refused(wrong.line, wrong.column, "this is no expression that a profile may have") from wrong
    except ValueError as wrong:
        raise InvalidRiskProfile(f"The expression cannot be read: {_of_engine(str(wrong))}.") from wrong


def refused(line: int, column: int, said: str) -> InvalidRiskProfile:
    """For an officer."""
    return InvalidRiskProfile(
        f"The expression is wrong at line {line}, column {column}: {said}.",
        remedy="See docs/reference/profile-facts.md.",
    )


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


def _of_engine(said: str) -> str:
    """`ERROR: <input>:1:12: Syntax error: ...` for people, without the drawing below it."""
    first = said.partition("ERROR: <input>:")[2].partition("\n|")[0] or said.partition("\n")[0]
    line, _, rest = first.partition(":")
    column, _, what = rest.partition(":")
    return f"line {line}, column {column}: {what.strip()}" if what else first
