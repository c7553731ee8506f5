"""Data sets with planted faults, for tests of the Data page: manifests only, as no page opens a picture."""

from __future__ import annotations

from pathlib import Path

import msgspec
from PIL import Image

from tlcore.data.dataset import Dataset
from tlcore.data.edits import states, with_states
from tlcore.data.manifest import Example, Look, Manifest, Split
from tlcore.workspace import Workspace

GOOD = Look("JPEG", "", 120, 60, 2000)
FAULTS: dict[str, tuple[int, int, Look]] = {
    "blank": (400, 300, Look("JPEG", "", 255, 0, 0)),
    "tiny": (20, 20, GOOD),
    "dark": (400, 300, Look("JPEG", "", 8, 12, 900)),
    "blurred": (400, 300, Look("JPEG", "", 120, 60, 10)),
    "odd_shape": (1600, 200, GOOD),
}
ROSE, TULIP, LILY = "<b>rose</b>", "*tulip*", "lily"  # as hostile as folders can be named
LABELS = (ROSE, TULIP, LILY)


def example(number: int, label: str, split: Split | None = None, **changes: object) -> Example:
    """A picture like others, no two of the same size."""
    look = msgspec.structs.replace(GOOD, hash=f"{number * 2654435761 % 2**64:016x}")
    plain = Example(f"{number:064x}", f"{label}/{number}.jpg", label, 400 + number, 300, 9000, split, look)
    return msgspec.structs.replace(plain, **changes)


def faulty() -> Manifest:
    """With its own split, and one fault of every kind but shortcuts."""
    counts = {ROSE: 60, TULIP: 30, LILY: 8}
    labels = [label for label, count in counts.items() for _ in range(count)]
    examples = [example(n, label, "test" if n % 4 == 0 else "train") for n, label in enumerate(labels)]
    for n, (width, height, look) in enumerate(FAULTS.values(), 1):  # the first ones are roses
        examples[n] = msgspec.structs.replace(examples[n], width=width, height=height, look=look)
    copy = msgspec.structs.replace(examples[9], name=f"{ROSE}/copy of 9.jpg")
    names = [e.sha256 for e in examples]
    alike = (
        (names[13], names[14]),
        (names[20], names[21]),
        (names[25], names[62]),
    )  # near, crossing, named twice
    return settled(Manifest(name="faulty <i>", examples=(*examples, copy), alike=alike))


def shortcuts() -> Manifest:
    """Frames, sizes and file types that give the class away."""
    plain = [example(n, ROSE, width=800, height=600) for n in range(20)]
    framed = Look("PNG", "", 120, 60, 2000, "ffffff")
    other = [example(n, TULIP, width=640, height=480, look=framed) for n in range(20, 40)]
    return settled(Manifest(name="shortcuts", examples=(*plain, *other)))


def pile(labelled: int = 0, unlabelled: int = 5) -> Manifest:
    """Some roses, and pictures without a class."""
    used = tuple(example(n, ROSE) for n in range(labelled))
    aside = tuple(example(labelled + n, "", name=f"IMG_{n}.jpg") for n in range(unlabelled))
    return settled(Manifest(name="pile", examples=used, aside=aside))


def settled(manifest: Manifest) -> Manifest:
    return with_states(manifest, states(manifest))


def planted(manifest: Manifest, thumbnails: int = 0) -> Dataset:
    """The data set in the workspace of this test, with so many thumbnails of examples."""
    dataset = Dataset(Workspace().datasets / "planted-20260101-120000-abcd")
    dataset.folder.mkdir(parents=True)
    for each in (*manifest.examples, *manifest.aside)[:thumbnails]:
        path = Path(dataset.thumbnail(each.sha256))
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (8, 6), (90, 120, 30)).save(path)
    dataset.write(manifest)
    return dataset
