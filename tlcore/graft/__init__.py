"""The model work: cut the backbone, keep what is frozen on disk, graft a head, train. Imports TensorFlow.

TensorFlow and Keras make half a million objects that stay until the end. Python would look through them for
garbage again and again while they load, in every large collection afterwards, and once more at the end: two
of five seconds of every process. So they load without that, and are left out of it from then on.
"""

import gc


def _load() -> None:
    gc.disable()
    try:
        import keras  # noqa: F401
    finally:
        gc.enable()
    gc.freeze()


_load()
