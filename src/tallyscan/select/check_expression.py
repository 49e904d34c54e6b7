"""Whether an expression can be judged at all: its syntax, the facts that it names, and their types, with the place.

The engine finds such faults only where it meets them, with one consignment in a thousand; an officer is told at once.
"""

import difflib

import cel
from lark import Token

from tallyscan.errors import InvalidRiskProfile
from tallyscan.select.cel_syntax import Node, Place, Wrong, each_of, parse, text_of
from tallyscan.select.fact_types import BOOL, DOUBLE, INT, STRING, FactType, ListOf, Plain, Record

_MACROS = ("exists", "all", "exists_one", "filter", "map")
_OF_TEXT = ("startsWith", "endsWith", "contains", "matches")
_INTO = {"int": INT, "double": DOUBLE, "string": STRING}
_NUMBERS = (INT, DOUBLE)


def check_expression(expression: str, facts: Record) -> None:
    """Raises `InvalidRiskProfile` with line and column of what is wrong; the result must be true or false."""
    wrong = what_is_wrong(expression, facts)
    if wrong is not None:
        place = wrong.place
        raise InvalidRiskProfile(
            f"The expression is wrong at line {place.line}, column {place.column}: {wrong.said}.",
            remedy="See docs/reference/profile-facts.md.",
        ) from wrong


def what_is_wrong(expression: str, facts: Record) -> Wrong | None:
    """The first thing that is, with its place."""
    try:
        tree = parse(expression)
        result = _Checker(facts).type_of(tree)
        if result != BOOL:
            raise Wrong(tree, f"it gives a {result}, and must give true or false")
    except Wrong as wrong:
        return wrong
    except RecursionError:
        return Wrong(Place(1, 1), "it is nested too deeply")
    return None


class _Checker:
    """Types of an expression, from the leaves up. `bound` is what the macros name."""

    def __init__(self, facts: Record, bound: dict[str, FactType] | None = None) -> None:
        self._facts = facts
        self._bound = bound or {}

    def type_of(self, node: Node) -> FactType:
        """Raises `Wrong`."""
        found: FactType = getattr(self, f"_{node.data}")(node, *node.children)
        return found

    def _truth(self, _node: Node, _token: Token) -> FactType:
        return BOOL

    def _int(self, _node: Node, _token: Token) -> FactType:
        return INT

    def _double(self, _node: Node, _token: Token) -> FactType:
        return DOUBLE

    def _string(self, _node: Node, _token: Token) -> FactType:
        return STRING

    def _null(self, node: Node, _token: Token) -> FactType:
        raise Wrong(node, "what is not known is absent, never null: ask has(...)")

    def _list(self, _node: Node, arguments: Node | None) -> FactType:
        kinds = [self.type_of(each) for each in each_of(arguments)]
        for kind, each in zip(kinds, each_of(arguments), strict=True):
            if not isinstance(kind, Plain) or _bare(kind) != _bare(kinds[0]):
                raise Wrong(each, "a list has texts or numbers, all of one kind")
        return ListOf(_bare(kinds[0]) if kinds else None)

    def _name(self, node: Node, token: Token) -> FactType:
        known = self._facts.facts | self._bound
        if token not in known:
            raise Wrong(node, f"{token} is not known{_meant(token, known)}")
        return known[str(token)]

    def _field(self, _node: Node, of: Node, token: Token) -> FactType:
        kind = self.type_of(of)
        if not isinstance(kind, Record):
            hint = ": look into a list with exists(...) or all(...)" if isinstance(kind, ListOf) else ""
            raise Wrong(token, f"a {kind} has no {token}{hint}")
        if token not in kind.facts:
            raise Wrong(token, f"there is no {token} here{_meant(token, kind.facts)}")
        return kind.facts[str(token)]

    def _index(self, node: Node, of: Node, at: Node) -> FactType:
        kind = self.type_of(of)
        if isinstance(kind, Record) and at.data == "string":
            name = text_of(at)
            if name not in kind.facts:
                raise Wrong(at, f"there is no {name} here{_meant(name, kind.facts)}")
            return kind.facts[name]
        raise Wrong(node, "the order in a list means nothing: look into it with exists(...) or all(...)")

    def _both(self, _node: Node, left: Node, right: Node) -> FactType:
        for each in (left, right):
            self._must(each, BOOL)
        return BOOL

    def _negated(self, _node: Node, of: Node) -> FactType:
        return self._must(of, BOOL)

    def _signed(self, node: Node, sign: Token, of: Node) -> FactType:
        kind = self.type_of(of)
        if kind not in _NUMBERS or sign != "-":
            raise Wrong(node, f"a {kind} has no sign" if sign == "-" else "a number has no plus before it")
        return kind

    def _arithmetic(self, node: Node, left: Node, sign: Token, right: Node) -> FactType:
        kinds = _bare(self.type_of(left)), _bare(self.type_of(right))
        joins = kinds == (STRING, STRING) and sign == "+"
        if not joins and (kinds[0] not in _NUMBERS or kinds[1] not in _NUMBERS):
            raise Wrong(node, f"{kinds[0]} {sign} {kinds[1]} means nothing")
        if kinds[0] != kinds[1]:
            raise Wrong(node, f"{kinds[0]} {sign} {kinds[1]} is not done: write 1000.0, or double(...)")
        if sign == "%" and kinds[0] != INT:
            raise Wrong(node, "% is of whole numbers alone")
        return kinds[0]

    def _compare(self, node: Node, left: Node, how: Token, right: Node) -> FactType:
        kinds = self.type_of(left), self.type_of(right)
        numbers = all(kind in _NUMBERS for kind in kinds)
        alike = _bare(kinds[0]) == _bare(kinds[1]) and isinstance(kinds[0], Plain)
        if not numbers and not alike:
            raise Wrong(node, f"a {kinds[0]} cannot be compared with a {kinds[1]}")
        if how not in ("==", "!=") and not numbers and _bare(kinds[0]) != STRING:
            raise Wrong(node, f"a {kinds[0]} is not more or less than another")
        self._one_of(kinds[0], right)
        self._one_of(kinds[1], left)
        return BOOL

    def _inside(self, node: Node, left: Node, _in: Token, right: Node) -> FactType:
        kind, of = self.type_of(left), self.type_of(right)
        if isinstance(of, Record) and _bare(kind) == STRING:
            if left.data == "string" and text_of(left) not in of.facts:
                raise Wrong(left, f"there is no {text_of(left)} here{_meant(text_of(left), of.facts)}")
            return BOOL
        if not isinstance(of, ListOf) or of.of is None or _bare(of.of) != _bare(kind):
            raise Wrong(node, f"a {kind} is never in a {of}")
        for each in each_of(right.children[0]) if right.data == "list" else ():  # type: ignore[arg-type]
            self._one_of(kind, each)
        return BOOL

    def _choice(self, node: Node, asked: Node, yes: Node, no: Node) -> FactType:
        self._must(asked, BOOL)
        kinds = _bare(self.type_of(yes)), _bare(self.type_of(no))
        if kinds[0] != kinds[1]:
            raise Wrong(node, f"it gives a {kinds[0]} or a {kinds[1]}: both must be alike")
        return kinds[0]

    def _call(self, node: Node, token: Token, arguments: Node | None) -> FactType:
        given = each_of(arguments)
        if token == "has":
            if len(given) != 1 or given[0].data != "field":
                raise Wrong(node, "has(...) asks for a fact: has(declaration.gross_mass_kg)")
            self.type_of(given[0])
            return BOOL
        if token == "size" and len(given) == 1:
            return self._size(node, given[0])
        if token in _INTO and len(given) == 1:
            if not isinstance(self.type_of(given[0]), Plain):
                raise Wrong(given[0], f"{token}(...) is of one value")
            return _INTO[str(token)]
        raise Wrong(node, f"there is no function {token}(...)")

    def _method(self, node: Node, of: Node, token: Token, arguments: Node | None) -> FactType:
        given = each_of(arguments)
        if token in _MACROS:
            return self._macro(node, of, token, given)
        if token == "size" and not given:
            return self._size(node, of)
        if token in _OF_TEXT and len(given) == 1:
            self._must(of, STRING)
            self._must(given[0], STRING)
            if token == "matches":
                _check_pattern(given[0])
            return BOOL
        raise Wrong(token, f"there is no function {token}(...)")

    def _macro(self, node: Node, of: Node, token: Token, given: list[Node]) -> FactType:
        kind = self.type_of(of)
        if not isinstance(kind, ListOf) or kind.of is None:
            raise Wrong(node, f"{token}(...) looks into a list, and this is a {kind}")
        if self._bound:
            raise Wrong(node, f"one {token}(...) inside another takes too long")
        if len(given) != 2 or given[0].data != "name":
            raise Wrong(node, f"write {token}(x, what of x)")
        inner = _Checker(self._facts, {str(given[0].children[0]): kind.of})
        if token == "map":
            return ListOf(_bare(inner.type_of(given[1])))
        inner._must(given[1], BOOL)
        return kind if token == "filter" else BOOL

    def _size(self, node: Node, of: Node) -> FactType:
        kind = self.type_of(of)
        if isinstance(kind, ListOf) or _bare(kind) == STRING:
            return INT
        raise Wrong(node, f"a {kind} has no size")

    def _must(self, node: Node, wanted: FactType) -> FactType:
        kind = self.type_of(node)
        if _bare(kind) != wanted:
            raise Wrong(node, f"this is a {kind}, and must be a {wanted}")
        return wanted

    def _one_of(self, kind: FactType, node: Node) -> None:
        """A text that the fact never has would never hit."""
        values = kind.values if isinstance(kind, Plain) else ()
        if values and node.data == "string" and text_of(node) not in values:
            raise Wrong(node, f"{text_of(node)!r} is none of its values: {', '.join(values)}")


def _bare(kind: FactType) -> FactType:
    """Without the values that it is limited to."""
    return Plain(kind.name) if isinstance(kind, Plain) else kind


def _check_pattern(node: Node) -> None:
    if node.data != "string":
        raise Wrong(node, "matches(...) needs its pattern written out")
    try:
        cel.evaluate(f"''.matches({node.children[0]})")
    except RuntimeError as error:
        raise Wrong(node, "this is no regular expression in the syntax of RE2") from error


def _meant(name: str, known: dict[str, FactType]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    return f"; did you mean {near[0]}" if near else f"; there is: {', '.join(known)}"
