from __future__ import annotations

from pages.components.shared.runs import phase_results
from tlcore.data.task_words import WORDS
from tlcore.evaluate.report import PhaseReport


def test_each_phase_counts_its_own_epochs() -> None:
    phase = PhaseReport(
        name="fine-tuning", epochs=10, best_epoch=48, validation_accuracy=0.97, validation_loss=0.1
    )
    line = phase_results._line(phase, 40, True, WORDS["images"])
    assert "after epoch 8 of 10, where its loss was lowest · **kept**" in line
