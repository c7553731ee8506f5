"""The legend of a data set with boxes or areas: its classes in their colours, each to be hidden and shown."""

from __future__ import annotations

from pages.components.shared.selection.chooser import choose_pills
from pages.components.shared.selection.keys import digest_of
from pages.components.shared.selection.labels import class_labels
from pages.components.shared.text import isolated
from pages.components.shared.viewers import annotated, overlay

MOST = 30  # classes that can be hidden
LONGEST = 30  # characters of a name


def choose_hidden(classes: tuple[str, ...], key: str) -> frozenset[str]:
    """Draw the legend; returns the classes that the person has hidden."""
    labels = {
        label: f':color[●]{{foreground="{overlay.colour(number)}"}} {isolated(name)}'
        for number, (label, name) in enumerate(class_labels(classes[:MOST], LONGEST).items())
        if number != annotated.background_of(classes)
    }
    if not labels:
        return frozenset()
    # Where a class comes or goes, all are shown again: the new one would be hidden otherwise.
    shown = choose_pills("Classes", labels, key=f"{key}_{digest_of(*classes)}", label_visibility="collapsed")
    return frozenset(labels) - frozenset(shown)
