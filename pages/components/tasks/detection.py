"""Detection on the pages: pictures with a box around each object."""

from __future__ import annotations

from pages.components.tasks import places

HOW_TO_BRING = """
**Pictures with boxes.** Bring the pictures together with their annotation files, as the tool that you drew
them with exports them: Pascal VOC, COCO, YOLO, LabelMe or CVAT, in a folder, a ZIP or a TAR file. Parts
called `train`, `valid` and `test` are respected. Or bring pictures alone, and draw the boxes here.
"""
PROBLEM_KINDS = """
copies and near copies, look-alikes on both sides of the split, tiny, blank, dark and blurred pictures, small
classes, boxes that are there twice, tiny, cut or too small for the network, one thing in two classes, a class
that always lies inside another, and pictures without boxes
""".strip()

VIEW = places.view("detection", ":material/crop_free:", HOW_TO_BRING, PROBLEM_KINDS)
