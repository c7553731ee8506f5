"""A picture backbone in a folder of one's own, as Hugging Face or keras-hub stores it: ViT, DeiT, DINOv2,
DINOv3 and Swin. Light.

`config.json` has the sizes of the network and `preprocessor_config.json` how it wants its colours, so pages
and plans treat it like one of the catalogue. Both and the header of the weights are compared with one another
before anything is built; `images/folder_weights.py` reads the weights.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import numpy as np

from tlcore.backbones.catalogue import picture_facts, picture_tensors, transformer_blocks
from tlcore.backbones.catalogue.entry import Backbone, in_folder
from tlcore.backbones.catalogue.picture_facts import PREPROCESSOR
from tlcore.backbones.catalogue.swin_facts import PublishedSwin
from tlcore.backbones.catalogue.transformer_facts import PublishedTransformer
from tlcore.backbones.folders import folder_files, preset_config, preset_tensors
from tlcore.backbones.folders.folder_files import CONFIG, WEIGHTS, TensorShape, refuse
from tlcore.backbones.folders.picture_config import SWIN, PictureConfig, PreprocessorConfig, SwinConfig
from tlcore.records import JsonType

NEEDED = (CONFIG, PREPROCESSOR, WEIGHTS)
NEEDED_OF_PRESET = (CONFIG, preset_config.CONVERTER, preset_tensors.WEIGHTS)
REMEDY = f"Give a folder that holds {', '.join(NEEDED)}, as Hugging Face keeps a {picture_facts.NAMES}."
ARCHITECTURES = {*picture_facts.KINDS, *preset_config.PICTURES}  # as `preset_config.architecture` tells them
MOST_BYTES = 20_000_000_000  # of all weights: DINOv2 giant has 4.5 billion
_CONFIG, _SWIN, _PREPROCESSOR = JsonType(PictureConfig), JsonType(SwinConfig), JsonType(PreprocessorConfig)


class PictureFolder(msgspec.Struct, frozen=True):
    """The facts, and what else the weights need: the beginning of the names of its tensors, and the patches
    of a side that have learned places.
    """

    entry: PublishedTransformer | PublishedSwin
    model_type: str
    places: int
    prefix: str = ""
    is_preset: bool = False  # of keras-hub

    @property
    def expected(self) -> Iterator[tuple[str, TensorShape]]:
        """Names and shapes of the tensors, as Hugging Face has them."""
        return picture_tensors.expected(self.entry, self.places**2)

    @property
    def weights(self) -> str:
        """The file that is there once it is whole."""
        folder = Path(self.entry.preset)
        return preset_tensors.weight_files(folder)[0] if self.is_preset else WEIGHTS


def backbone(folder: Path) -> Backbone:
    """Its entry of the catalogue; a test compares it with the counts of the graph.

    Raises:
        BackboneError: as `read`.
    """
    facts = read(folder)
    entry = facts.entry
    patch = 0 if isinstance(entry, PublishedSwin) else entry.patch
    return in_folder(
        entry,
        transformer_blocks.blocks(entry),
        facts.weights,
        input_size=entry.input_size,
        min_size=entry.min_size,
        fixed_size=not patch,
        patch=patch,
    )


def read(folder: Path) -> PictureFolder:
    """All that its small files and the header of its weights say.

    Raises:
        BackboneError: a file is missing, another architecture, or files that do not belong together.
    """
    kind = preset_config.architecture(folder, REMEDY)
    return _read(folder, kind, modified(folder, kind))


def modified(folder: Path, kind: str) -> folder_files.FileTimes:
    """Times and sizes of its files; errors as `folder_files.modified`.

    Args:
        kind: as `preset_config.architecture` tells it.
    """
    if kind not in preset_config.PICTURES:
        return folder_files.modified(folder, NEEDED, REMEDY)
    needed = (CONFIG, preset_config.CONVERTER, *preset_tensors.weight_files(folder))
    return folder_files.modified(folder, needed, preset_config.REMEDY)


@functools.lru_cache(maxsize=32)
def _read(folder: Path, kind: str, modified: folder_files.FileTimes) -> PictureFolder:
    is_preset = kind in preset_config.PICTURES
    config, colours = _of_preset(folder) if is_preset else _of_hugging_face(folder, kind)
    if settings := config.unsupported_settings():
        refuse(folder, f"config.json asks for what no such network here has: {settings}.")
    if isinstance(config, SwinConfig):
        return _checked(
            PictureFolder(picture_facts.swin_of(folder, config, colours), SWIN, 0, is_preset=is_preset)
        )
    entry, places = picture_facts.entry_of(folder, config, colours), config.image_size // config.patch_size
    return _checked(PictureFolder(entry, config.model_type, places, is_preset=is_preset))


def _of_hugging_face(folder: Path, kind: str) -> tuple[PictureConfig | SwinConfig, PreprocessorConfig]:
    folder_files.check_whole(folder)
    told = folder_files.decoded(folder / PREPROCESSOR, _PREPROCESSOR, REMEDY)
    if kind == SWIN:
        return folder_files.decoded(folder / CONFIG, _SWIN, REMEDY), told
    return folder_files.decoded(folder / CONFIG, _CONFIG, REMEDY), told


def _of_preset(folder: Path) -> tuple[PictureConfig | SwinConfig, PreprocessorConfig]:
    path, colours = folder / preset_config.CONVERTER, preset_config.colours(folder)
    told = folder_files.converted(path, colours, _PREPROCESSOR, preset_config.REMEDY)
    settings = preset_config.picture_settings(folder)
    if settings["model_type"] == SWIN:
        return folder_files.converted(folder / CONFIG, settings, _SWIN, preset_config.REMEDY), told
    return folder_files.converted(folder / CONFIG, settings, _CONFIG, preset_config.REMEDY), told


def _checked(facts: PictureFolder) -> PictureFolder:
    """Compare the facts with the list of the weights.

    Raises:
        BackboneError: they contradict each other.
    """
    folder, entry, expected = Path(facts.entry.preset), facts.entry, list(facts.expected)
    if 4 * sum(math.prod(shape) for _, shape in expected) > MOST_BYTES:
        refuse(folder, f"config.json asks for more than {MOST_BYTES // 10**9} GB of weights.")
    beyond = picture_tensors.beyond(entry)
    if facts.is_preset:
        _of_keras_hub(facts).check(expected, beyond, entry.layers)
        return facts
    entries = folder_files.tensors(folder)
    prefix = folder_files.prefix_of(folder, entries, picture_tensors.anchor(entry))
    folder_files.check_tensors(folder, entries, expected, prefix)
    for beginning in beyond:
        folder_files.check_layers(folder, entries, f"{prefix}{beginning}.", entry.layers)
    return msgspec.structs.replace(facts, prefix=prefix)


def _of_keras_hub(facts: PictureFolder) -> preset_tensors.PresetTensors:
    entry, folder = facts.entry, Path(facts.entry.preset)
    heads = 1 if isinstance(entry, PublishedSwin) else entry.heads
    return preset_tensors.PresetTensors(
        folder, facts.model_type.removesuffix("_with_registers"), heads, preset_config.variables(folder)
    )


def reader(facts: PictureFolder) -> Callable[[str], np.ndarray]:
    """Reads a tensor by Hugging Face's name; the files are checked again, as they may have changed.

    Raises:
        BackboneError: they do not belong together.
    """
    folder, expected, prefix = Path(facts.entry.preset), dict(facts.expected), facts.prefix
    if facts.is_preset:
        stored = _of_keras_hub(facts)
        return lambda name: stored.read(name, expected[name])
    entries = folder_files.tensors(folder)
    folder_files.check_tensors(folder, entries, expected.items(), prefix)
    return lambda name: folder_files.read_tensor(folder, prefix + name, entries[prefix + name])
