"""Signs in the curves: losses that jump or are infinite, too little time, too little or too much learned."""

from __future__ import annotations

import math

from tlcore.coach import remedies, training_remedies
from tlcore.coach.case import Case, Finding
from tlcore.coach.curves import PhaseCurve, final_value
from tlcore.coach.format import loss, percent, rate, validation_result
from tlcore.evaluate.statistics.metrics import wilson_interval

# A training loss so many times that of guessing: the first steps threw everything away. Sound runs on four
# data sets stayed below 1.4; with a rate 1,000 times too large it was 10 to 2,000.
THROWN = 5.0
LEARNED = 0.5  # times the loss of guessing: below, a run has learned something nevertheless
JUMPY = 3  # jumps of the losses (see `curves`) from which steps are too large; sound runs had none
# Rise of the validation loss after its best, as a share of it and in nats: less is usual noise. The share is
# for `SURE` examples; it grows as chance does with fewer.
RISE, RISE_NATS = 0.10, 0.03
SURE = 100
APART = 0.5  # training loss as a share of the validation loss, from which they have parted
GAP = 0.10  # training accuracy above all that the validation examples can still mean
# Fall of the validation loss over the second half of the epochs, as a share and in nats. The learning rate
# ends small, so even a run that was cut short falls little at its very end.
FALL, FALL_NATS = 0.05, 0.02
NEAR_END = 0.1  # share of the epochs that counts as the end
LOW = 0.85  # accuracy in training itself, below which a model is too small or too timid for its data
BARELY = 0.1  # of what always naming the commonest class gets wrong, put right: nothing was learned


def diverged(case: Case) -> Finding | None:
    """A loss became infinite."""
    for curve in case.phases:
        if curve.first_infinite is not None:
            finding = (
                f"The loss became infinite in epoch {curve.first_infinite}: with a learning rate of "
                f"{_rate(case, curve)} each step was so large that it made things worse."
            )
            return Finding(
                finding, training_remedies.smaller_rate(case, curve.phase, 10.0, most=1.0), alone=True
            )
    return None


def learning_rate_too_high(case: Case) -> Finding | None:
    """The first steps threw everything away, or the losses rise or jump."""
    for curve in case.phases:
        worst, least = max(curve.loss), min(curve.loss)
        is_known = case.words.counts_right  # what guessing would lose
        if is_known and worst >= THROWN * case.chance and least >= LEARNED * case.chance:
            finding = (
                f"The training loss reached {loss(worst)}, and guessing would give {loss(case.chance)}: a "
                f"learning rate of {_rate(case, curve)} threw away what there was to build on."
            )
            return Finding(finding, training_remedies.smaller_rate(case, curve.phase, 10.0, most=1.0))
        if _has_risen(case, curve) and (curve.jumps >= JUMPY or _training_rose(curve)):
            finding = (
                "The losses jump or rise instead of falling: the validation loss was "
                f"{loss(min(curve.val_loss))} in epoch {curve.best_epoch} and ended at "
                f"{loss(final_value(curve.val_loss))}. With a learning rate of {_rate(case, curve)} the "
                "steps are too large to arrive."
            )
            return Finding(
                finding,
                training_remedies.smaller_rate(case, curve.phase, 3.0, most=training_remedies.BOLDEST),
            )
    return None


def _rate(case: Case, curve: PhaseCurve) -> str:
    return rate(training_remedies.rate_of(case.base, curve.phase))


def _training_rose(curve: PhaseCurve) -> bool:
    """Even the training loss ended above its lowest value."""
    return final_value(curve.loss) > max(1.15 * min(curve.loss), min(curve.loss) + 0.05)


def _has_risen(case: Case, curve: PhaseCurve) -> bool:
    """The validation loss rose after its best, by more than chance makes of so many examples."""
    share = RISE * max(1.0, math.sqrt(SURE / max(1, case.validation_n)))
    return curve.rise > max(share * min(curve.val_loss), RISE_NATS)


def stopped_too_early(case: Case) -> Finding | None:
    """All epochs were used, the best was one of the last, and it was still getting better."""
    curve = case.curve
    last = len(curve.epochs) - 1
    if case.base.is_head_open:
        return None  # its passes were chosen on examples that it had not seen
    if not curve.is_whole or curve.best < last - NEAR_END * last:
        return None
    before, now = curve.val_loss[last // 2], curve.val_loss[curve.best]
    if last == 0:
        finding = f"It was trained for one epoch only: the validation loss is {loss(now)}."
    elif before - now > max(FALL * before, FALL_NATS):
        finding = (
            f"The validation loss was still falling at the end: {loss(before)} in epoch "
            f"{curve.epochs[last // 2]}, {loss(now)} in epoch {curve.best_epoch} of {curve.epochs[-1]}."
        )
    else:
        return None
    # With all the time that is usual, something else may hold it back.
    has_time = curve.recipe.epochs >= case.recommended.recipe(curve.phase).epochs
    first = training_remedies.held_back(case) if has_time else []
    return Finding(finding, [*first, *training_remedies.more_epochs(case)])


def overfitting(case: Case) -> Finding | None:
    """It knows what it trains on far better than what it does not, and goes on that way."""
    curve, many = case.curve, case.words.many
    low, high = final_value(curve.loss), final_value(curve.val_loss)
    if low > APART * high:
        return None
    if _has_risen(case, curve):
        finding = (
            f"The training loss fell to {loss(low)} while the validation loss rose from "
            f"{loss(min(curve.val_loss))} to {loss(high)} after epoch {curve.best_epoch}: it learns the "
            f"training {many} by heart."
        )
    elif case.words.counts_right and final_value(curve.accuracy) > _most_likely_right(case) + GAP:
        finding = (
            f"It got {percent(final_value(curve.accuracy))} of the training {many} right, and of the others "
            f"{validation_result(case)}: it knows the training {many} far better than new ones."
        )
    else:
        return None
    own = remedies.KINDS[case.task]
    ideas = [
        *training_remedies.recommended_rate(case),
        *(idea for move in (*own.changed_examples, *own.softer, own.smaller_head) for idea in move(case)),
        *remedies.fewer_blocks(case),
    ]
    return Finding(finding, ideas)


def _most_likely_right(case: Case) -> float:
    """The highest accuracy on new examples that the validation examples leave open, best epoch or last."""
    best = max(case.accuracy, final_value(case.curve.val_accuracy))
    return wilson_interval(round(best * case.validation_n), case.validation_n)[1]


def underfitting(case: Case) -> Finding | None:
    """It does not even manage what it trains on, and new examples are no harder for it."""
    # Dropout and changed views are on in training, so what is named right without them counts as well.
    known = max(final_value(case.curve.accuracy), case.accuracy)
    guessing = known <= case.commonest + BARELY * (1 - case.commonest)
    if known >= LOW and not guessing:
        return None
    if final_value(case.curve.accuracy) > _most_likely_right(case) + GAP:
        return None
    many = case.words.many
    finding = (
        f"Even of the training {many} it got only {percent(final_value(case.curve.accuracy))} right, and of "
        f"the validation {many} {percent(case.accuracy)}: it has not learned enough."
    )
    if guessing:
        finding += (
            f" Always naming their commonest class would get {percent(case.commonest)} of the "
            f"training {many} right."
        )
    ideas = [
        *training_remedies.toward_recommended(case),
        *remedies.own_size(case),
        *remedies.more_blocks(case),
        *remedies.larger_head(case),
        *remedies.less_dropout(case),
        *training_remedies.larger_rate(case),
    ]
    return Finding(finding, ideas)
