"""A text that keeps how it was said, so that it can be said in another language: templates, and the values in them.

A template is written in English and is its own name in the catalogues of other languages (`tallyscan.words`). Its
places are `{name}` or `{name:form}`, with the forms

- `.1f`, `,.0f`, `.0%`, `.3g`: a number, as in Python;
- `plural|container|containers`: the word that goes with a count, in the order of the language's plural forms;
- `,` `;` `and` `or`: a list, and what stands between its parts; `^and` begins with a capital letter;
- `quoted`, `date`: a text as somebody wrote it, a day as `2026-01-31`.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias, Union

Value: TypeAlias = Union[int, float, str, "tuple[str | Sentence, ...]"]

CODED = "{code}: {detail}"
AS_IT_IS = "{text}"
"""Of a text that is known in English alone; it is in no catalogue."""

PLACE = re.compile(r"\{(\w+)(?::([^{}]*))?\}")
_CODED = re.compile(r"([a-z_]+): (.+)", re.DOTALL)
_ROUNDED = re.compile(r",?\.(\d)f")
AND, OR, QUOTED = " and ", " or ", "'{text}'"
"""What a catalogue has beside the templates: what stands in a list before the last, and around what was written."""

LISTED = {"": " ", ",": ", ", ";": "; ", "and": AND, "or": OR}
"""What stands between the parts of a list, by its form."""


@dataclass(frozen=True)
class Sentence:
    """One sentence, or part of one. What is in a list is a text, such as a name, or a sentence in its turn."""

    template: str
    values: Mapping[str, Value] = field(default_factory=dict)

    def __hash__(self) -> int:
        return hash(self.template)

    @property
    def in_english(self) -> str:
        """As it is put on record."""
        return filled(self.template, lambda name, form: _in_english(self.values[name], form))


class Wording(str):
    """A text in English that knows its sentences. It is a `str` to all who need no other language.

    What is made of it by the means of `str` is plain English again: put texts together with `said` and `together`.
    """

    __slots__ = ("sentences",)
    sentences: tuple[Sentence, ...]

    def __new__(cls, sentences: Iterable[Sentence] = ()) -> "Wording":
        """The sentences one after the other."""
        kept = tuple(sentences)
        made = super().__new__(cls, " ".join(each.in_english for each in kept))
        made.sentences = kept
        return made

    def __getnewargs__(self) -> tuple[tuple[Sentence, ...]]:  # type: ignore[override]
        return (self.sentences,)


NOTHING = Wording()


def said(template: str, **values: int | float | str | Wording | Iterable[str | Wording]) -> Wording:
    """One sentence, or a part of one that is put into another, with a value for each place of the template."""
    places = PLACE.findall(template)
    if {name for name, _ in places} != values.keys():
        raise ValueError(f"{template!r} was given {sorted(values)}, which are not its places")
    kept = {
        name: _kept(value, [form for place, form in places if place == name])
        for name, value in values.items()
    }
    return Wording([Sentence(template, kept)])


def together(*texts: Wording) -> Wording:
    """Texts one after the other; what is empty is left out."""
    return Wording(sentence for text in texts for sentence in text.sentences)


def as_said(text: str) -> Wording:
    """A text that somebody wrote, or that is known in English alone."""
    return Wording([Sentence(AS_IT_IS, {"text": text})])


def coded(reason: str) -> Wording:
    """A reason that begins with its code, `black_image: nothing came through.`; other languages say what that means."""
    if (found := _CODED.fullmatch(reason)) is None:
        return as_said(reason)
    return Wording([Sentence(CODED, {"code": (Sentence(found[1]),), "detail": found[2]})])


def as_document(text: str) -> list[dict[str, Any]] | None:
    """The sentences of a text, to be kept as JSON; None where it knows none."""
    return [_document(each) for each in text.sentences] if isinstance(text, Wording) and text else None


def sentences_of(document: Sequence[Mapping[str, Any]] | None) -> tuple[Sentence, ...]:
    """The sentences that were kept; none of a text from before."""
    return tuple(
        Sentence(each["template"], {name: _value(value) for name, value in each["values"].items()})
        for each in document or ()
    )


def _document(sentence: Sentence) -> dict[str, Any]:
    values = {
        name: [each if isinstance(each, str) else _document(each) for each in value]
        if isinstance(value, tuple)
        else value
        for name, value in sentence.values.items()
    }
    return {"template": sentence.template, "values": values}


def _value(kept: Any) -> Value:
    if not isinstance(kept, list):
        value: Value = kept
        return value
    return tuple(each if isinstance(each, str) else sentences_of([each])[0] for each in kept)


def filled(template: str, of_place: Callable[[str, str], str]) -> str:
    """The template with what `of_place(name, form)` gives for each place; a full stop at the end is one."""
    text = PLACE.sub(lambda place: of_place(place[1], place[2] or ""), template)
    return text[:-1] if text.endswith("..") else text


def _kept(value: int | float | str | Wording | Iterable[str | Wording], forms: Sequence[str]) -> Value:
    """A value as it is kept: a number with the decimals of its form, for it is said with no more."""
    if isinstance(value, Wording):
        return value.sentences
    if isinstance(value, str):
        return value
    if isinstance(value, int | float):
        decimals = [int(found[1]) for form in forms if (found := _ROUNDED.fullmatch(form))]
        return round(float(value), max(decimals)) if decimals else value
    return tuple(
        part for each in value for part in (each.sentences if isinstance(each, Wording) else (each,))
    )


def _in_english(value: Value, form: str) -> str:
    if isinstance(value, tuple):
        words = [each if isinstance(each, str) else each.in_english for each in value]
        text = LISTED[form.lstrip("^")].join(words)
        return text.capitalize() if form.startswith("^") else text
    if form.startswith("plural|"):
        return form.split("|")[1 if value == 1 else 2]
    if isinstance(value, str):
        return repr(value) if form == "quoted" else value
    return format(value, form)
