"""Data sets for tests of edits and versions: examples of a few classes, without any bytes behind them."""

from __future__ import annotations

from pathlib import Path

from hypothesis import strategies as st

from tlcore.data.dataset import Dataset
from tlcore.data.edits import Edit, Exclude, Move, Relabel, Rename, Restore, states, with_states
from tlcore.data.manifest import Example, Key, Manifest, Split

LABELS = ("cat", "dog", "fox")


def example(number: int, label: str, split: Split | None = None) -> Example:
    return Example(f"{number:064x}", f"{label or 'none'}/{number}.jpg", label, 40, 30, 1000, split)


def a_manifest(per_class: int = 4, unlabelled: int = 0, name: str = "pets") -> Manifest:
    """Examples numbered through, `per_class` of each label in turn; the last ones have no class yet."""
    used = tuple(example(n, LABELS[n // per_class]) for n in range(per_class * len(LABELS)))
    aside = tuple(example(len(used) + n, "") for n in range(unlabelled))
    plain = Manifest(name=name, examples=used, aside=aside)
    return with_states(plain, states(plain))


def kept(folder: Path, manifest: Manifest) -> Dataset:
    dataset = Dataset(folder)
    folder.mkdir(parents=True)
    dataset.write(manifest)
    return dataset


def keys_of(manifest: Manifest, *numbers: int) -> tuple[Key, ...]:
    """The keys of the examples with these numbers."""
    every = {int(e.sha256, 16): e.key for e in (*manifest.examples, *manifest.aside)}
    return tuple(every[number] for number in numbers)


def any_edits(manifest: Manifest, most: int = 8) -> st.SearchStrategy[list[Edit]]:
    """Any few edits of it, some of them of examples that it has not, or to names that are none."""
    every = [e.key for e in (*manifest.examples, *manifest.aside)]
    keys = st.lists(st.sampled_from([*every, ("f" * 64, "stranger.jpg")]), min_size=1, max_size=6).map(tuple)
    names = st.sampled_from([*LABELS, "new", " new ", "", "\u202e", "x" * 300, "<b>"])
    splits: st.SearchStrategy[Split | None] = st.sampled_from(["train", "validation", "test", None])
    edit = st.one_of(
        st.builds(Relabel, keys, names),
        st.builds(Exclude, keys),
        st.builds(Restore, keys),
        st.builds(Rename, st.sampled_from([*LABELS, "new", "none such"]), names),
        st.builds(Move, keys, splits),
    )
    return st.lists(edit, max_size=most)
