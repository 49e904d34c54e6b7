"""A description of goods as folded words: case, accents, apostrophes and mixed alphabets taken out."""

import re
import unicodedata
from dataclasses import dataclass

NEUTRAL_AT_MOST = 1
"""Words of one letter are sizes and remains of abbreviations, unless a vocabulary knows them."""

_CYRILLIC = re.compile(r"[\u0400-\u04ff]")
_LATIN = re.compile(r"[a-z]")
_LIKE_CYRILLIC = "aceiopxykmhtb"  # small forms of capitals that two alphabets share
_LIKE_LATIN = "асеіорхукмнтв"
_TO_CYRILLIC = str.maketrans(_LIKE_CYRILLIC, _LIKE_LATIN)
_TO_LATIN = str.maketrans(_LIKE_LATIN, _LIKE_CYRILLIC)
_APOSTROPHES = dict.fromkeys(map(ord, "'`\u2019\u2018\u02bc\u2032\u00b4"))
_PIECE = re.compile(r"\d+[.,]\d+|\w+|[^\w\s]")
_SHORT = re.compile(r"\b([^\W\d_])/([^\W\d_])\b")  # "з/ч", "б/у"
_DASHES = "-\u2013\u2014"
_ENDS_A_PART = frozenset(";:,()[]{}/|+&•·\n")
_LIKE_ABBREVIATION = 5  # letters before a full stop; longer words end a sentence
_UNDECOMPOSED = str.maketrans("łđ", "ld")
_CEDILLAS = str.maketrans("şţ", "șț")  # older Romanian fonts


@dataclass(frozen=True, slots=True)
class Word:
    """`text` folded; `letters` as written, in lower case; a break (`mark`) in the text lies before it where `opens`."""

    text: str
    letters: str
    opens: bool = False
    mark: str = ""

    @property
    def is_neutral(self) -> bool:
        """Numbers, sizes and type codes say nothing of a language or of goods."""
        return len(self.text) <= NEUTRAL_AT_MOST or not self.text.isalpha()

    @property
    def is_cyrillic(self) -> bool:
        return bool(_CYRILLIC.search(self.text))


def without_apostrophes(word: str) -> str:
    """м'ясо as мясо."""
    return word.translate(_APOSTROPHES)


def folded(word: str) -> str:
    """Lower case without accents; Cyrillic stays Cyrillic."""
    if word.isascii():
        return word.lower()
    decomposed = unicodedata.normalize("NFKD", without_apostrophes(word.lower()))
    plain = "".join(character for character in decomposed if not unicodedata.combining(character))
    return plain.translate(_UNDECOMPOSED)


def one_alphabet(word: str) -> str:
    """A word in lower case of two alphabets in one: Latin where a letter can only be Latin, else Cyrillic."""
    if not (_CYRILLIC.search(word) and _LATIN.search(word)):
        return word
    only_latin = set(_LATIN.findall(word)) - set(_LIKE_CYRILLIC)
    return word.translate(_TO_LATIN if only_latin else _TO_CYRILLIC)


def words_of(text: str) -> list[Word]:
    """The words and numbers of a text in order."""
    whole = without_apostrophes(unicodedata.normalize("NFKC", text).lower()).translate(_CEDILLAS)
    whole = _SHORT.sub(r"\1 \2", unicodedata.normalize("NFC", whole))
    found: list[Word] = []
    mark = ";"
    for match in _PIECE.finditer(whole):
        piece = match.group()
        if piece[0].isalnum():
            written = one_alphabet(piece)
            found.append(Word(folded(written), written, bool(mark), mark))
            mark = ""
        elif (
            piece in _ENDS_A_PART
            or (piece in _DASHES and whole[match.start() - 1 : match.start()].isspace())
            or (piece == "." and found and len(found[-1].text) > _LIKE_ABBREVIATION)
        ):
            mark = piece
    return found
