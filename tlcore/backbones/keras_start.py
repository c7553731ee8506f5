"""Importing this module loads Keras and TensorFlow, quicker and smaller than they load by themselves.

Every package whose modules use Keras imports it first. TensorFlow and Keras make half a million objects that
stay until the end. Python would look through them for garbage again and again while they load, in every large
collection afterwards, and once more at the end: two of five seconds of every process. So they load without
that, and are left out of it from then on.

Keras also loads pandas and scikit-learn where it finds them, for wrappers that nobody uses here: a third of
the rest, and 130 MB. While it loads, it does not find them.

Where it saves or loads a model, Keras makes a new layer for each layer, to see what is no part of one: it
looks for what it found under another name than it keeps it by. Here it finds it, which saves a third of the
time that saving a small network takes, and a sixth of loading it.

TensorFlow makes an operation for each name of a variable, and keeps it for good. That takes twice the time of
all the rest of a variable, for a name that only its messages have. Here variables of one shape share one.
"""

import functools
import gc
import sys

NOT_FOR_KERAS = ("pandas", "scipy", "sklearn")


def _load() -> None:
    hidden = [name for name in NOT_FOR_KERAS if name not in sys.modules]
    gc.disable()
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]  # None: "there is no such module"
    try:
        import keras  # noqa: F401
    finally:
        for name in hidden:
            sys.modules.pop(name, None)
        gc.enable()
    from keras.src.saving import saving_lib

    saving_lib.get_attr_skipset = functools.cache(saving_lib.get_attr_skipset)
    _share_operations()
    gc.freeze()


def _share_operations() -> None:
    from tensorflow.python.eager import context
    from tensorflow.python.ops import gen_resource_variable_ops as operations

    make = operations.var_handle_op

    @functools.wraps(make)
    def make_shared(*args: object, **options: object) -> object:
        if options.get("shared_name") == context.anonymous_name():  # not in a graph, which finds it by name
            options["debug_name"] = ""
        return make(*args, **options)

    operations.var_handle_op = make_shared


_load()
