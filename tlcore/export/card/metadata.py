"""The YAML at the head of a model card, by which the Hub lists, filters and compares models.

Its keys are those of https://github.com/huggingface/hub-docs/blob/main/modelcard.md.
"""

from __future__ import annotations

import re
from typing import Any

import yaml

from tlcore.backbones.catalogue.entry import FILE_PREFIX, FOLDER_PREFIX
from tlcore.characters import on_one_line
from tlcore.config.task import Task
from tlcore.export.card.facts import CardFacts
from tlcore.workspace import slug

PIPELINES: dict[Task, str] = {
    "images": "image-classification",
    "texts": "text-classification",
    "detection": "object-detection",
    "segmentation": "image-segmentation",
}
# What the catalogue calls a licence, and the Hub's name for it.
LICENCES = {
    "Apache-2.0": "apache-2.0",
    "MIT": "mit",
    "BSD-3-Clause": "bsd-3-clause",
    "CC BY 4.0": "cc-by-4.0",
}


def metadata(facts: CardFacts) -> dict[str, Any]:
    """The metadata as plain values."""
    metrics = _metrics(facts)
    dataset = on_one_line(facts.manifest.name if facts.manifest else "Data of its own")
    backbone = facts.config.backbone
    own = "own-backbone" if backbone.startswith((FOLDER_PREFIX, FILE_PREFIX)) else backbone.replace("_", "-")
    return {
        "license": licence(facts),
        "library_name": "keras",
        "pipeline_tag": PIPELINES[facts.task],
        "tags": ["graft", "transfer-learning", own],
        "metrics": [metric["type"] for metric in metrics],
        "model-index": [
            {
                "name": on_one_line(facts.name),
                "results": [
                    {
                        "task": {"type": PIPELINES[facts.task]},
                        "dataset": {"name": dataset, "type": slug(dataset), "split": "test"},
                        "metrics": metrics,
                    }
                ],
            }
        ],
    }


def as_yaml(values: dict[str, Any]) -> str:
    """The head of the file: the values between two lines of dashes."""
    return f"---\n{yaml.safe_dump(values, sort_keys=False, allow_unicode=True, width=1000)}---\n"


def licence(facts: CardFacts) -> str:
    """The Hub's name for the licence of the backbone's weights, which a catalogue entry names last."""
    named = re.findall("|".join(LICENCES), facts.backbone.licence) if facts.backbone else []
    return LICENCES[named[-1]] if named else "other"


def _metrics(facts: CardFacts) -> list[dict[str, Any]]:
    """The figures of the test split; one that is not defined is left out."""
    test, calibration = facts.report.test, facts.report.calibration
    if test.detection:
        found = test.detection
        figures = [
            ("mean_average_precision", "mAP at IoU 0.5", found.map50, found.map50_interval),
            ("mean_average_precision", "mAP at IoU 0.5 to 0.95", found.map, found.map_interval),
        ]
    elif test.segmentation:
        figures = [("mean_iou", "Mean IoU", test.segmentation.miou, test.segmentation.interval)]
    else:
        figures = [("accuracy", "Accuracy", test.accuracy, test.interval)]
        if test.macro:
            figures.append(("f1", "Macro F1", test.macro.f1, None))
        if calibration:
            error = calibration.after
            figures.append(("ece", "Expected calibration error", error.error, error.interval))
    return [
        {"type": type, "name": f"{name}{_between(interval)}", "value": round(value, 4)}
        for type, name, value, interval in figures
        if value is not None
    ]


def _between(interval: tuple[float, float] | None) -> str:
    return f" (95 % interval {interval[0]:.3f} to {interval[1]:.3f})" if interval else ""
