"""Characters of strangers' texts: what can be seen is shown as it is, and what hides or turns others is not.

Persian and Hindi spell with joiners that have no shape of their own, and families of emoji hang together by
them: between such letters they stay. Anywhere else they would make two names of one look, and stand as �.
"""

from __future__ import annotations

import re
import string
import unicodedata
from itertools import pairwise

ODD = "\ufffd"
NEW_LINE = "↵"
_BREAK = re.compile("\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_NON_JOINER, _JOINER = "\u200c", "\u200d"
_KEYCAP = "\u20e3"
# Printable by Unicode, yet nothing is seen: variation selectors, fillers, the empty cell of Braille.
_UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
_FLAG = re.compile(
    "(\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{3,6}\U000e007f)"
)  # Scotland's, say
_VIRAMA = 9  # its class of combining
# Scripts whose letters joiners change, as the letters' names begin.
_JOINED = re.compile(
    "(ARABIC|SYRIAC|MANDAIC|NKO|MONGOLIAN|PHAGS-PA|ADLAM|HANIFI|SOGDIAN|MANICHAEAN|DEVANAGARI|BENGALI|GURMUKHI|"
    "GUJARATI|ORIYA|TAMIL|TELUGU|KANNADA|MALAYALAM|SINHALA|MYANMAR|KHMER|TIBETAN|BALINESE|JAVANESE|TAI|MEETEI|"
    "CHAKMA) "
)

_MARKS = re.compile(f"([{re.escape(string.punctuation)}])")
# Markdown of pages and of the Hub turns these into links, arrows and a logo even where it is escaped.
_REWRITTEN = re.compile(
    r"(?<=www)(?=\.)|(?<=:)(?=//)|(?=@)|(?<=[-<>~])(?=[-=>])|(?<=:)(?=streamlit)", re.IGNORECASE
)
_ISOLATES = re.compile("[\u2066-\u2069]")  # our own: pages set them around a whole name
JOINER = "\u2060"  # shows nothing, and stops what would be rewritten


def as_markdown(text: object) -> str:
    """`text` escaped, so that Markdown shows exactly its characters, on one line, in a table too.

    For every name that comes from a file, a folder or a person.
    """
    line = " ".join(on_one_line(" ".join(_ISOLATES.sub("", str(text)).split())).split())
    return _MARKS.sub(r"\\\1", _REWRITTEN.sub(JOINER, line))


def on_one_line(text: str) -> str:
    """`text` with every character that can be seen; breaks are ↵, other spaces plain ones, the rest �."""
    if text.isprintable() and not _UNSEEN.search(text):
        return text
    parts = _FLAG.split(_BREAK.sub(NEW_LINE, text))
    return "".join(part if number % 2 else _shown(part) for number, part in enumerate(parts))


def _shown(text: str) -> str:
    """Each character in the light of what is shown before it: what became � joins and varies nothing."""
    shown: list[str] = []
    for c, after in pairwise([*text, ""]):
        shown.append(_one(shown[-1] if shown else "", c, after))
    return "".join(shown)


def _one(before: str, c: str, after: str) -> str:
    if c in (_JOINER, _NON_JOINER):
        return c if before and _is_joined(before, c, after) else ODD
    if _UNSEEN.match(c):
        return c if before and _is_varied(before, c, after) else ODD
    if c == "\t" or unicodedata.category(c) == "Zs":
        return " "
    return c if c.isprintable() else ODD


def _is_joined(before: str, joiner: str, after: str) -> bool:
    """Tell whether a joiner has something to do there."""
    if unicodedata.combining(before) == _VIRAMA:
        return True
    if joiner == _JOINER and _is_symbol(after) and (before == "\ufe0f" or _is_symbol(before)):
        return True
    return all(_is_seen(c) and _JOINED.match(unicodedata.name(c, "")) for c in (before, after))


def _is_varied(before: str, selector: str, after: str) -> bool:
    """Tell whether the character before a selector looks different for it."""
    if not _is_seen(before):
        return False
    script = unicodedata.name(before, "").split(" ", 1)[0]
    if selector in "\u180b\u180c\u180d\u180f":
        return script == "MONGOLIAN"
    if selector > "\uffff":
        return script == "CJK"
    if before in "0123456789#*":
        return after == _KEYCAP
    return "\ufe00" <= selector <= "\ufe0f" and (_is_symbol(before) or script == "MYANMAR")


def _is_symbol(c: str) -> bool:
    """Tell whether it may be an emoji, or the colour of one's skin."""
    if not _is_seen(c):
        return False
    return c in ("©", "®", "‼", "⁉") or (c >= "\u2100" and unicodedata.category(c) in ("So", "Sm", "Sk"))


def _is_seen(c: str) -> bool:
    return bool(c) and c.isprintable() and c != ODD and not _UNSEEN.match(c)
