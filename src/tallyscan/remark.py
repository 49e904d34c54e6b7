"""Something about a declaration that cannot be right, or could not be taken over, and does not make it unusable."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr
from pydantic.alias_generators import to_camel

from tallyscan.wording import Sentence, Wording, as_said

RemarkCode = Literal[
    "not_a_number",
    "not_a_code",
    "not_a_date",
    "cut_short",
    "renumbered",
    "unreadable_text",
    "container_number",
    "unknown_code",
    "unknown_subheading",
    "unknown_country",
    "un_number",
    "item_number",
    "negative_mass",
    "net_above_gross",
    "mass_unit",
    "mass_total",
    "package_mass",
    "too_heavy",
    "too_dense",
]

REMARKS: dict[RemarkCode, str] = {
    "not_a_number": "What stands where a number belongs is none, and was left out",
    "not_a_code": "What stands where a code belongs is longer than any such code, and was left out",
    "not_a_date": "What stands where a time belongs is none, and was left out",
    "cut_short": "A text was longer than is kept, and was cut",
    "renumbered": "Goods items had no numbers of their own, and got running ones",
    "unreadable_text": "A text has signs that cannot be read or printed",
    "container_number": "A container number is not built as one, or its check digit is wrong",
    "unknown_code": "A commodity code cannot be one of the Harmonized System",
    "unknown_subheading": "A commodity code is in no subheading of the imported edition",
    "unknown_country": "A country code that there is not",
    "un_number": "A UN number is not made of four digits",
    "item_number": "A goods item number is used twice, or named by a container and not declared",
    "negative_mass": "A mass below zero",
    "net_above_gross": "A net mass above the gross mass",
    "mass_unit": "A mass looks like tonnes where kilograms belong, or the other way round",
    "mass_total": "The declared total is not the sum of the goods items",
    "package_mass": "A package of such a mass there is not",
    "too_heavy": "More than the declared cargo units can carry",
    "too_dense": "Such goods do not fit into the declared containers at that mass",
}
"""Every remark that can be made, with what it means."""

JUDGED_ELSEWHERE: frozenset[RemarkCode] = frozenset(
    {"container_number", "unknown_code", "negative_mass", "net_above_gross", "too_heavy"}
)
"""Those that rules of their own weigh (`container_number`, `hs_code`, `mass`), so that nothing counts twice."""

NOT_WEIGHED: frozenset[RemarkCode] = frozenset({"cut_short", "renumbered", "unknown_subheading"})
"""Those that say nothing against the declaration: a long text, own numbering, an older edition of the codes."""


class Remark(BaseModel):
    """`text` is a sentence for people; `goods_item_number` is None for what is not about one goods item."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True, extra="forbid")

    code: RemarkCode
    text: str = Field(max_length=512)
    goods_item_number: int | None = None
    _said: tuple[Sentence, ...] = PrivateAttr(())

    @classmethod
    def worded(cls, code: RemarkCode, text: Wording, goods_item_number: int | None) -> "Remark":
        """A remark that can be said in other languages, as long as it is not kept."""
        remark = cls(code=code, text=text[:512], goods_item_number=goods_item_number)
        remark._said = text.sentences
        return remark

    @property
    def wording(self) -> Wording:
        """The text, of which no catalogue knows what was kept."""
        return Wording(self._said) if self._said else as_said(self.text)
