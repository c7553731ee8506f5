"""Names from outside: file paths in folders and archives turned into clean text.

Nothing is ever stored under such a name, so cleaning is for people's eyes and for grouping into classes, not
for the file system: HTML, reserved Windows names and long names stay as they are.
"""

from __future__ import annotations

import os
import re
import unicodedata

_HALF = re.compile("[\ud800-\udfff]")  # what Python makes of such bytes
LONGEST = 1000  # characters of a whole path
_JUNK_FOLDERS = {"__macosx", "$recycle.bin", "system volume information"}
_JUNK_FILES = {"thumbs.db", "desktop.ini", "ehthumbs.db", "icon"}
_INVISIBLE = set("\u061c\u200b\u200e\u200f\u2028\u2029\ufeff") | {
    *map(chr, range(0x202A, 0x202F)),  # text direction overrides: they make a name read as another
    *map(chr, range(0x2066, 0x206A)),
}


class UnsafePath(ValueError):
    """A path that no honest archive holds; the message is the reason shown to a person."""


def clean_text(text: str) -> str:
    """Composed (NFC), without control, direction or half characters, and without spaces around it."""
    if text.isascii() and text.isprintable():  # nearly all of the many names in a large folder
        return text.strip()
    kept = "".join(c for c in text if c not in _INVISIBLE and unicodedata.category(c) not in ("Cc", "Cs"))
    return unicodedata.normalize("NFC", kept).strip()


def in_utf8(text: str) -> str:
    """A name from the file system or the command line as text that can be written; bytes that are no UTF-8
    become "�".
    """
    try:  # where the system's own encoding is another, a name's letters come as bytes that it does not know
        return os.fsencode(text).decode("utf-8", "replace")
    except UnicodeEncodeError:
        return _HALF.sub("�", text)


def clean_path(raw: str, of_windows: bool = True) -> str:
    """A path from an archive or folder as clean text, relative, with "/" between its parts.

    A leading slash is dropped.

    Args:
        of_windows: whether it may have been made there, as archives and tables may: then backslashes stand
            between its parts, too, and a drive letter is dropped. Elsewhere both are names like others.

    Raises:
        UnsafePath: it climbs out with "..", is empty, or is longer than 1,000 characters.
    """
    if any(clean_text(part) == ".." for part in re.split(r"[/\\]", raw)):
        raise UnsafePath("Its path leads out of the archive.")
    parts = [clean_text(part) for part in re.split(r"[/\\]" if of_windows else "/", raw)]
    parts = [part for part in parts if part not in ("", ".")]
    while of_windows and parts and re.fullmatch(r"[A-Za-z]:", parts[0]):
        parts = parts[1:]
    path = "/".join(parts)
    if not path:
        raise UnsafePath("It has no readable name.")
    if len(path) > LONGEST:
        raise UnsafePath(f"Its name is longer than {LONGEST:,} characters.")
    return path


def is_junk(path: str) -> bool:
    """True if a clean path is a system's own file that no person means to send.

    A hidden picture such as `.holiday.jpg` is none: to lose a picture silently is worse than to list a file.
    """
    *folders, name = path.lower().split("/")
    if any(folder in _JUNK_FOLDERS or folder.startswith(".") for folder in folders):
        return True
    return name in _JUNK_FILES or name.startswith("._") or (name.startswith(".") and "." not in name[1:])
