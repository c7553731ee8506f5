from __future__ import annotations

import hashlib
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from PIL import Image

from tests.data.conftest import jpeg
from tlcore.config.split import SplitConfig
from tlcore.data.dataset import Dataset
from tlcore.data.importing import images
from tlcore.data.importing.importer import import_data, needed_bytes, scan
from tlcore.data.importing.progress import ImportProgress, ImportStopped
from tlcore.data.manifest import Manifest
from tlcore.data.readiness import too_small
from tlcore.data.splits import assign
from tlcore.data.versions.edits import Exclude, apply
from tlcore.errors import ArchiveError, DataError

Tree = Callable[..., Path]
Files = dict[str, bytes | int]


def files_below(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_the_exact_files_are_written(tree: Tree, tmp_path: Path, two_classes: Files) -> None:
    folder = tmp_path / "set"
    manifest = import_data(tree(two_classes), folder, name="Pets", shrunk_to=512, generated=True)
    dataset = Dataset(folder)
    assert dataset.read() == manifest
    assert (manifest.name, manifest.source, manifest.shrunk_to, manifest.generated) == (
        "Pets",
        "pets",
        512,
        True,
    )
    assert manifest.counts() == {"cat": 4, "dog": 4} and manifest.created.endswith("Z")
    assert not manifest.skipped
    hashes = {
        hashlib.sha256(jpeg(seed)).hexdigest() for seed in two_classes.values() if isinstance(seed, int)
    }
    assert files_below(folder) == {"manifest.json"} | {f"files/{sha[:2]}/{sha}" for sha in hashes} | {
        f"thumbs/{sha[:2]}/{sha}.jpg" for sha in hashes
    }
    first = manifest.examples[0]
    assert (first.name, first.label, first.width, first.height) == ("cat/0.jpg", "cat", 40, 30)
    assert dataset.file(first.sha256).read_bytes() == jpeg(0)
    assert max(Image.open(dataset.thumbnail(first.sha256)).size) <= 128


def test_sent_is_accepted_plus_skipped(tree: Tree, tmp_path: Path, two_classes: Files) -> None:
    bad: Files = {"cat/bad.jpg": jpeg(9)[:-50], "cat/page.png": b"<html>", "notes.txt": b"x", "loose.jpg": 77}
    junk: Files = {"cat/Thumbs.db": b"x", ".DS_Store": b"x"}
    manifest = import_data(tree({**two_classes, **bad, **junk}), tmp_path / "set", name="x")
    assert len(manifest.examples) + len(manifest.skipped) == len(two_classes) + len(bad)
    assert manifest.ignored == 2
    assert {skip.name for skip in manifest.skipped} == set(bad) and all(
        skip.reason for skip in manifest.skipped
    )


def test_equal_bytes_are_stored_once(tree: Tree, tmp_path: Path, two_classes: Files) -> None:
    root = tree({**two_classes, "cat/copy.jpg": 0, "cat/again.jpg": 0})
    manifest = import_data(root, tmp_path / "set", name="x")
    assert manifest.counts() == {"cat": 6, "dog": 4}
    assert len(list((tmp_path / "set" / "files").rglob("*/*"))) == 8
    of = dict(zip((e.name for e in manifest.examples), assign(manifest, SplitConfig()), strict=True))
    assert of["cat/copy.jpg"] == of["cat/again.jpg"] == of["cat/0.jpg"]


def test_folder_zip_and_scan_agree(tree: Tree, tmp_path: Path, two_classes: Files) -> None:
    root = tree({**two_classes, "cat/bad.jpg": b"no"})
    made = Path(shutil.make_archive(str(tmp_path / "pets"), "zip", root))
    tar = Path(shutil.make_archive(str(tmp_path / "pets"), "gztar", tmp_path, "pets"))
    first = import_data(root, tmp_path / "one", name="x")
    second = import_data(made, tmp_path / "two", name="x")
    third = import_data(tar, tmp_path / "three", name="x")
    assert first.examples == second.examples and first.skipped == second.skipped
    assert [e.sha256 for e in third.examples] == [e.sha256 for e in first.examples]
    seen = scan(root)
    assert (seen.examples, seen.skipped, seen.warnings) == (first.examples, first.skipped, first.warnings)


def test_brought_splits(tree: Tree, tmp_path: Path, two_classes: Files) -> None:
    files: Files = {f"train/{name}": content for name, content in two_classes.items()}
    files |= {"test/cat/t.jpg": 90, "test/dog/t.jpg": 91}
    manifest = import_data(tree(files), tmp_path / "set", name="x")
    assert manifest.brought_splits() == {"train", "test"}
    assert [e.split for e in manifest.examples] == ["test"] * 2 + ["train"] * 8


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"cat": None, "dog": None}, "no readable pictures"),
        ({"dog": None}, "only one class"),
        ({"dog/2.jpg": None, "dog/3.jpg": None}, "“dog” has 2 pictures"),
        ({"dog/2.jpg": b"", "dog/3.jpg": 10}, "“dog” has 2 pictures"),
        ({"train": 2, "test/bird/1.jpg": 50}, "“bird” is not among the training pictures"),
    ],
)
@pytest.mark.parametrize("existed", [True, False])
def test_refusals_leave_nothing(
    change: Files, words: str, existed: bool, tree: Tree, tmp_path: Path, two_classes: Files
) -> None:
    files = dict(two_classes)
    for key, content in change.items():
        if key == "train":
            files = {f"train/{name}": old for name, old in files.items()}
        elif content is None:
            files = {name: old for name, old in files.items() if not name.startswith(key)}
        else:
            files[key] = content
    folder = tmp_path / "set"
    if existed:
        folder.mkdir()
        (folder / "job.log").write_text("kept")
    root = tree(files)
    for run in (lambda: import_data(root, folder, name="x"), lambda: scan(root)):
        with pytest.raises(DataError) as caught:
            run()
        assert words in caught.value.what
    assert {path.name for path in tmp_path.rglob("set/*")} == ({"job.log"} if existed else set())
    assert folder.exists() is existed


def test_a_class_that_is_too_small_comes_in_with_what_is_in_the_way(
    tree: Tree, tmp_path: Path, two_classes: Files
) -> None:
    few: Files = {"bird/0.jpg": 50, "bird/1.jpg": 51, "fish/0.jpg": 60}
    made = import_data(tree(two_classes | few), tmp_path / "set", name="x", allow_unfinished=True)
    assert made.counts() == {"bird": 2, "cat": 4, "dog": 4, "fish": 1}
    assert made.problem.startswith("The class “fish” has one picture that can be read; at least 3 different")
    assert "1 other is too small as well." in made.problem and list(too_small(made)) == ["fish", "bird"]
    without = apply(made, Exclude(tuple(e.key for e in made.examples if e.label in too_small(made))))
    assert not without.problem and without.counts() == {"cat": 4, "dog": 4} and len(without.aside) == 3


def test_stopping_leaves_nothing(tree: Tree, tmp_path: Path, two_classes: Files) -> None:
    seen: list[ImportProgress] = []
    with pytest.raises(ImportStopped):
        import_data(
            tree(two_classes),
            tmp_path / "set",
            name="x",
            on_progress=seen.append,
            should_stop=lambda: len(seen) == 3,
        )
    assert not (tmp_path / "set").exists() and len(seen) == 3


def test_progress_ends_at_the_whole(tree: Tree, two_classes: Files) -> None:
    seen: list[ImportProgress] = []
    root = tree(two_classes)
    scan(root, on_progress=seen.append)
    size = sum(path.stat().st_size for path in root.rglob("*.jpg"))
    assert [step.done for step in seen] == list(range(1, 9))
    assert (seen[-1].bytes_done, seen[-1].bytes_total, seen[-1].total) == (size, size, 8)
    assert size < needed_bytes(root) < size + 8 * 10_000


def test_little_memory_in_flight(
    tree: Tree, tmp_path: Path, two_classes: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(images, "IN_FLIGHT", 1)
    assert len(import_data(tree(two_classes), tmp_path / "set", name="x").examples) == 8


def test_scoring_takes_what_training_refuses(tree: Tree, tmp_path: Path) -> None:
    root = tree({"test/cat/1.jpg": 1, "test/dog/1.jpg": 2})
    with pytest.raises(DataError):
        import_data(root, tmp_path / "set", name="x")
    manifest = import_data(root, tmp_path / "set", name="x", for_training=False)
    assert manifest.counts() == {"cat": 1, "dog": 1} and manifest.brought_splits() == {"test"}


def test_a_data_set_is_never_replaced(tree: Tree, tmp_path: Path, two_classes: Files) -> None:
    root = tree(two_classes)
    before = import_data(root, tmp_path / "set", name="x")
    with pytest.raises(DataError, match="already"):
        import_data(root, tmp_path / "set", name="y")
    assert Dataset(tmp_path / "set").read() == before


def test_leftovers_of_a_killed_import_are_not_trusted(tree: Tree, tmp_path: Path, two_classes: Files) -> None:
    sha = hashlib.sha256(jpeg(0)).hexdigest()
    part = Dataset(tmp_path / "set").file(sha)
    part.parent.mkdir(parents=True)
    part.write_bytes(b"half")
    import_data(tree(two_classes), tmp_path / "set", name="x")
    assert part.read_bytes() == jpeg(0)


def test_broken_archive(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(b"PK\x03\x04 and no more")
    with pytest.raises(ArchiveError):
        import_data(tmp_path / "a.zip", tmp_path / "set", name="x")
    assert not (tmp_path / "set").exists()


def test_nothing_is_written_under_names_from_outside(tmp_path: Path) -> None:
    names = ["../../evil/{}.jpg", "CON/{}.jpg", "<b>aux</b>/{}.jpg", "\u202eexe/{}.jpg"]
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for group, name in enumerate(names):
            for n in range(3):
                archive.writestr(name.format(n), jpeg(10 * group + n))
        archive.writestr("CON/inner.zip", b"PK\x03\x04 nested")
    manifest = import_data(tmp_path / "a.zip", tmp_path / "set", name="x")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.zip", "set"]
    assert set(manifest.classes) == {"CON", "<b>aux<", "exe"}
    assert len(manifest.skipped) == 4


def test_manifest_survives_its_file(tree: Tree, two_classes: Files) -> None:
    manifest = scan(tree(two_classes))
    assert msgspec.json.decode(msgspec.json.encode(manifest), type=Manifest) == msgspec.structs.replace(
        manifest, examples=[*manifest.examples], aside=[*manifest.aside]
    )


def test_what_the_browser_could_not_read_is_listed(
    tree: Callable[..., Path], two_classes: dict[str, bytes | int], tmp_path: Path
) -> None:
    manifest = import_data(tree(two_classes), tmp_path / "set", name="pets", unread_names=("dog/locked.jpg",))
    assert [item.name for item in manifest.skipped] == ["dog/locked.jpg"]
    assert "browser" in manifest.skipped[0].reason
