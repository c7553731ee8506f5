"""The fresh process of a proof: one exported file is asked about examples, one by one, from their bytes.

    python -m tlcore.export.proof.ask QUESTIONS

Writes the answers to the file that QUESTIONS names, and says on stdout how many examples are answered.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np

from tlcore.config import Fit
from tlcore.data.images import decode
from tlcore.export.formats.formats import RuntimeName
from tlcore.export.formats.term_branch import TERM_BRANCH, TermLogits
from tlcore.export.formats.word_pieces import WORD_PIECES, Tokenizer
from tlcore.export.runtimes import open_model
from tlcore.records import JsonType


class Questions(msgspec.Struct, frozen=True, kw_only=True):
    """Questions to one file.

    Attributes:
        runtime, file: what opens it, and where it is.
        answers: the `.npz` to write: `answers` (n, …), `milliseconds` for one.
        pictures: files, decoded to `size` pixels with `fit`; or else
        texts: as they are, or, where there is a
        tokenizer: `tokenizer.json`, as the ids that it makes of them; and where there are
        terms: `terms.json`, as the logits of those that they hold, too.
    """

    runtime: RuntimeName = "keras"
    file: str = ""
    answers: str = ""
    pictures: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    tokenizer: str = ""
    terms: str = ""
    size: int = 0
    fit: Fit = "crop"

    def inputs(self) -> Iterator[tuple[np.ndarray, ...]]:
        """The inputs of the model for each example, (1, …) each."""
        for picture in self.pictures:
            yield (decode.decode(Path(picture), self.size, self.fit)[None],)
        if self.tokenizer:
            tokenizer = Tokenizer(WORD_PIECES.read(Path(self.tokenizer)))
            ids = tokenizer.padded if self.runtime == "litert" else tokenizer
            counted = [TermLogits(TERM_BRANCH.read(Path(self.terms)))] if self.terms else []
            yield from ((ids(text)[None], *(logits(text) for logits in counted)) for text in self.texts)
            return
        for text in self.texts:
            yield (np.array([text], dtype=object),)


QUESTIONS = JsonType(Questions)


def main(path: Path) -> int:
    questions = QUESTIONS.read(path)
    model = open_model(questions.runtime, Path(questions.file))
    answers, times = [], []
    for number, inputs in enumerate(questions.inputs()):
        if not number:
            model(*inputs)  # the first one is slower
        began = time.perf_counter()
        answers.append(model(*inputs))
        times.append(time.perf_counter() - began)
        print(number + 1, flush=True)
    milliseconds = 1000 * statistics.median(times)
    np.savez(questions.answers, answers=np.concatenate(answers), milliseconds=milliseconds)
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
