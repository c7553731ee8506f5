"""The description of a change: what a version did to the one before it, in one sentence."""

from __future__ import annotations

from collections import Counter

from tlcore.data.manifest import Key, Manifest
from tlcore.data.task_words import WORDS
from tlcore.data.versions.example_states import ExampleState, ExampleStates, changed_states
from tlcore.errors import printable

MOST_KINDS = 4  # kinds of change that one sentence names
SPLIT_WORDS = {"train": "the training part", "validation": "validation", "test": "test", None: "any part"}


def describe(before: Manifest, after: Manifest) -> str:
    """The difference in one sentence, the most frequent change first.

    For example "3 pictures from “cat” to “dog”, one picture set aside", or "3 boxes on “cat.jpg” drawn".
    """
    old, new = changed_states(before, after)
    words = WORDS[after.task]
    if before.task != after.task:
        return f"{words.marks} instead of {WORDS[before.task].marks}"
    changed = [*(old | new)]
    renamed = _describe_rename(before, after, old, new)
    if renamed:
        return renamed
    if len(changed) == 1 and (drawn := _describe_drawing(old.get(changed[0]), new.get(changed[0]))):
        return drawn
    told = Counter(_describe_example(old, new, key) for key in changed)
    ranked = sorted(told.items(), key=lambda item: (-item[1], item[0]))
    parts = [f"{words.counted(count)} {what}" for what, count in ranked[:MOST_KINDS]]
    return (", ".join(parts) + _more_kinds(len(ranked) - MOST_KINDS)) or "nothing"


def _describe_drawing(was: ExampleState | None, now: ExampleState | None) -> str:
    """The words for what was drawn on one picture; "" where something else changed."""
    if was is None or now is None:
        return ""
    name = _quote(now.example.name)
    if was.example.mask != now.example.mask and now.example.mask:
        return f"areas on {name} drawn"
    if was.example.boxes == now.example.boxes or now.example.boxes is None:
        return ""
    old, new = Counter(was.example.boxes or ()), Counter(now.example.boxes)
    drawn, gone = (new - old).total(), (old - new).total()
    changed = min(drawn, gone)
    counts = {"drawn": drawn - changed, "deleted": gone - changed, "changed": changed}
    parts = [
        f"{'one box' if count == 1 else f'{count:,} boxes'} on {name} {what}"
        for what, count in counts.items()
        if count
    ]
    return ", ".join(parts) or f"nothing to find on {name}"


def _more_kinds(kinds: int) -> str:
    if kinds <= 0:
        return ""
    return " and one other kind of change" if kinds == 1 else f" and {kinds} other kinds of change"


def _describe_rename(before: Manifest, after: Manifest, was: ExampleStates, now: ExampleStates) -> str:
    """The words for a class renamed as a whole, from what differs; "" where something else changed."""
    gone = set(before.classes) - set(after.classes)
    if len(gone) != 1 or len(before.examples) != len(after.examples):
        return ""
    (old,) = gone
    pairs = [(_label_counts(was.get(key)), _label_counts(now.get(key))) for key in was]
    moved = {label for then, new in pairs for label in new - then}
    if len(moved) != 1:
        return ""
    (new,) = moved
    if any(Counter(new if one == old else one for one in then.elements()) != is_ for then, is_ in pairs):
        return ""
    count = WORDS[after.task].counted(before.counts()[old])
    if new in before.classes:
        return f"class {_quote(old)} merged into {_quote(new)} ({count})"
    return f"class {_quote(old)} renamed to {_quote(new)} ({count})"


def _label_counts(state: ExampleState | None) -> Counter[str]:
    """How often a picture shows each class; a text or picture with a class of its own shows that once."""
    if state is None or not state.used:
        return Counter()
    example = state.example
    return Counter((example.label, *(box.label for box in example.boxes or ()), *example.areas))


def _describe_example(old: ExampleStates, new: ExampleStates, key: Key) -> str:
    """The change of one example in words."""
    if key not in new:
        return "taken out again"
    if key not in old:
        example = new[key].example
        if example.label:
            return f"added to {_quote(example.label)}"
        return "added" if example.is_labelled else "added without a class"
    was, now = old[key], new[key]
    if was.used and not now.used:
        return "set aside"
    if was.example.label != now.example.label:
        now_in = _quote(now.example.label)
        return f"from {_quote(was.example.label)} to {now_in}" if was.example.label else f"put into {now_in}"
    if was.example.boxes != now.example.boxes:
        return "with other boxes" if now.example.boxes is not None else "without boxes again"
    if was.example.mask != now.example.mask:
        return "with other areas" if now.example.mask else "without areas again"
    if now.used and not was.used:
        return "used again"
    return f"moved to {SPLIT_WORDS[now.example.split]}"


def _quote(label: str) -> str:
    return f"“{printable(label, 60)}”"
