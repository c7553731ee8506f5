"""Copies of what others share: a data set or run of one's own, whole or not at all.

Files that Graft never writes in place (content by its hash, versions, models) are one on the disk, under two
names; the others are copied. So what one person changes never reaches another, and a class of 25 with the
teacher's pictures takes the room of one. For each person's limit a copy counts in full.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from tlcore import system
from tlcore.data import text_store
from tlcore.data.dataset import Dataset
from tlcore.data.examples import table_file
from tlcore.data.importing.additions import FOLDER as ADDITIONS
from tlcore.data.importing.progress import ImportStopped
from tlcore.export.hand_on import bundle, own_data, pack
from tlcore.export.hand_on.pack import BundlePart
from tlcore.people import sharing
from tlcore.people.sharing import Offer
from tlcore.runs.job import AT_START, Reporter
from tlcore.runs.run import Run
from tlcore.workspace import Workspace, new_id, trash
from tlcore.workspace.refusals import refusal

# In the folder of a data set: of its import, of its owner.
LEFT_BEHIND = AT_START | {"status.json", sharing.FILE, ADDITIONS}
# They appear by a rename, whole.
LINKED = {"files", "thumbs", "versions", "manifest.json", table_file.FIRST, *text_store.FILES}
APPENDED = "metrics.jsonl"  # of a run, which may go on
SOON = 10_000  # files that are linked in less than a second


def new_folder(offer: Offer) -> Path:
    """Where the copy shall lie in the workspace of the person at work."""
    own = pack.name_of(Run(offer.folder)) if offer.kind == "runs" else offer.folder.name
    name = offer.folder.name.rsplit("-", 3)[0] if own == offer.folder.name else own
    return Workspace().folder(offer.kind) / new_id(name)


def is_quick(offer: Offer) -> bool:
    """Tell whether a copy takes less than a second: a run's few files, or not very many of a data set on a
    disk that needs not copy them.
    """
    if offer.kind == "runs":
        return True
    try:
        with tempfile.TemporaryDirectory(prefix="copy-", dir=Workspace().uploads) as place:
            is_linked = _is_linked(Dataset(offer.folder), Path(place))
        return is_linked and sum(1 for _ in itertools.islice(_files(offer.folder), SOON + 1)) <= SOON
    except OSError:
        return True  # it is gone, which the copy says


def copy_dataset(
    offer: Offer,
    target: Path,
    on_progress: Callable[[int, int], None] = lambda *_: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> None:
    """Make of a shared data set, with all its versions, the data set `target` of the person at work.

    Args:
        on_progress: called with the number of files that are there, and of all.

    Raises:
        GraftError: it is not shared any more, or there is no room.
        ImportStopped: `should_stop` said so.
    """
    source = Dataset(offer.folder)
    with _whole(offer, target):
        latest = source.latest  # versions never change: those up to here are one state of it
        files = [(path, size) for path, size in _files(offer.folder) if _is_wanted(path, latest)]
        target.mkdir(parents=True, exist_ok=True)
        is_linked = _is_linked(source, target)
        size = sum(size for _, size in files)
        Workspace().check_room(size, target, _copied(files) if is_linked else None)
        for folder in {target / path.parent for path, _ in files}:
            folder.mkdir(parents=True, exist_ok=True)
        for done, (path, _) in enumerate(files):
            if should_stop():
                raise ImportStopped("The copy was stopped.")
            _put(offer.folder, target, path)
            on_progress(done, len(files))
        sharing.find(offer.owner.id, offer.kind, source.id)
        system.link_or_copy(source.manifest(1), target / "manifest.json")  # last: now it is one


def copy_run(offer: Offer, target: Path) -> None:
    """Make of a shared run the run `target` of the person at work. Its data set is theirs where they have the
    same; else it has the list of its examples, and small pictures or texts if that data set is shared, too.

    Raises:
        GraftError: it is not shared any more, got another model meanwhile, or there is no room.
    """
    run = Run(offer.folder)
    scratch = Path(tempfile.mkdtemp(prefix="copy-", dir=Workspace().uploads))
    made = Run(scratch / "run")
    try:
        with _whole(offer, target):
            pack.check(run)
            edition = run.edition()
            parts = pack.parts_of(run, _shows_examples(offer))
            Workspace().check_room(sum(map(_size, parts)), scratch, sum(map(_new_size, parts)))
            for part in parts:
                _lay_out(part, made.folder)
            pack.check_edition(run, edition)
            own_data.settle(made, target, Workspace().datasets)
            Reporter(made).end("done", "Copied from somebody else")
            sharing.find(offer.owner.id, offer.kind, run.id)
            shutil.move(made.folder, target)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


@contextlib.contextmanager
def _whole(offer: Offer, target: Path) -> Iterator[None]:
    """Around what makes `target`: where it fails, nothing of it is left but the state of a job."""
    try:
        yield
    except BaseException as error:
        if target.is_dir():
            for item in target.iterdir():
                if item.name not in AT_START | {"status.json"}:
                    trash.remove(item)
            with contextlib.suppress(OSError):
                target.rmdir()
        if isinstance(error, OSError):
            sharing.find(offer.owner.id, offer.kind, offer.folder.name)
            raise refusal(error) from error
        raise


def _files(folder: Path) -> Iterator[tuple[Path, int]]:
    """The files of a data set that a copy needs, but for its first manifest: their places in it and sizes."""
    rest = [folder]
    while rest:
        with os.scandir(rest.pop()) as items:
            for item in items:
                if item.name.startswith(".") or item.is_symlink():
                    continue
                place = Path(item.path).relative_to(folder)
                if place.parts[0] in LEFT_BEHIND or place == Path("manifest.json"):
                    continue
                if item.is_dir():
                    rest.append(Path(item.path))
                elif item.is_file():
                    yield place, item.stat().st_size


def _is_wanted(place: Path, latest: int) -> bool:
    """Tell whether it is no version that came after `latest`."""
    is_later = place.parts[0] == "versions" and place.stem.isdecimal() and int(place.stem) > latest
    return not is_later


def _put(source: Path, target: Path, place: Path) -> None:
    file = target / place
    if place.parts[0] in LINKED:
        system.link_or_copy(source / place, file)
    else:
        shutil.copy2(source / place, file)


def _copied(files: list[tuple[Path, int]]) -> int:
    return sum(size for path, size in files if path.parts[0] not in LINKED)


def _is_linked(source: Dataset, folder: Path) -> bool:
    """Tell whether the disk of `folder` gives a file of the data set another name."""
    probe = folder / ".link"
    system.link_or_copy(source.manifest(1), probe)
    try:
        return os.path.samefile(source.manifest(1), probe)
    finally:
        probe.unlink()


def _shows_examples(offer: Offer) -> bool:
    """Tell whether the examples of a run may be seen: they came with it, or their data set is shared."""
    dataset = Run(offer.folder).dataset()
    home = Workspace(offer.owner.home)
    is_shared = sharing.shared_since(dataset.folder) is not None
    own = home.find("datasets", dataset.id)
    return dataset.folder == offer.folder / bundle.DATA or (is_shared and own == dataset.folder)


def _size(part: BundlePart) -> int:
    return len(part.content) if isinstance(part.content, bytes) else part.content.stat().st_size


def _new_size(part: BundlePart) -> int:
    """Bytes that it takes beside what is there: on a disk without links a little more, which is fine."""
    return _size(part) if isinstance(part.content, bytes) or part.name == APPENDED else 0


def _lay_out(part: BundlePart, folder: Path) -> None:
    file = folder / part.name
    file.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(part.content, bytes):
        file.write_bytes(part.content)
    elif part.name == APPENDED:
        shutil.copy2(part.content, file)
    else:
        system.link_or_copy(part.content, file)
