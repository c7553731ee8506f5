"""Signs around the second phase: what it brought, and that there was none."""

from __future__ import annotations

from tlcore.coach import remedies, training_remedies
from tlcore.coach.case import Case, Finding
from tlcore.coach.curve_findings import overfitting, underfitting
from tlcore.coach.format import loss, percent, reached, validation_result
from tlcore.evaluate.report import Report

UNMOVED = 0.01  # nats by which fine-tuning has to lower the validation loss, or it changed nothing

# Upper end of the interval of what is right, below which a frozen backbone that had plenty to learn from, so
# many examples of each class, is clearly weak. From 1,500 short film reviews MiniLM-L6 learned to name 76 and
# 75 % of 1,500 others right while frozen, 77 and 77 % with two layers unfrozen, 78 and 80 % with three (two
# seeds).
WEAK, PLENTY = 0.9, 50


def fine_tuning_no_better(case: Case) -> Finding | None:
    """The unfrozen blocks brought nothing on validation, so that what was before them was kept."""
    report = case.evidence.report
    if report is None or case.curve.phase != "fine-tuning" or report.kept in ("", "fine-tuning"):
        return None
    if case.is_all_right:  # it could not have got better
        return None
    against = "the head alone" if report.kept == "head" else "what it began with"
    slower = training_remedies.smaller_rate(case, "fine-tuning", 3.0, most=training_remedies.BOLDEST)
    ideas = [*training_remedies.held_back(case), *slower[:1], *remedies.fewer_blocks(case), *slower[1:]]
    finding = f"{_no_better(case, report, against)} So {against} was kept."
    return Finding(finding, ideas)


def _no_better(case: Case, report: Report, against: str) -> str:
    """The scores after fine-tuning and before it, the weights that were kept."""
    words, before = case.words, report.validation_accuracy
    if not words.counts_right:
        if before < case.accuracy:  # the stricter mAP, by which epochs are chosen, was not
            return f"Fine-tuning {reached(case)}, and by the score that chooses between epochs no better."
        return f"Fine-tuning got no better: it {reached(case)}; it was {words.figure(before)} with {against}."
    finding = f"Fine-tuning got no better on validation: {validation_result(case)} were right, "
    if round(before * case.validation_n) == case.right:
        return finding + (
            f"as many as with {against}, and the validation loss was {loss(min(case.curve.val_loss))} "
            f"against {loss(report.validation_loss)}."
        )
    return finding + f"{percent(case.accuracy)}, and {percent(before)} with {against}."


def fine_tuning_unmoved(case: Case) -> Finding | None:
    """Fine-tuning was kept, and yet hardly anything is different from before it."""
    if case.curve.phase != "fine-tuning" or len(case.phases) < 2 or case.is_all_right:
        return None
    before, now = case.phases[-2], case.curve
    old, new = min(before.val_loss), min(now.val_loss)
    if now.val_accuracy[now.best] != before.val_accuracy[before.best] or not abs(old - new) <= UNMOVED:
        return None
    finding = (
        f"Fine-tuning hardly changed anything: the validation loss was {loss(old)} before it, and "
        f"{loss(new)} after."
    )
    return Finding(finding, [*training_remedies.held_back(case), *remedies.more_blocks(case)])


def frozen_and_weak(case: Case) -> Finding | None:
    """Much is wrong though there was plenty to learn from, of a kind that frozen backbones are weak at."""
    limit = remedies.KINDS[case.task].frozen_limit
    if not limit or case.base.unfreeze != 0 or case.interval[1] >= WEAK:
        return None
    fewest = min(case.counts, default=0)
    if fewest < PLENTY:
        return None
    finding = (
        f"It {reached(case)}, with {case.words.counted(fewest)} or more of each class to learn from. "
        f"A frozen {case.backbone.name} {limit}."
    )
    return Finding(finding, remedies.more_blocks(case))


def all_frozen(case: Case) -> Finding | None:
    """Nothing went wrong, and the backbone has not been touched: the second lesson."""
    if case.base.unfreeze != 0 or overfitting(case) or (case.words.counts_right and underfitting(case)):
        return None
    finding = (
        f"Nothing went wrong: the validation loss fell to {loss(min(case.curve.val_loss))}, and it "
        f"{reached(case)}. All {len(case.backbone.blocks)} {case.words.block}s of the backbone are still as "
        "they came."
    )
    return Finding(finding, remedies.more_blocks(case))
