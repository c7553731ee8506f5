"""The networks that the code of a run begins with, as Keras files: its backbone, and an earlier head."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import keras

from tlcore import system
from tlcore.backbones import graph
from tlcore.backbones.catalogue import catalogue
from tlcore.backbones.images import loader
from tlcore.config import RunConfig
from tlcore.config.task import Task
from tlcore.download import OnProgress
from tlcore.export.code.common.values import BACKBONE, HEAD
from tlcore.graft.network import cut, saved_model
from tlcore.graft.network.dense import maps
from tlcore.graft.network.seeds import set_seed
from tlcore.graft.training import open_head
from tlcore.runs.job import Reporter
from tlcore.runs.run import Run


def write(config: RunConfig, files: Sequence[Path], reporter: Reporter) -> None:
    """Write the networks that the run with these settings began with.

    Raises:
        WeightsError: the weights of its backbone cannot be had.
        RunError: the run that it went on from is gone.
    """

    def on_progress(name: str, done: int, total: int) -> None:
        reporter.progress(done, total, f"Downloading the backbone's weights ({name})")

    earlier = _earlier(config) if config.start_from else None
    set_seed(config.seed)  # as the run does: weights that are random are the same
    backbone = LOADERS[catalogue.task_of(config)](config, on_progress)
    networks = {BACKBONE: backbone}
    if earlier is not None:
        for layer in (layer for layer in backbone.layers if layer.weights):
            layer.set_weights(earlier.get_layer(layer.name).get_weights())
        networks[HEAD] = keras.Model(cut.head_input(earlier), earlier.get_layer("logits").output)
    for file in files:
        part = file.with_name(f".part.{file.name}")
        try:
            networks[file.name].save(part)
            system.replace(part, file)
        finally:
            part.unlink(missing_ok=True)


def _earlier(config: RunConfig) -> keras.Model:
    """The model that a run went on from, as it began with it."""
    run = Run.existing(Path(str(config.start_from)))
    model = saved_model.load(run.model)
    open_head.restore_before_refit(model, run)
    return model


def _of_pictures(config: RunConfig, on_progress: OnProgress) -> keras.Model:
    """From uint8 pictures to the last feature map."""
    weights = "imagenet" if config.pretrained and not config.start_from else None
    return loader.load(config.backbone, config.input_size, weights, on_progress=on_progress)


def _of_texts(config: RunConfig, on_progress: OnProgress) -> keras.Model:
    """From strings, through the tokenizer, to the hidden states of tokens and which of these there are."""
    from tlcore.backbones.texts import loader as texts  # KerasHub takes seconds to load

    entry = catalogue.get(config.backbone)
    pretrained = config.pretrained and not config.start_from
    backbone = texts.load(config.backbone, None, pretrained, on_progress)
    tokens = texts.tokenizer(config.backbone, catalogue.input_size(entry, config.input_size), on_progress)
    text = keras.Input((), dtype="string", name="text")
    network = keras.Model(text, graph.replay(backbone, [tokens(text)]), name="backbone")
    for operation in network.operations:
        if not isinstance(operation, keras.Layer):  # the code adds some, which Keras would name the same
            operation.name = f"backbone_{operation.name}"
    return network


def _maps_of_pictures(config: RunConfig, on_progress: OnProgress) -> keras.Model:
    """From uint8 pictures to the three maps that answers at every place begin with."""
    backbone = _of_pictures(config, on_progress)
    return keras.Model(backbone.input, maps.feature_maps(backbone, catalogue.get(config.backbone)))


LOADERS: dict[Task, Callable[[RunConfig, OnProgress], keras.Model]] = {
    "images": _of_pictures,
    "segmentation": _maps_of_pictures,
    "detection": _maps_of_pictures,
    "texts": _of_texts,
}
