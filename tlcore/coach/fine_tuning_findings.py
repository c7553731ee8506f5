"""Signs around the second phase: what it brought, and that there was none."""

from __future__ import annotations

from tlcore.coach import remedies, training_remedies
from tlcore.coach.case import Case, Finding
from tlcore.coach.curve_findings import overfitting, underfitting
from tlcore.coach.format import loss, percent, validation_result

UNMOVED = 0.01  # nats by which fine-tuning has to lower the validation loss, or it changed nothing


def fine_tuning_no_better(case: Case) -> Finding | None:
    """The unfrozen blocks brought nothing on validation, so that what was before them was kept."""
    report = case.evidence.report
    if report is None or case.curve.phase != "fine-tuning" or report.kept in ("", "fine-tuning"):
        return None
    if case.is_all_right:  # it could not have got better
        return None
    before = report.validation_accuracy
    against = "the head alone" if report.kept == "head" else "what it began with"
    finding = f"Fine-tuning got no better on validation: {validation_result(case)} were right, "
    if round(before * case.validation_n) == case.right:
        finding += (
            f"as many as with {against}, and the validation loss was {loss(min(case.curve.val_loss))} "
            f"against {loss(report.validation_loss)}."
        )
    else:
        finding += f"{percent(case.accuracy)}, and {percent(before)} with {against}."
    slower = training_remedies.smaller_rate(case, "fine-tuning", 3.0, most=training_remedies.BOLDEST)
    ideas = [*training_remedies.held_back(case), *slower[:1], *remedies.fewer_blocks(case), *slower[1:]]
    return Finding(f"{finding} So {against} was kept.", ideas)


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


def all_frozen(case: Case) -> Finding | None:
    """Nothing went wrong, and the backbone has not been touched: the second lesson."""
    if case.base.unfreeze != 0 or overfitting(case) or underfitting(case):
        return None
    finding = (
        f"Nothing went wrong: the validation loss fell to {loss(min(case.curve.val_loss))}, and "
        f"{validation_result(case)} are right. All {len(case.backbone.blocks)} {case.words.block}s of the "
        "backbone are still as they came."
    )
    return Finding(finding, remedies.more_blocks(case))
