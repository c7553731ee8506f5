"""The seed of what is drawn: random weights and dropout."""

from __future__ import annotations

import random


def set_seed(seed: int) -> None:
    """Layers that are made from here on draw what they drew after the same seed.

    Keras takes the seed of each layer from Python's random numbers. `keras.utils.set_random_seed` would set
    TensorFlow's, too, which none of them reads: that clears TensorFlow's kernels, and with them the pieces of
    every SentencePiece tokenizer that there is, which then answers with an error.
    """
    random.seed(seed)
