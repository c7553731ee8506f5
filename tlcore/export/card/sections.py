"""The sections of a model card as Markdown, one function each.

Every text from outside goes through `as_markdown`: names of classes, of data, of the run. Our own do not.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tlcore.backbones.catalogue import catalogue
from tlcore.backbones.catalogue.entry import FILE_PREFIX, FOLDER_PREFIX
from tlcore.characters import as_markdown
from tlcore.config.settings import SETTINGS, value_of
from tlcore.config.task import Task
from tlcore.data.manifest import Split
from tlcore.data.task_settings import is_used, setting_for
from tlcore.export.card.class_scores import class_table, weakest
from tlcore.export.card.facts import CardFacts
from tlcore.export.formats.terms import held_terms

MOST_CLASSES = 100  # in the table of classes
MOST_NAMED = 5  # in a sentence
KINDS: dict[Task, str] = {
    "images": "Says which of {n} classes a picture belongs to.",
    "texts": "Says which of {n} classes a text belongs to.",
    "detection": "Finds objects of {n} classes in pictures and draws a box around each.",
    "segmentation": "Tells for each pixel of a picture to which of {n} classes it belongs.",
}
PHASES = {"head": "The head alone", "fine-tuning": "Fine-tuning", "whole": "The whole network"}
PARTS: dict[Split, str] = {"train": "training", "validation": "validation", "test": "test"}
# Settings that say nothing to others, or lead into this computer's folders.
OWN = (FOLDER_PREFIX, FILE_PREFIX)
UNTOLD = ("data", "data_version", "task", "start_from", "cache", "engine", "kept", "backbone", "input_size")


def summary(facts: CardFacts) -> str:
    """The opening: its task, its origin, and how it is asked."""
    kind = KINDS[facts.task].format(n=len(facts.labels))
    example = '"A text"' if facts.task == "texts" else "picture.jpg"
    return f"""{kind} Trained with Graft, by transfer learning from {backbone(facts)}.

## Use

```bash
python -m pip install -r requirements.txt
python predict.py {example}
```

`predict.py` prints a line of JSON for each {facts.words.one}. `labels.json` has the names of the classes in
the order of the output, `description.json` says what goes in and what comes out. `model.keras` is an ordinary
Keras file.
"""


def results(facts: CardFacts) -> str:
    """The scores, each with its interval where there is one."""
    report, words = facts.report, facts.words
    test = report.test
    rows = [
        (f"{words.score_title} on test", words.figure(test.accuracy), words.interval(test.interval), test.n)
    ]
    if test.detection and test.detection.map is not None:
        ends = test.detection.map_interval
        rows.append(
            (
                "mAP at IoU 0.5 to 0.95",
                f"{test.detection.map:.3f}",
                words.interval(ends) if ends else "",
                test.n,
            )
        )
    if test.baseline_label:
        guess = f"Always guessing {as_markdown(test.baseline_label)}"
        rows.append((guess, words.figure(test.baseline_accuracy), "", test.n))
    if test.macro:
        rows.append(("Macro F1 on test", f"{test.macro.f1:.3f}", "", test.n))
    rows.append(
        (
            f"{words.score_title} on validation",
            words.figure(report.validation_accuracy),
            "",
            report.validation_n,
        )
    )
    if folds := report.cross_validation:
        spread = f"{len(folds.folds)} folds, which differ by {words.figure(folds.deviation)}"
        rows.append((f"Cross-validation of the head ({spread})", words.figure(folds.mean), "", folds.n))
    head = ("Measured", "Value", "95 % interval", f"{words.many.capitalize()}")
    return f"## Results\n\n{table(head, rows)}"


def classes(facts: CardFacts) -> str:
    """The table of classes; of many the weakest."""
    figures = class_table(facts.report.test)
    counts = facts.manifest.counts() if facts.manifest else {}
    shown = weakest(figures, MOST_CLASSES)
    rows = [
        (
            number + 1,
            as_markdown(facts.labels[number]),
            counts.get(facts.labels[number], "–"),
            *figures.rows[number],
        )
        for number in shown
        if number < len(facts.labels)
    ]
    head = ("No.", "Class", f"{facts.words.many.capitalize()} in the data", *figures.columns)
    few = (
        f"The {len(rows)} weakest of {len(facts.labels)} classes.\n\n"
        if len(rows) < len(facts.labels)
        else ""
    )
    return f"## Classes\n\n{few}{table(head, rows)}"


def calibration(facts: CardFacts) -> str:
    """How far its confidence can be relied on, and from when on it is sure."""
    found = facts.report.calibration
    if found:
        low, high = (100 * end for end in found.after.interval)
        where = "out-of-fold answers" if found.fitted_on == "out-of-fold" else "validation examples"
        said = (
            f"Confidence and accuracy differ by {100 * found.after.error:.1f} points on average (expected "
            f"calibration error on test; 95 % interval {low:.1f} to {high:.1f}). Its temperature is "
            f"{found.temperature:.3f}, fitted on {found.n:,} {where}; without it the error is "
            f"{100 * found.before.error:.1f} points."
        )
    elif facts.task in ("images", "texts"):
        said = "Its confidence was not calibrated: 80 % sure need not mean right in 80 of 100 cases."
    else:
        said = "Its scores order the answers. They were not calibrated: none of them is a probability."
    return f"## Calibration\n\n{said} {_threshold(facts)}\n"


def _threshold(facts: CardFacts) -> str:
    if facts.task == "segmentation":
        return "Each pixel gets its likeliest class."
    if facts.task == "detection":
        return f"A box counts from a score of {facts.threshold:.2f} on."
    if facts.threshold:
        return f'Below a confidence of {100 * facts.threshold:.0f} % it is "not sure".'
    return "No threshold was chosen: it never says that it is not sure."


def data(facts: CardFacts) -> str:
    """Where the examples came from, and how they were divided."""
    manifest, words = facts.manifest, facts.words
    if manifest is None:
        lines = [f"The {words.many} are no longer on the computer that wrote this card."]
    else:
        counts = f"{words.counted(len(manifest.examples))}, {len(manifest.classes)} classes"
        lines = [f"**{as_markdown(manifest.name)}**, version {manifest.version}: {counts}."]
        lines += [f"Source: {as_markdown(manifest.source)}"] if manifest.source else []
        lines += [f"Made by: {as_markdown(manifest.credit)}"] if manifest.credit else []
        lines += [f"The {words.many} were drawn by a program."] if manifest.generated else []
    if facts.splits:
        told = ", ".join(f"{facts.splits.get(part, 0):,} for {name}" for part, name in PARTS.items())
        lines.append(f"Split: {told}.")
    if facts.config.split.grouped:
        lines.append("Look-alikes are on one side of the split: none was learned by heart and then tested.")
    return f"## Data\n\n{bullets(lines)}"


def training(facts: CardFacts) -> str:
    """The phases, and every setting that played a part."""
    words, lines = facts.words, []
    for phase in facts.report.phases:
        score = words.scored(phase.validation_accuracy)
        lines.append(f"{PHASES.get(phase.name, phase.name)}: {phase.epochs} epochs; {score} on validation.")
    if facts.report.refit:
        lines.append("Then it learned once more from the validation examples too.")
    if held := held_terms(facts.report.head_choice):
        lines.append(held)
    if facts.config.start_from:
        lines.append("It began with the weights of an earlier run.")
    rows = [("Backbone", backbone(facts))]
    if facts.backbone:
        size = catalogue.input_size(facts.backbone, facts.config.input_size)
        rows.append((SETTINGS["input_size"].title, str(size)))
    for path in SETTINGS:
        if path not in UNTOLD and is_used(path, facts.config, facts.task):
            setting = setting_for(path, words)
            rows.append((setting.title, setting.value_in_words(value_of(facts.config, path))))
    return f"## Training\n\n{bullets(lines)}\n{table(('Setting', 'Value'), rows)}"


def licence(facts: CardFacts) -> str:
    """The licence of the backbone, which is not that of the data."""
    is_listed = facts.backbone and not facts.config.backbone.startswith(OWN)
    told = facts.backbone.licence if facts.backbone and is_listed else "unknown"
    return (
        f"## Licence\n\nThe backbone, {backbone(facts)}: {told}. Whoever publishes the model also needs the "
        f"right to do so from those who made the {facts.words.many} that it learned from.\n"
    )


def backbone(facts: CardFacts) -> str:
    """The name of the backbone, without the path of one that lies in a folder."""
    if facts.config.backbone.startswith(FILE_PREFIX):
        return "a network that came in a file"
    if facts.config.backbone.startswith(FOLDER_PREFIX) or facts.backbone is None:
        return "a backbone in a folder of one's own"
    return facts.backbone.name


def names(labels: Iterable[str]) -> str:
    """Some names in a sentence."""
    told = [as_markdown(label) for label in labels]
    rest = len(told) - MOST_NAMED
    return ", ".join(told[:MOST_NAMED]) + (f" and {rest:,} more" if rest > 0 else "")


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table of cells that are Markdown already."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(map(str, line))} |\n" for line in lines)


def bullets(lines: Iterable[str]) -> str:
    return "".join(f"- {line}\n" for line in lines)
