"""Sections of the Evaluate page, in one table for each task."""

from __future__ import annotations

from pages.components.evaluate import (
    confidence,
    confusion_matrix,
    external_tests,
    map_section,
    mistakes,
    overview,
    per_class,
)
from pages.components.evaluate.labels import section as labels
from pages.components.evaluate.places import areas, boxes, confusions, threshold
from pages.components.evaluate.places import overview as places_overview
from pages.components.evaluate.places import per_class as places_per_class
from pages.components.shared.selection.sections import Section
from tlcore.data.manifest import Task

SECTIONS = {
    "overview": Section("Overview", overview.show),
    "confusion": Section("Confusions", confusion_matrix.show),
    "classes": Section("Class by class", per_class.show),
    "sureness": Section("Confidence", confidence.show),
    "mistakes": Section("Mistakes", mistakes.show),
    "labels": Section("Labels to check", labels.show),
    "map": Section("Map", map_section.show),
    "elsewhere": Section("Another folder", external_tests.show),
}
OF_DETECTION = {
    "overview": Section("Overview", places_overview.show),
    "confusion": Section("Confusions", confusions.show),
    "classes": Section("Class by class", places_per_class.show),
    "sureness": Section("Threshold", threshold.show),
    "mistakes": Section("Pictures", boxes.show),
}
OF_SEGMENTATION = {
    "overview": Section("Overview", places_overview.show),
    "classes": Section("Class by class", places_per_class.show),
    "mistakes": Section("Pictures", areas.show),
}
SECTIONS_OF: dict[Task, dict[str, Section]] = {
    "images": SECTIONS,
    "texts": SECTIONS,
    "detection": OF_DETECTION,
    "segmentation": OF_SEGMENTATION,
}
