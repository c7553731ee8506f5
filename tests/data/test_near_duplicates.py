from __future__ import annotations

import io
import random
from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageEnhance, ImageFilter

from tests.data.conftest import jpeg
from tlcore.config.split import SplitConfig
from tlcore.data import near_duplicates
from tlcore.data.dataset import Dataset
from tlcore.data.images import decode, statistics
from tlcore.data.importing import additions
from tlcore.data.importing.importer import import_data
from tlcore.data.importing.progress import ImportStopped
from tlcore.data.manifest import Example
from tlcore.data.near_duplicates import group_pictures, group_texts
from tlcore.data.splits import assign

Tree = Callable[..., Path]
SIZE = (240, 180)


def photo(seed: int, size: tuple[int, int] = SIZE) -> Image.Image:
    """Soft patches of colour under a fine grain: no two seeds look the same."""
    draw = np.random.default_rng(seed)
    patches = Image.fromarray(draw.integers(60, 190, (6, 8, 3), dtype=np.uint8))
    soft = np.asarray(patches.resize(size, Image.Resampling.BICUBIC), float)
    return Image.fromarray(np.uint8((soft + draw.normal(0, 6, (*soft.shape[:2], 1))).clip(0, 255)))


def saved(image: Image.Image, form: str = "JPEG", quality: int = 92) -> bytes:
    out = io.BytesIO()
    image.save(out, form, quality=quality)
    return out.getvalue()


COPIES: dict[str, Callable[[Image.Image], bytes]] = {
    "smaller": lambda image: saved(image.resize((120, 90))),
    "larger": lambda image: saved(image.resize((360, 270))),
    "encoded anew": lambda image: saved(image, quality=50),
    "cropped": lambda image: saved(image.crop((3, 1, 238, 178))),
    "brighter": lambda image: saved(ImageEnhance.Brightness(image).enhance(1.2)),
    "darker": lambda image: saved(ImageEnhance.Brightness(image).enhance(0.8)),
    "fainter": lambda image: saved(ImageEnhance.Contrast(image).enhance(0.8)),
    "PNG": lambda image: saved(image, "PNG"),
    "WebP": lambda image: saved(image, "WEBP", 70),
    "HEIC": lambda image: saved(image, "HEIF", 70),
}
OTHERS: dict[str, Callable[[Image.Image], bytes]] = {
    "mirrored": lambda image: saved(image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)),
    "turned": lambda image: saved(image.rotate(180)),
    "half of it": lambda image: saved(image.crop((0, 0, 120, 180))),
    "colours changed": lambda image: saved(Image.merge("RGB", image.split()[::-1])),
}


def kept(folder: Path, contents: dict[str, bytes]) -> tuple[Dataset, list[Example]]:
    """A data set that holds these pictures, named where a SHA-256 would be, without the import."""
    dataset = Dataset(folder)
    examples = []
    for name, content in contents.items():
        small, (width, height), form = decode.decode_small(content)
        decode.write_thumbnail(small, dataset.thumbnail(name))
        look = statistics.measure(small, form)
        examples.append(Example(name, name, "x", width, height, len(content), look=look))
    return dataset, examples


def some(count: int) -> dict[str, bytes]:
    return {f"p{n:02d}": saved(photo(n)) for n in range(count)}


@pytest.mark.parametrize("way", COPIES)
def test_copies_are_found(way: str, tmp_path: Path) -> None:
    contents = some(6)
    copies = {f"copy{n}": COPIES[way](photo(n)) for n in range(3)}
    assert group_pictures(*kept(tmp_path, contents | copies)) == tuple(
        (f"copy{n}", f"p0{n}") for n in range(3)
    )


@pytest.mark.parametrize("way", OTHERS)
def test_what_only_resembles_is_no_copy(way: str, tmp_path: Path) -> None:
    changed = {f"other{n}": OTHERS[way](photo(n)) for n in range(3)}
    assert group_pictures(*kept(tmp_path, some(6) | changed)) == ()


def test_all_copies_of_one_picture_are_one_group(tmp_path: Path) -> None:
    copies = {f"copy{n}": make(photo(0)) for n, make in enumerate(COPIES.values())}
    (group,) = group_pictures(*kept(tmp_path, some(5) | copies))
    assert group == tuple(sorted(["p00", *copies]))


def test_a_long_film_is_not_one_group(tmp_path: Path) -> None:
    """Each picture is nearly the last one, and the first and the last have nothing in common."""
    first, last = photo(1).filter(ImageFilter.GaussianBlur(3)), photo(2).filter(ImageFilter.GaussianBlur(3))
    film = {f"f{n:02d}": saved(Image.blend(first, last, n / 39)) for n in range(40)}
    groups = group_pictures(*kept(tmp_path, film))
    assert groups and max(map(len, groups)) < 40
    assert not any("f00" in group and "f39" in group for group in groups)


def test_blank_pictures_are_in_no_group(tmp_path: Path) -> None:
    blank = {f"b{n}": saved(Image.new("RGB", SIZE, (90 + n, 90, 90))) for n in range(4)}
    assert group_pictures(*kept(tmp_path, blank)) == ()


def test_no_looks_no_thumbnails_and_nothing_at_all(tmp_path: Path) -> None:
    dataset, examples = kept(tmp_path, some(1) | {"copy": saved(photo(0), quality=60)})
    assert group_pictures(dataset, examples) == (("copy", "p00"),)
    old = [msgspec.structs.replace(example, look=None) for example in examples]
    assert group_pictures(dataset, old) == () == group_pictures(dataset, [])
    assert group_pictures(dataset, [old[0], examples[1]]) == ()
    dataset.thumbnail("copy").write_bytes(b"\xff\xd8 not whole")
    assert group_pictures(dataset, examples) == ()
    dataset.thumbnail("p00").unlink()
    assert group_pictures(dataset, examples) == ()


def test_the_same_content_is_compared_once(tmp_path: Path) -> None:
    dataset, examples = kept(tmp_path, some(2))
    again = [msgspec.structs.replace(example, name="again", label="y") for example in examples]
    assert group_pictures(dataset, examples + again) == ()


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Dataset, list[Example]]:
    copies = {f"c{n}way{way}": make(photo(n)) for n in range(4) for way, make in enumerate(COPIES.values())}
    return kept(tmp_path_factory.mktemp("mixed"), some(8) | copies)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10_000), count=st.integers(0, 48))
def test_groups_are_disjoint_and_the_order_is_nothing(
    mixed: tuple[Dataset, list[Example]], seed: int, count: int
) -> None:
    dataset, examples = mixed
    drawn = random.Random(seed).sample(examples, count)
    groups = group_pictures(dataset, drawn)
    members = [sha256 for group in groups for sha256 in group]
    assert len(members) == len(set(members)) and set(members) <= {example.sha256 for example in drawn}
    assert all(len(group) > 1 and list(group) == sorted(group) for group in groups)
    assert list(groups) == sorted(groups) == list(group_pictures(dataset, drawn[::-1]))


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=60))
def test_any_pairs_make_disjoint_groups(pairs: list[tuple[int, int]]) -> None:
    names = [f"n{n:02d}" for n in range(31)]
    edges = np.array([pair for pair in pairs if pair[0] != pair[1]], np.int64).reshape(-1, 2)

    def near(asked: np.ndarray) -> np.ndarray:
        return np.abs(asked[:, 0] - asked[:, 1]) < 8

    groups = near_duplicates._group(edges, names, near)
    members = [name for group in groups for name in group]
    assert len(members) == len(set(members)) and all(len(group) > 1 for group in groups)
    assert groups == near_duplicates._group(edges[::-1, ::-1], names, near)


TEXTS = {
    "a": "Call me at 17:30, please!",
    "b": "call me   at 9:05 please",
    "c": "Call me at seven, please!",
    "d": "ﬁne",
    "e": "Fine …",
    "f": "12345",
    "g": "67890",
    "h": "!!!",
    "i": "???",
    "j": "",
}


def test_texts_that_say_the_same_are_alike() -> None:
    assert group_texts(TEXTS) == (("a", "b"), ("d", "e"))


@given(st.dictionaries(st.text(min_size=1), st.text(alphabet="aB 1!ß", max_size=6)), st.randoms())
def test_groups_of_texts_are_disjoint_and_the_order_is_nothing(
    texts: dict[str, str], shuffle: random.Random
) -> None:
    groups = group_texts(texts)
    members = [name for group in groups for name in group]
    assert len(members) == len(set(members)) and all(len(group) > 1 for group in groups)
    turned = list(texts.items())
    shuffle.shuffle(turned)
    assert group_texts(dict(turned)) == groups


def names_alike(examples: Iterable[Example], groups: Iterable[tuple[str, ...]]) -> list[set[str]]:
    named = {example.sha256: example.name for example in examples}
    return [{named[sha256] for sha256 in group} for group in groups]


def brought(tree: Tree) -> Path:
    """Two classes, a near copy in one and the same bytes twice in the other."""
    files: dict[str, bytes | int] = {
        f"{label}/{n}.jpg": saved(photo(10 * at + n))
        for at, label in enumerate(("cat", "dog"))
        for n in range(6)
    }
    copies = {"cat/0 small.jpg": COPIES["smaller"](photo(0)), "dog/same.jpg": files["dog/5.jpg"]}
    return tree({**files, **copies})


def test_an_import_finds_copies_and_splits_keep_them_together(tree: Tree, tmp_path: Path) -> None:
    manifest = import_data(brought(tree), tmp_path / "set", name="Pets")
    assert names_alike(manifest.examples, manifest.alike) == [{"cat/0.jpg", "cat/0 small.jpg"}]
    for seed in range(8):
        places = assign(manifest, SplitConfig(seed=seed))
        of = dict(zip((example.name for example in manifest.examples), places, strict=True))
        assert of["cat/0.jpg"] == of["cat/0 small.jpg"]


def test_what_is_added_is_compared_with_what_is_there(tree: Tree, tmp_path: Path) -> None:
    dataset = Dataset(tmp_path / "set")
    before = import_data(brought(tree), dataset.folder, name="Pets")
    more = tree({"cat/new.jpg": COPIES["brighter"](photo(1)), "dog/new.jpg": saved(photo(99))}, "more")
    after = additions.add(more, dataset)
    found = names_alike(after.examples, after.alike)
    assert sorted(map(sorted, found)) == [["cat/0 small.jpg", "cat/0.jpg"], ["cat/1.jpg", "cat/new.jpg"]]
    assert dataset.read(1) == before


def test_a_data_set_from_before_looks_can_be_added_to(tree: Tree, tmp_path: Path) -> None:
    dataset = Dataset(tmp_path / "set")
    new = import_data(brought(tree), dataset.folder, name="Pets")
    old = tuple(msgspec.structs.replace(example, look=None) for example in new.examples)
    dataset.write(msgspec.structs.replace(new, examples=old, alike=()))
    twice = {"cat/new.jpg": saved(photo(70)), "cat/newer.jpg": saved(photo(70), quality=60)}
    after = additions.add(tree({**twice, "cat/old.jpg": COPIES["brighter"](photo(1))}, "more"), dataset)
    found = sorted(map(sorted, names_alike(after.examples, after.alike)))
    assert found == [
        ["cat/0 small.jpg", "cat/0.jpg"],
        ["cat/1.jpg", "cat/old.jpg"],
        ["cat/new.jpg", "cat/newer.jpg"],
    ], "the old ones are compared by their thumbnails"


def test_texts_are_compared_as_they_come_in(tmp_path: Path) -> None:
    words = ("warm", "cold", "wet", "dry", "icy", "mild")
    rows = [f"{word} day,{'ab'[n % 2]}" for n, word in enumerate(words)]
    table = tmp_path / "t.csv"
    table.write_text("\n".join(["text,label", *rows, "Warm  DAY!,a"]), encoding="utf-8")
    dataset = Dataset(tmp_path / "set")
    manifest = import_data(table, dataset.folder, name="t")
    assert [len(group) for group in manifest.alike] == [2]
    table.write_text("text,label\nicy day?,a\nwholly new,b\n", encoding="utf-8")
    after = additions.add(table, dataset)
    assert sorted(len(group) for group in after.alike) == [2, 2]


def test_the_search_can_be_stopped(tmp_path: Path) -> None:
    dataset, examples = kept(tmp_path, some(2))

    def pause() -> None:
        raise ImportStopped("stop")

    with pytest.raises(ImportStopped):
        group_pictures(dataset, examples, pause)


def test_noise_is_no_copy_of_noise(tmp_path: Path) -> None:
    assert group_pictures(*kept(tmp_path, {f"n{n}": jpeg(n, (200, 150)) for n in range(20)})) == ()
