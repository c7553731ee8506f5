"""The file of a version: a whole manifest, or the difference from the version before it.

A change of one example among thousands is a file of a few hundred bytes, and reading replays at most `EVERY`
of them upon one that says everything. Both are JSON with the same names; one that tells a difference has
`since`, the number of the version before, and in it

- `examples` and `aside` hold only those that are new or changed, or went from one to the other,
- `gone` names those that are not there any more, by SHA-256 and name,
- `same` names what is left out because it is as it was (`alike`, `skipped`); all else is said as it is now.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from tlcore.data.manifest import Example, Key, Manifest, order_aside, order_used
from tlcore.records import JsonType

EVERY = 50  # versions: one of so many says everything
_LONG = ("alike", "skipped")
_SMALL = 4  # a difference of more than one in so many examples is not worth telling as one


class VersionFile(Manifest, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """The content of a version's file; `since` is 0 in one that says everything."""

    since: int = 0
    gone: tuple[Key, ...] = ()
    same: tuple[str, ...] = ()


VERSION_FILE = JsonType(VersionFile)


def encode(manifest: Manifest, before: Manifest | None) -> bytes:
    """The file of a version: the difference from `before`, the version before it, where that is small."""
    found = None if before is None or manifest.version % EVERY == 0 else _difference(before, manifest)
    return msgspec.json.encode(manifest if found is None else found)


def replay(files: Sequence[VersionFile]) -> Manifest:
    """The version that the last of these files is of.

    Args:
        files: of versions in a row; the first one says everything.
    """
    first, last = files[0], files[-1]
    fields = {name: getattr(last, name) for name in Manifest.__struct_fields__}
    if len(files) == 1:
        return Manifest(**fields)
    used = {example.key: example for example in first.examples}
    aside = {example.key: example for example in first.aside}
    fields |= {name: getattr(first, name) for name in _LONG}
    for file in files[1:]:
        for key in (*file.gone, *(e.key for e in (*file.examples, *file.aside))):
            used.pop(key, None)
            aside.pop(key, None)
        used.update((example.key, example) for example in file.examples)
        aside.update((example.key, example) for example in file.aside)
        fields |= {name: getattr(file, name) for name in _LONG if name not in file.same}
    fields["examples"] = tuple(sorted(used.values(), key=order_used))
    fields["aside"] = tuple(sorted(aside.values(), key=order_aside))
    return Manifest(**fields)


def _difference(before: Manifest, after: Manifest) -> VersionFile | None:
    """The difference of `after` from `before`; None where it is large, or cannot be told whole.

    Replaying puts examples in order and has one for each key, so `after` must have them like that.
    """
    was, now = _keys(before), _keys(after)
    if was is None or now is None or not _is_in_order(after) or after.version != before.version + 1:
        return None
    used, aside = _changed(before.examples, after.examples), _changed(before.aside, after.aside)
    gone = tuple(sorted(was - now))
    if _SMALL * (len(used) + len(aside) + len(gone)) > len(now):
        return None
    same = tuple(name for name in _LONG if getattr(after, name) == getattr(before, name))
    fields = {name: getattr(after, name) for name in Manifest.__struct_fields__ if name not in same}
    fields |= {"examples": used, "aside": aside}
    return VersionFile(**fields, since=before.version, gone=gone, same=same)


def _keys(manifest: Manifest) -> set[Key] | None:
    """The keys of all its examples; None where two have one."""
    found = {example.key for example in (*manifest.examples, *manifest.aside)}
    return found if len(found) == len(manifest.examples) + len(manifest.aside) else None


def _is_in_order(manifest: Manifest) -> bool:
    used, aside = map(order_used, manifest.examples), map(order_aside, manifest.aside)
    return all(list(order) == sorted(order) for order in (list(used), list(aside)))


def _changed(before: tuple[Example, ...], after: tuple[Example, ...]) -> tuple[Example, ...]:
    known = set(before)
    return tuple(example for example in after if example not in known)
