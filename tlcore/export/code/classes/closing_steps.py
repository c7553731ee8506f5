"""The code of the steps Evaluate and Predict: the score, and an answer to something new."""

from __future__ import annotations

from tlcore.export.code.classes.kinds import kind_of
from tlcore.export.code.common.constants import constant
from tlcore.export.code.common.values import CodeValues

SCORE = '''\

def score(name, x, y):
    """The share of right answers to these {many}."""
    found = model.predict(x, verbose=0).argmax(axis=1)
    print(f"{{name}}: {{np.mean(found == y):.1%}} of {{len(y)}} right")
    return found


{run}score("validation", x_validation, y_validation)
found = score("test", x_test, y_test)

confusion = np.zeros((len(CLASSES), len(CLASSES)), int)
np.add.at(confusion, (y_test, found), 1)
print("Each row is a class, each column what its {many} were taken for:")
for label, row in zip(CLASSES, confusion):
    print(*(f"{{n:4}}" for n in row), label)
'''
LABEL = """\
    label = CLASSES[chances.argmax()] if chances.max() >= THRESHOLD else "not sure"
    return label, float(chances.max())


model.save(HERE / "model.keras")  # keras.models.load_model opens it again
"""


def evaluation_code(values: CodeValues) -> str:
    """The share of right answers, and what was taken for what."""
    run = ""
    if values.scores:
        validation, test = (f"{100 * score:.1f} %" for score in values.scores)
        run = f"# The run itself: validation {validation}, test {test}.\n"
    return SCORE.format(run=run, many=values.words.many)


def answer_code(values: CodeValues) -> str:
    """An answer to one example, and the model as a file."""
    threshold = constant("THRESHOLD", values.threshold, "below this chance it is not sure")
    kind = kind_of(values)
    return f"{threshold}\n\n\n{kind.answer}{LABEL}{kind.ask}"
