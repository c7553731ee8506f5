"""Children that come to grief over a picture. What they do to it stands in modules that they import."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import psutil
import pytest
from PIL import Image

from tests.data.conftest import jpeg
from tests.data.images.decoder_deeds import act
from tests.fixtures import ROOT
from tlcore.data.dataset import Dataset
from tlcore.data.images import decode, sandbox
from tlcore.data.images.sandbox import CRASHED, SLOW, Sandbox, SandboxClosed
from tlcore.data.images.sandbox_worker import FAILED, SHORT, DecodedImage
from tlcore.data.importing import images
from tlcore.data.importing.importer import import_data
from tlcore.data.importing.progress import ImportStopped
from tlcore.errors import DataError

Tree = Callable[..., Path]


def asked(tmp_path: Path, text: str) -> Path:
    path = tmp_path / text.replace(" ", "_")
    path.write_text(text)
    return path


def children() -> set[int]:
    return {child.pid for child in psutil.Process().children(recursive=True)}


linux = pytest.mark.skipif(sys.platform != "linux", reason="what is said of Linux, or needs /proc")


DEEDS = {
    "crash": CRASHED,
    "leave": CRASHED,
    "hang 60": SLOW,
    "fail x": FAILED,
    "refuse": "It is refused.",
    "print": "",
}
OF_LINUX = {"garbage": CRASHED, "wrong": CRASHED, "endless": CRASHED, "hog": SHORT, "taken": SHORT}


@pytest.mark.parametrize(
    ("deeds", "seconds"),
    [(DEEDS, 4), pytest.param(OF_LINUX, 60, marks=linux)],
    ids=["anywhere", "Linux"],
)
def test_it_costs_that_picture_only(deeds: dict[str, str], seconds: float, tmp_path: Path) -> None:
    before = children()
    with Sandbox(act, seconds=seconds, memory=500_000_000) as some:
        for text, reason in deeds.items():
            assert some.run(asked(tmp_path, "fine"), None) == DecodedImage(7, 8), text
            assert some.run(asked(tmp_path, text), None).refusal == reason, text
        assert some.run(asked(tmp_path, "fine"), None) == DecodedImage(7, 8)
    assert children() == before


def test_a_child_is_used_again_and_each_thread_has_its_own(tmp_path: Path) -> None:
    path = asked(tmp_path, "nested")
    before = children()  # of other tests: a browser, say
    with Sandbox(act) as some:
        assert some.run(path, None) == some.run(path, None)
        with ThreadPoolExecutor(2) as pool:
            gate = threading.Barrier(2)

            def see(text: str) -> DecodedImage:
                gate.wait()
                return some.run(asked(tmp_path, text), None)

            assert list(pool.map(see, ["hang 0.3", "hang 0.4"])) == [DecodedImage(7, 8)] * 2
            assert len(children() - before) == 2


def test_a_picture_after_which_the_child_dies_has_a_second_chance(tmp_path: Path) -> None:
    path = asked(tmp_path, "nested")
    with Sandbox(act) as some:
        os.kill(some.run(path, None).width, signal.SIGKILL)
        assert some.run(path, None).refusal == ""


@pytest.mark.parametrize("code", ["import sys; sys.exit(3)", "import time; time.sleep(60)"])
def test_one_that_cannot_start_says_so(code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "_CHILD", code)
    monkeypatch.setattr(sandbox, "_STARTING", 2.0)
    with Sandbox(act) as some, pytest.raises(DataError, match="could not be started"):
        some.run(asked(tmp_path, "fine"), None)


def test_who_waits_is_freed_when_all_are_ended(tmp_path: Path) -> None:
    some = Sandbox(act)
    with ThreadPoolExecutor(1) as pool:
        waits = pool.submit(some.run, asked(tmp_path, "hang 60"), None)
        deadline = time.monotonic() + 20
        while not some._children and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(0.2)
        some.close()
        with pytest.raises(SandboxClosed):
            waits.result(10)
    with pytest.raises(SandboxClosed):
        some.run(asked(tmp_path, "fine"), None)


PARENT = """
import sys, threading
from pathlib import Path
from tests.data.images.decoder_deeds import act
from tlcore.data.images.sandbox import Sandbox
some = Sandbox(act)
print(some.run(Path(sys.argv[1]), None).width, flush=True)
some.run(Path(sys.argv[2]), None)
"""


def is_at_work(process: psutil.Process) -> bool:
    """A process that has ended may stay in the table of processes for a while."""
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.mark.parametrize("busy", ["hang 60", "hog"])
def test_children_end_with_the_parent(busy: str, tmp_path: Path) -> None:
    """Killed by SIGKILL, it can say goodbye to nobody, idle or at work."""
    words = [sys.executable, "-c", PARENT, str(asked(tmp_path, "nested")), str(asked(tmp_path, busy))]
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        assert is_at_work(child)
        parent.kill()
    deadline = time.monotonic() + 20
    while is_at_work(child) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not is_at_work(child)


def crash_on_red(file: Path, thumbnail: Path | None) -> DecodedImage:
    """As the import's own work, but for red pictures, over which the decoder crashes."""
    small, (width, height), _ = decode.decode_small(file)
    if np.asarray(small)[..., 0].mean() > 200 > 100 > np.asarray(small)[..., 1].mean():
        os.kill(os.getpid(), signal.SIGSEGV)
    if thumbnail is not None:
        decode.write_thumbnail(small, thumbnail)
    return DecodedImage(width, height)


def flat(colour: str, form: str = "PNG") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), colour).save(out, form)
    return out.getvalue()


def test_an_import_goes_on_without_it(
    tree: Tree, tmp_path: Path, two_classes: dict[str, bytes | int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(images, "WORK", crash_on_red)
    dataset = Dataset(tmp_path / "set")
    root = tree({**two_classes, "cat/evil.png": flat("red"), "dog/evil.png": flat("red")})
    manifest = import_data(root, dataset.folder, name="x")
    assert manifest.counts() == {"cat": 4, "dog": 4}
    assert [(skip.name, skip.reason) for skip in manifest.skipped] == [
        ("cat/evil.png", CRASHED),
        ("dog/evil.png", CRASHED),
    ]
    assert {path.name for path in dataset.folder.glob("files/*/*")} == {e.sha256 for e in manifest.examples}


def slow(file: Path, thumbnail: Path | None) -> DecodedImage:
    time.sleep(60)
    return DecodedImage(1, 1)


def test_a_long_wait_can_be_stopped(
    tree: Tree, tmp_path: Path, two_classes: dict[str, bytes | int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(images, "WORK", slow)
    before, began = children(), time.monotonic()
    with pytest.raises(ImportStopped):
        import_data(
            tree(two_classes),
            tmp_path / "set",
            name="x",
            should_stop=lambda: time.monotonic() > began + 1,
        )
    assert time.monotonic() < began + 30 and children() == before and not (tmp_path / "set").exists()


def test_heic_comes_in_like_any_other(tree: Tree, tmp_path: Path) -> None:
    def heic(seed: int) -> bytes:
        out = io.BytesIO()
        exif = Image.Exif()
        exif[0x0112] = 6  # an iPhone held upright
        with Image.open(io.BytesIO(jpeg(seed, (80, 60)))) as image:
            image.save(out, "HEIF", exif=exif.tobytes())
        return out.getvalue()

    files = {f"{label}/{n}.HEIC": heic(at * 10 + n) for at, label in enumerate("ab") for n in range(3)}
    dataset = Dataset(tmp_path / "set")
    manifest = import_data(tree(files), dataset.folder, name="phone")
    assert manifest.counts() == {"a": 3, "b": 3} and not manifest.skipped
    for example in manifest.examples:
        assert (example.width, example.height) == (60, 80)
        assert example.look is not None and example.look.form == "HEIF"
        with Image.open(dataset.thumbnail(example.sha256)) as small:
            assert small.size == (60, 80)
            thumbnail = np.asarray(small.resize((32, 32), Image.Resampling.HAMMING), int)
        pixels = decode.decode(dataset.file(example.sha256), 32, "stretch").astype(int)
        assert np.abs(pixels - thumbnail).mean() < 12


def test_children_for_so_many() -> None:
    assert sandbox.children_for(0) == sandbox.children_for(1) == 1
    assert 1 <= sandbox.children_for(10**6) <= sandbox.MOST
