"""Packing a run into one file for somebody else: without paths of this computer, and without its pictures.

The same run gives the same bytes. No model is loaded.
"""

from __future__ import annotations

import hashlib
import secrets
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from tlcore import __version__, system
from tlcore import config as configuration
from tlcore.backbones.catalogue.entry import FOLDER_PREFIX
from tlcore.config import RunConfig
from tlcore.data import text_store
from tlcore.data.dataset import Dataset, manifest_for
from tlcore.data.manifest import Manifest
from tlcore.errors import GraftError, RunError, printable
from tlcore.export.hand_on import bundle
from tlcore.export.hand_on.bundle import Bundle, BundleEntry
from tlcore.runs import run_records
from tlcore.runs.run import Run
from tlcore.workspace.refusals import writing

PIECE = 1 << 20
OPTIONAL = ("metrics.jsonl", "study.json", "features.npz", "before_refit.npz", "decision.json")
LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the date of every entry


@dataclass(frozen=True)
class BundlePart:
    """One entry: its name, and its content or the file that holds it."""

    name: str
    content: bytes | Path

    def pieces(self) -> Iterator[bytes]:
        if isinstance(self.content, bytes):
            yield self.content
            return
        with self.content.open("rb") as file:
            while piece := file.read(PIECE):
                yield piece

    def entry(self) -> BundleEntry:
        digest, count = hashlib.sha256(), 0
        for piece in self.pieces():
            digest.update(piece)
            count += len(piece)
        return BundleEntry(digest.hexdigest(), count)


def pack(run: Run, target: Path, with_examples: bool) -> None:
    """Write `run` to the file `target`, which appears whole or not at all.

    Args:
        with_examples: small pictures, or the texts, go with it.

    Raises:
        RunError: it has no model yet, or got another one meanwhile.
        WorkspaceError: the file cannot be written.
    """
    check(run)
    edition = run.edition()
    parts = parts_of(run, with_examples)
    entries = {part.name: part.entry() for part in parts}
    about = Bundle(bundle.FORMAT, __version__, name_of(run), entries)
    whole = [BundlePart(bundle.TABLE, msgspec.json.encode(about)), *parts]
    part = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")  # two may ask at once
    with writing():
        try:
            _write(whole, part)
            check_edition(run, edition)
            system.replace(part, target)
        finally:
            part.unlink(missing_ok=True)


def check(run: Run) -> None:
    """Refuse a run that nobody else could use.

    Raises:
        RunError: it has no model yet, or its network came in a file.
    """
    run.require_model()
    if run.is_from_elsewhere:
        raise RunError(
            "The network of this run came in a file, so the run cannot be handed on.",
            received=run.id,
            remedy="Hand on that file instead, or export the model as `keras`, which can be brought like it.",
        )


def check_edition(run: Run, edition: str) -> None:
    """Refuse files that were read while the run got another model.

    Raises:
        RunError: it did.
    """
    if run.edition() != edition:
        raise RunError("This run got another model meanwhile.", received=run.id, remedy="Try again.")


def parts_of(run: Run, with_examples: bool) -> list[BundlePart]:
    """All that goes to somebody else; errors as for `Run.config`."""
    return [*_files_of(run), *_data_of(run, with_examples)]


def name_of(run: Run) -> str:
    """The name that somebody gave the run, else its folder's."""
    return printable(run_records.read_notes(run.folder).name or run.id, bundle.LONGEST_NAME)


def _write(parts: list[BundlePart], target: Path) -> None:
    with zipfile.ZipFile(target, "w") as archive:
        for part in parts:
            info = zipfile.ZipInfo(part.name, LONG_AGO)
            is_text = part.name.endswith((".json", ".jsonl"))  # the rest would hardly shrink
            info.compress_type = zipfile.ZIP_DEFLATED if is_text else zipfile.ZIP_STORED
            with archive.open(info, "w", force_zip64=True) as entry:
                for piece in part.pieces():
                    entry.write(piece)


def _files_of(run: Run) -> Iterator[BundlePart]:
    yield BundlePart("config.json", _portable(run.config()))
    if name := run_records.read_notes(run.folder).name:  # a star is one's own
        yield BundlePart(run_records.NOTES_FILE, msgspec.json.encode(run_records.Notes(name)))
    for name in (*bundle.NEEDED[1:], *OPTIONAL):
        file = run.folder / name
        if file.is_file():
            yield BundlePart(name, file)


def _portable(config: RunConfig) -> bytes:
    """The settings without where anything lies on this computer."""
    backbone = config.backbone
    if backbone.startswith(FOLDER_PREFIX):
        backbone = FOLDER_PREFIX + bundle.plain_name(backbone.removeprefix(FOLDER_PREFIX))
    return configuration.to_json(
        msgspec.structs.replace(config, data="", data_version=1, start_from=None, backbone=backbone)
    )


def _data_of(run: Run, with_examples: bool) -> Iterator[BundlePart]:
    """The list of its examples, and what it went on from; nothing where its data are gone here, too."""
    config = run.config()
    try:
        manifest, earlier = manifest_for(config), _earlier(config)
    except GraftError:
        return
    yield BundlePart(bundle.MANIFEST, msgspec.json.encode(_lean(manifest)))
    for number, (before, examples) in enumerate(earlier, start=1):
        folder = bundle.earlier_folder(number)
        yield BundlePart(f"{folder}/config.json", _portable(before))
        yield BundlePart(f"{folder}/{bundle.MANIFEST}", msgspec.json.encode(_lean(examples)))
    if with_examples:
        yield from _examples_of(run.dataset(), manifest)


def _earlier(config: RunConfig) -> list[tuple[RunConfig, Manifest]]:
    """Settings and examples of the runs that it went on from, the last one first.

    Raises:
        GraftError: one of them, or its data, are gone.
    """
    found: list[tuple[RunConfig, Manifest]] = []
    while config.start_from and len(found) < bundle.MOST_EARLIER:
        config = Run.existing(Path(config.start_from)).config()
        found.append((config, manifest_for(config)))
    return found


def _lean(manifest: Manifest) -> Manifest:
    """The examples on which the split rests: none that was set aside or skipped."""
    return msgspec.structs.replace(
        manifest,
        version=1,
        change="",
        source="",
        examples=tuple(manifest.examples),
        aside=(),
        skipped=(),
        ignored=0,
        warnings=(),
    )


def _examples_of(dataset: Dataset, manifest: Manifest) -> Iterator[BundlePart]:
    contents = dict.fromkeys(example.sha256 for example in manifest.examples)
    if manifest.task == "texts":
        texts = text_store.read_texts(dataset.folder)
        kept = {sha256: text for sha256, text in texts.items() if sha256 in contents}
        yield BundlePart(bundle.TEXTS, msgspec.json.encode(kept))
        return
    for sha256 in contents:
        thumbnail = dataset.thumbnail(sha256)
        if thumbnail.is_file():
            yield BundlePart(f"{bundle.DATA}/thumbs/{sha256[:2]}/{sha256}.jpg", thumbnail)
