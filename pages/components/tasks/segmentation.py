"""Segmentation on the pages: pictures with the area of each class."""

from __future__ import annotations

from pages.components.tasks import places

HOW_TO_BRING = """
**Pictures with areas.** Bring the pictures together with mask pictures of the same names, whose pixels say
the class, or with outlines as COCO, LabelMe or CVAT export them. A file `classes.csv` or `classes.txt` names
the classes. Or bring pictures alone, and draw the areas here.
"""

PROBLEM_KINDS = """
copies and near copies, look-alikes on both sides of the split, tiny, blank, dark and blurred pictures, small
classes, classes that cover next to nothing, pictures of a single class, and pictures without areas
""".strip()

VIEW = places.view("segmentation", ":material/format_paint:", HOW_TO_BRING, PROBLEM_KINDS)
