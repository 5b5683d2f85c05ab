"""How a text is cut so that an index finds any two characters inside it, on both databases.

A text is folded, then written as overlapping pieces: pairs for every script, and fours where a stretch is
plain letters and digits, because pairs of digits stand in almost every number and an index would read all of
them. The first pair also stands with `START` before it, which finds beginnings. Pieces stand in order, so a
row of neighbouring pieces (a phrase) is a substring.
"""

import unicodedata
from functools import lru_cache

from pypinyin.phrases_dict import phrases_dict
from pypinyin.pinyin_dict import pinyin_dict

START = "z"  # makes three characters, which no piece has
SHORTEST = 2
LONGEST = 60


def fold(text: str) -> str:
    """Return `text` as it is compared: NFKC, without case, letters and digits only."""
    return "".join(c for c in unicodedata.normalize("NFKC", text).casefold() if c.isalnum())


def grams(folded: str) -> list[str]:
    """Return the pieces under which a folded text is stored; a text of one character is its own piece."""
    if len(folded) < SHORTEST:
        return [folded] if folded else []
    pairs = [folded[i : i + 2] for i in range(len(folded) - 1)]
    fours = [piece for i in range(len(folded) - 3) if (piece := folded[i : i + 4]).isascii()]
    return [START + pairs[0], *pairs, *fours]


def wanted(folded: str) -> list[str]:
    """Return the neighbouring pieces that every text with `folded` inside has; none below two characters."""
    if len(folded) < SHORTEST:
        return []
    size = 4 if len(folded) >= 4 and folded.isascii() else 2
    return [folded[i : i + size] for i in range(len(folded) - size + 1)]


def wanted_at_start(folded: str) -> str:
    """Return the piece that every text beginning with `folded` has besides the wanted ones."""
    return START + folded[:2]


def initials(text: str) -> str:
    """Return the pinyin initials of a Chinese text, other letters and digits kept: 连云港特钢 is lygtg.

    A character with several readings takes the one its word gives it, else its first (重庆 is cq).
    """
    letters, words, beginnings = _readings()
    found: list[str] = []
    at = 0
    while at < len(text):
        if text[at] in beginnings:
            word = next((text[at : at + n] for n in (4, 3, 2) if text[at : at + n] in words), "")
            if word:
                found.append(words[word])
                at += len(word)
                continue
        found.append(letters.get(text[at], text[at]))
        at += 1
    return fold("".join(found))


@lru_cache(maxsize=1)
def _readings() -> tuple[dict[str, str], dict[str, str], frozenset[str]]:
    """Return the initial of each character and of each word that reads otherwise, and how such words begin.

    pypinyin's own functions cut every text into words first: 6,000 names a second, and an import has 100,000.
    """
    letters = {chr(code): _letter(readings) for code, readings in pinyin_dict.items()}
    words = {}
    for word, readings in phrases_dict.items():
        if 2 <= len(word) <= 4 and len(readings) == len(word):
            written = "".join(_letter(reading[0]) for reading in readings)
            if written != "".join(letters.get(c, c) for c in word):
                words[word] = written
    return letters, words, frozenset(word[0] for word in words)


def _letter(reading: str) -> str:
    return unicodedata.normalize("NFD", reading)[0]
