"""Collection: all that one format says of the pictures of a source, with a reason for what is not taken."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable

from tlcore.data.annotations.acceptance import accept
from tlcore.data.annotations.annotation import (
    BACKGROUND,
    MOST_AREA_CLASSES,
    MOST_NUMBERS,
    MOST_OBJECTS,
    Annotation,
    Sheet,
)
from tlcore.data.annotations.files.class_lists import MOST_CLASSES
from tlcore.data.annotations.files.documents import MalformedFile
from tlcore.data.annotations.files.layout import Layout
from tlcore.data.files.source import FileEntry
from tlcore.data.manifest import Skipped
from tlcore.data.names import LONGEST, clean_text
from tlcore.errors import DataError, PictureError

NO_PICTURE = "Its picture is not there, or cannot be told from others."
SAID_BEFORE = "An earlier annotation is of the same picture."
_MOST_LINES = 1_000  # of skipped annotations; the others are one line


class Collection:
    """Annotations by the name of their picture, and the refusals.

    Of all `objects` in the files `count` are boxes or areas of `annotations`; the others are among the
    `refusals`, which are counted by reason.
    """

    def __init__(self, layout: Layout, as_areas: bool) -> None:
        self.annotations: dict[str, Annotation] = {}
        self.refusals: Counter[str] = Counter()
        self.files: set[str] = set()  # that are of the format, whether they can be read or not
        self.objects = self.count = 0  # sent, and accepted
        self.conversions = 0  # from boxes into areas, or from areas into boxes
        self._layout, self._as_areas = layout, as_areas
        self._declared: dict[str, None] = {}
        self._labels: set[str] = set()
        self._skipped: list[Skipped] = []
        self._more = 0  # that are not in it
        self._reasons: defaultdict[str, Counter[str]] = defaultdict(Counter)  # by file
        self._sheets = self._numbers = 0

    def read(self, entry: FileEntry, sheets: Callable[[FileEntry], Iterable[Sheet]]) -> None:
        """Take in what a file says; one that cannot be read is among the skipped.

        Raises:
            DataError: there are more objects or classes than the limits.
        """
        try:
            for sheet in sheets(entry):
                self.files.add(entry.name)
                self._add(sheet)
        except (MalformedFile, PictureError) as error:
            self.files.add(entry.name)
            self._skip(entry.name, error.what)

    def _add(self, sheet: Sheet) -> None:
        self._count(sheet)
        self._declared.update(dict.fromkeys(sheet.classes))
        picture = self._picture(sheet)
        if not picture:
            return
        annotation = accept(sheet, picture, self._as_areas)
        self.annotations[picture] = annotation
        self.count += len(annotation.boxes) + len(annotation.areas)
        self.conversions += sum(
            found.is_area != self._as_areas for found in sheet.objects if not found.refusal
        )
        self._labels.update(box.label for box in annotation.boxes)
        self._labels.update(area.label for area in annotation.areas)
        self._refuse(sheet.file, Counter(annotation.skipped))
        most = MOST_AREA_CLASSES - 1 if self._as_areas else MOST_CLASSES
        if len(self._labels | self._declared.keys()) > most:
            raise DataError(f"There are more than {most:,} classes in the annotations.", received=sheet.file)

    def _count(self, sheet: Sheet) -> None:
        self._sheets += 1
        self.objects += len(sheet.objects) + sheet.left_out
        self._numbers += sum(
            sum(map(len, found.polygons)) + (len(found.runs.counts) if found.runs else 0)
            for found in sheet.objects
        )
        if self.objects + self._sheets > MOST_OBJECTS or self._numbers > MOST_NUMBERS:
            raise DataError(
                f"The annotations have over {MOST_OBJECTS:,} pictures and objects, or {MOST_NUMBERS:,} "
                "corners.",
                received=sheet.file,
                remedy="Bring fewer pictures at once.",
            )

    def _picture(self, sheet: Sheet) -> str:
        """The picture that a sheet is of; "", and its objects refused, where there is none or it has one."""
        reason = NO_PICTURE
        for said in sheet.pictures:
            try:
                picture = self._layout.find(said, sheet.file)
            except LookupError as error:
                reason = str(error)
                continue
            if picture not in self.annotations:
                return picture
            reason = SAID_BEFORE
            break
        said = clean_text(sheet.pictures[-1][:LONGEST]) if sheet.pictures else ""
        if sheet.pictures:
            self._skip(f"{sheet.file}, {said}" if said else sheet.file, reason)
        reasons = Counter(found.refusal or NO_PICTURE for found in sheet.objects)
        self._refuse(sheet.file, reasons + Counter({NO_PICTURE: sheet.left_out}))
        return ""

    def _skip(self, name: str, reason: str) -> None:
        if len(self._skipped) < _MOST_LINES:
            self._skipped.append(Skipped(name if len(name) <= 200 else f"{name[:199]}…", reason))
        else:
            self._more += 1

    def _refuse(self, file: str, reasons: Counter[str]) -> None:
        self.refusals += reasons
        if reasons:
            self._reasons[file] += reasons

    def skipped(self) -> tuple[Skipped, ...]:
        """Files, pictures and objects that were not taken, each with its reason, in a bounded list."""
        lines = [*self._skipped, *map(_refused_in, self._reasons, self._reasons.values())]
        more = self._more + max(0, len(lines) - _MOST_LINES)
        return (
            *lines[:_MOST_LINES],
            *([Skipped("…", f"There are {more:,} more lines like these.")] if more > 0 else []),
        )

    def classes(self, listed: Iterable[str]) -> tuple[str, ...]:
        """The classes in the order that the files declare, or else that of a class list, the others by name.

        With areas, the background comes first.
        """
        declared = self._declared or (dict.fromkeys(listed) if self._labels & set(listed) else {})
        names = [*declared, *sorted(self._labels - declared.keys())]
        if not self._as_areas:
            return tuple(names)
        return (BACKGROUND, *(name for name in names if name.casefold() != BACKGROUND))


def _refused_in(file: str, reasons: Counter[str]) -> Skipped:
    """One line for a file, however many reasons there are: it was sent once."""
    (first, count), *others = reasons.items()
    said = [f"{count:,} {'object' if count == 1 else 'objects'} in it: {first}"]
    return Skipped(file, " ".join(said + [f"{number:,} more: {reason}" for reason, number in others]))
