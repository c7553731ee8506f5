"""Layout: the files of a source by what they may be, and the picture that an annotation means.

A picture is found by the name that a file uses for it, with or without folder and ending, in any case;
nothing is opened under such a name. Where several pictures are called so, the one whose folders have most in
common with the file's is meant, if there is one such.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from pathlib import PurePosixPath

from tlcore.data.files.source import FileEntry
from tlcore.data.images import decode
from tlcore.data.manifest import SPLIT_NAMES
from tlcore.data.names import LONGEST, clean_text

SEVERAL = "Several pictures are called so."
NO_PICTURE = "There is no such picture."
MOST_OF_A_NAME = 50  # pictures called the same, among which one is looked for
_SAMPLE = 10  # files of each folder that are looked into
_MOST_SAMPLES = 100  # of all folders
_WORDS = re.compile(r"[\W_\d]+")


class Layout:
    """The entries of a source. `pictures` are those that may be pictures and are not `without`: no masks."""

    def __init__(self, entries: Sequence[FileEntry], without: Collection[str] = ()) -> None:
        self._kinds: defaultdict[str, list[FileEntry]] = defaultdict(list)
        self.pictures: list[FileEntry] = []
        self._by_name: dict[str, str] = {}
        self._by_last: defaultdict[str, list[str]] = defaultdict(list)
        endings = decode.suffixes()
        for entry in entries:
            kind = PurePosixPath(entry.name).suffix.lower()
            self._kinds[kind].append(entry)
            if kind[1:] in endings and entry.name not in without:
                self.pictures.append(entry)
                self._by_name[entry.name.casefold()] = entry.name
                for key in self._keys(entry.name, endings):
                    self._by_last[key].append(entry.name)

    @staticmethod
    def _keys(name: str, endings: Collection[str]) -> set[str]:
        """Names that a file may have for a picture; one that was a.bmp before it was shrunk is a.bmp.jpg."""
        last = name.casefold().rpartition("/")[2]
        first, _, ending = stem(last).rpartition(".")
        return {last, stem(last)} | ({first} if first and ending in endings else set())

    def has(self, name: str) -> bool:
        """True if a picture, with or without its ending, is called like the file `name` without its own."""
        return stem(name.rpartition("/")[2].casefold()) in self._by_last

    def of_kind(self, *kinds: str) -> list[FileEntry]:
        """Entries with one of these endings, as ".xml"."""
        return [entry for kind in kinds for entry in self._kinds[kind]]

    def find(self, said: str, file: str) -> str:
        """The name of the picture that the annotation file `file` means by `said`; "" for its own name.

        Raises:
            LookupError: there is none, or it cannot be told which; the message is the reason.
        """
        if len(said) > LONGEST:
            raise LookupError(NO_PICTURE)
        parts = [clean_text(part) for part in re.split(r"[/\\]", said or file)]
        parts = [part for part in parts if part not in ("", ".", "..")]
        around = file.split("/")[:-1]
        for path in ("/".join([*around, *parts]), "/".join(parts)):
            if exact := self._by_name.get(path.casefold()):
                return exact
        last = parts[-1].casefold() if parts else file.casefold()
        found = self._by_last.get(last) or self._by_last.get(stem(last)) or []
        if len(found) < 2:
            if found:
                return found[0]
            raise LookupError(NO_PICTURE)
        return _nearest(found, [*around, *parts[:-1], *words_of(file.rpartition("/")[2])])


def stem(name: str) -> str:
    """A file's name without its ending."""
    return name.rpartition(".")[0] or name


def _nearest(names: list[str], folders: Iterable[str]) -> str:
    """The one whose folders have most in common with these.

    Raises:
        LookupError: there are too many of a name, or no one is nearest.
    """
    if len(names) > MOST_OF_A_NAME:
        raise LookupError(SEVERAL)
    wanted = Counter(folder_key(folder) for folder in folders)
    ranks = []
    for name in names:
        own = Counter(folder_key(folder) for folder in name.split("/")[:-1])
        ranks.append(((own & wanted).total(), -(own - wanted).total(), name))
    best, second = sorted(ranks, reverse=True)[:2]
    if best[:2] == second[:2]:
        raise LookupError(SEVERAL)
    return best[2]


def words_of(name: str) -> list[str]:
    """The words in a file's name: those of "instances_val2017.json" are instances, val and json."""
    return [word for word in _WORDS.split(name) if word]


def folder_key(name: str) -> str:
    """A folder's name for comparison: "valid", "Val" and "val2017" are one."""
    plain = name.casefold().rstrip("0123456789") or name
    return SPLIT_NAMES.get(plain, plain)


def sample(entries: Sequence[FileEntry]) -> list[FileEntry]:
    """Some of them, of each folder: enough to tell what they are."""
    folders: defaultdict[str, list[FileEntry]] = defaultdict(list)
    for entry in entries:
        folders[entry.name.rpartition("/")[0]].append(entry)
    some = [entry for group in folders.values() for entry in spread(group, _SAMPLE)]
    return spread(some, _MOST_SAMPLES)


def spread(entries: Sequence[FileEntry], most: int) -> list[FileEntry]:
    """At most so many of them, from all over."""
    return list(entries[:: -(-len(entries) // most)]) if len(entries) > most else list(entries)
