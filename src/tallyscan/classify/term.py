"""What words mean in a vocabulary: goods, their shape and material, and the words that bind them."""

from dataclasses import dataclass
from typing import Literal

from tallyscan.classify.text import Word

NO_CLASS = "none"
"""The class of goods that are known and in no commodity class."""

NOUNS = frozenset({"goods", "shape", "part"})
"""Kinds that can be the head of a phrase."""

Kind = Literal[
    "goods", "shape", "material", "part", "packing", "turn", "of", "for", "and", "except", "plain"
]  # fmt: skip


@dataclass(frozen=True)
class Meaning:
    """What a pattern means: its kind, and the class, material, shape or turn where the kind has several."""

    kind: Kind
    value: str = ""


@dataclass(frozen=True)
class Term:
    """Words of a text that a vocabulary knows (`meaning`) or does not (None).

    `plural` only where it is sure; `open_letters` stand for the endings that its pattern leaves open.
    """

    words: tuple[Word, ...]
    meaning: Meaning | None
    plural: bool = False
    open_letters: int = 0

    @property
    def text(self) -> str:
        return " ".join(word.letters for word in self.words)

    @property
    def kind(self) -> Kind | None:
        return self.meaning.kind if self.meaning is not None else None

    @property
    def value(self) -> str:
        """Class, material, shape or turn; empty where the kind has none."""
        return self.meaning.value if self.meaning is not None else ""

    @property
    def is_noun(self) -> bool:
        """It can be the head of a phrase."""
        return self.kind in NOUNS

    @property
    def is_unknown(self) -> bool:
        """A word, not a number, that the vocabulary does not know."""
        return self.meaning is None and not self.words[0].is_neutral
