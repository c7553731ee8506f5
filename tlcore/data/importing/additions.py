"""More examples for a data set that is there: read as an import reads them, kept as one new version.

One addition to a data set goes on at a time; editing goes on beside it. The examples are stored first and the
version that speaks of them is written last, so whenever it ends, by whatever it ends, the data set is as it
was or has all of them. What an addition that was cut off leaves behind, the next one sweeps up.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from itertools import chain, count
from pathlib import Path, PurePosixPath
from typing import Unpack

import msgspec

from tlcore import system
from tlcore.config.task import INPUTS
from tlcore.data import text_store
from tlcore.data.dataset import Dataset
from tlcore.data.importing.importer import SourceOptions, collect, near_copies, task_of
from tlcore.data.importing.progress import ImportStopped, Stopper
from tlcore.data.manifest import Example, Key, Manifest, Skipped
from tlcore.data.task_words import WORDS
from tlcore.data.versions import edits, versions
from tlcore.data.versions.example_states import ExampleState, states, with_changes
from tlcore.errors import DataError, printable
from tlcore.records import JsonType

FOLDER = "adding"  # of a data set: a lock, and a job's folder for each addition
RESULT_FILE = "added.json"  # in such a folder: what the addition made
ALREADY_THERE = "It is already in the data set."
_PATIENCE = 0.5  # seconds of waiting between two questions whether to stop


class Addition(msgspec.Struct, frozen=True):
    """Result of an addition."""

    version: int


ADDITION = JsonType(Addition)


def add(
    source: Path, dataset: Dataset, *, shrunk_to: int | None = None, **options: Unpack[SourceOptions]
) -> Manifest:
    """Add all of `source` (a folder, archive or table) to a data set; returns the new version.

    Content that is there already under the same name is among the skipped. A name that something else has
    gets the source's name in front.

    Args:
        shrunk_to: the longest side that the browser shrank these pictures to.

    Raises:
        DataError: `source` cannot be used, is of another task, or has nothing new.
        ImportStopped: `should_stop` returned True. The data set stays as it is in either case.
    """
    stop = options.get("should_stop") or (lambda: False)
    with _lock_additions(dataset, stop):
        before = dataset.read()
        if _is_to_draw_on(source, before):
            options["label"] = ""
        contents = sweep(dataset)
        # Of all versions: what an undo brings back later has its look-alikes, too.
        every = msgspec.structs.replace(before, examples=tuple(contents.values()), aside=())
        try:
            added = collect(source, dataset, **options)
            alike = near_copies(dataset, (every, added), stop)
            added = msgspec.structs.replace(added, shrunk_to=shrunk_to, alike=alike)
            return versions.add_version(dataset, lambda newest: _join(newest, added))
        except BaseException as error:
            was_deleted = isinstance(error, FileNotFoundError) and not dataset.is_ready
            _tidy(dataset, contents)
            if was_deleted:
                raise dataset.deleted() from error
            raise


def sweep(dataset: Dataset) -> dict[str, Example]:
    """Remove stored files, thumbnails and texts that no version speaks of; nobody else may be adding.

    Returns what the versions speak of, as `Dataset.contents`.

    Raises:
        DataError: a manifest or the texts cannot be read; nothing is removed then.
    """
    contents = dataset.contents()
    texts = text_store.read_texts(dataset.folder) if text_store.texts_file(dataset.folder) else {}
    _remove_strange(dataset, contents)
    for name in text_store.FILES:
        for part in dataset.folder.glob(f".{name}.*.part"):
            part.unlink(missing_ok=True)
    if not texts.keys() <= contents.keys():
        text_store.write_texts(dataset.folder, {sha: text for sha, text in texts.items() if sha in contents})
    return contents


def _remove_strange(dataset: Dataset, contents: Container[str]) -> None:
    """Remove stored files and thumbnails of other contents, and what a killed writer left."""
    for folder in ("files", "thumbs"):
        for path in dataset.folder.glob(f"{folder}/*/*"):
            if path.name.split(".", 1)[0] not in contents:  # the SHA-256; "" where the writer was killed
                path.unlink(missing_ok=True)


@contextmanager
def _lock_additions(dataset: Dataset, should_stop: Stopper) -> Iterator[None]:
    """Wait until no other addition to the data set goes on, and hold that off until the end."""
    dataset.read()  # a folder that holds no data set gets no lock
    with ExitStack() as held:
        while True:
            try:
                held.enter_context(system.file_lock(dataset.folder / FOLDER / ".lock", timeout=_PATIENCE))
                break
            except TimeoutError:
                if should_stop():
                    raise ImportStopped("Adding was stopped.", remedy="Start it again.") from None
        yield


def _tidy(dataset: Dataset, contents: Container[str]) -> None:
    """Leave the data set as it was; where it was deleted in the meantime, leave nothing in its place.

    It may come back at any moment, so nothing is removed there that it may hold.

    Args:
        contents: of its versions before the addition.
    """
    with suppress(DataError, OSError):  # what went wrong before is what a person should hear of
        if dataset.is_ready:
            sweep(dataset)
            return
        _remove_strange(dataset, contents)
        has_texts = text_store.texts_file(dataset.folder) is not None
        if has_texts and not any(sha in contents for sha in text_store.read_texts(dataset.folder)):
            text_store.remove_texts(dataset.folder)
    for folder in sorted(dataset.folder.glob("**/"), reverse=True):  # what lies in a folder comes first
        with suppress(OSError):  # there is something in it
            folder.rmdir()


def _is_to_draw_on(source: Path, manifest: Manifest) -> bool:
    """True for plain pictures that are added where pictures have boxes or areas: somebody will draw them.

    Raises:
        DataError: they are of another task.
    """
    task = task_of(source)
    is_plain = task == "images" == INPUTS[manifest.task] != manifest.task
    if task != manifest.task and not is_plain:
        words, others = WORDS[manifest.task], WORDS[task]
        raise DataError(
            f"These are {others.many}, and the data set holds {words.many}.",
            received=source.name,
            remedy=f"Add {words.many}, or make another data set of these.",
        )
    return is_plain


def _check_meanwhile(newest: Manifest, addition: Manifest) -> None:
    """Refuse an addition that does not fit any more: somebody has changed the data set while it came in.

    Raises:
        DataError: the data are for another task by now, or the class maps are of other classes.
    """
    if addition.examples and addition.task != newest.task:
        raise edits.other_task(newest)
    has_maps = any(example.mask for example in addition.examples)
    if has_maps and addition.classes[: len(newest.classes)] != newest.classes:
        raise DataError(
            "Somebody has changed the classes of the areas while these pictures came in.",
            received=addition.source,
            remedy="Add them once more.",
        )


def _join(newest: Manifest, addition: Manifest) -> Manifest:
    """The newest version with an addition.

    Raises:
        DataError: none of it is new, or the data set has changed too much meanwhile.
    """
    _check_meanwhile(newest, addition)
    there = states(newest)
    taken = {name: sha256 for sha256, name in there}
    skipped = list(addition.skipped)
    added: dict[Key, ExampleState] = {}
    for example in chain(addition.examples, addition.aside):
        name = _free_name(example, addition.source, taken)
        if name is None:
            skipped.append(Skipped(example.name, ALREADY_THERE))
            continue
        named = msgspec.structs.replace(example, name=name)
        taken[name] = named.sha256
        added[named.key] = ExampleState(named, named.is_labelled)
    if not added:
        many = WORDS[newest.task].many
        nothing = "is nothing new" if addition.examples or addition.aside else f"are no readable {many}"
        raise DataError(
            f"There {nothing} in it.{_reasons(skipped)}",
            received=addition.source,
            remedy=f"Choose {many} that are not in the data set yet.",
        )
    sides = [side for side in (newest.shrunk_to, addition.shrunk_to) if side]
    joined = msgspec.structs.replace(
        newest,
        classes=(*newest.classes, *(label for label in addition.classes if label not in newest.classes)),
        alike=addition.alike,
        skipped=(*newest.skipped, *skipped),
        ignored=newest.ignored + addition.ignored,
        shrunk_to=min(sides, default=None),
    )
    return with_changes(joined, added)


def _free_name(example: Example, source: str, taken: dict[str, str]) -> str | None:
    """A name that nothing else in the data set has; None when this very example is there."""
    front = PurePosixPath(source).stem or source
    fronts = (f"{front} ({n})" if n > 1 else front for n in count(1))
    name = example.name
    while name in taken:
        if taken[name] == example.sha256:
            return None
        name = f"{next(fronts)}/{example.name}"
    return name


def _reasons(skipped: Iterable[Skipped], most: int = 3) -> str:
    """Reasons for skipping and their counts, the commonest first."""
    found = Counter(skip.reason for skip in skipped).most_common(most)
    return "".join(f" {number:,} × “{printable(reason)}”" for reason, number in found)
