"""Weights of a vision transformer in a folder of one's own, for the layers of `vision_transformer.py`.

They are read tensor by tensor into the network that is there, so loading takes no second copy of it. What
DINOv2 multiplies the result of attention and of the dense part by goes into the weights that give it, and
tokens in front go into their places, as in `hub_weights.py`.
"""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np

from tlcore.backbones.catalogue import folder_files, picture_folder, picture_tensors
from tlcore.backbones.images import moved_places


def load(model: keras.Model, folder: Path) -> None:
    """Fill `model`, built from what `picture_folder.read` says of `folder`.

    Raises:
        BackboneError: the files do not belong together, or hold what is no number.
    """
    _Filling(model, folder).fill()


class _Filling:
    def __init__(self, model: keras.Model, folder: Path) -> None:
        self.model, self.folder = model, folder
        self.facts = picture_folder.read(folder)
        self.entry = self.facts.entry
        self.tensors = folder_files.tensors(folder)

    def fill(self) -> None:
        kernel, bias = self._numbers(f"{picture_tensors.PATCHES}.weight"), f"{picture_tensors.PATCHES}.bias"
        self._set("patches", kernel.transpose(2, 3, 1, 0), self._numbers(bias))
        self._set("positions", self._positions())
        for number in range(self.entry.layers):
            self._layer(number)
        self._norm("last_norm", picture_tensors.LAST_NORM)

    def _layer(self, number: int) -> None:
        entry, name = self.entry, f"layer{number + 1}"
        for place, tensor in enumerate(picture_tensors.norms(entry, number), start=1):
            self._norm(f"{name}_norm{place}", tensor)
        of_attention, of_dense = self._scales(number)
        self._attention(f"{name}_attention", picture_tensors.layer(number), of_attention)
        first, last = picture_tensors.dense(entry, number)
        kernel, bias = self._dense(first)
        if entry.is_gated:  # the gate is the first half
            (gate, kernel), (gate_bias, bias) = np.split(kernel, 2, axis=-1), np.split(bias, 2)
            self._set(f"{name}_gate", gate, gate_bias)
        self._set(f"{name}_dense1", kernel, bias)
        kernel, bias = self._dense(last)
        self._set(f"{name}_dense2", kernel * of_dense, bias * of_dense)

    def _attention(self, name: str, tensor: str, scale: np.ndarray) -> None:
        width, heads = self.entry.width, self.entry.heads
        weights = []
        for asked in picture_tensors.ASKED:
            kernel, bias = self._dense(f"{tensor}.attention.attention.{asked}")
            weights += [kernel.reshape(width, heads, -1), bias.reshape(heads, -1)]
        kernel, bias = self._dense(f"{tensor}.attention.output.dense")
        self._set(name, *weights, (kernel * scale).reshape(heads, -1, width), bias * scale)

    def _scales(self, number: int) -> tuple[np.ndarray, np.ndarray]:
        if self.entry.kind != "DINOV2":
            return np.float32(1.0), np.float32(1.0)  # type: ignore[return-value]
        of_attention, of_dense = picture_tensors.scales(number)
        return self._numbers(of_attention), self._numbers(of_dense)

    def _positions(self) -> np.ndarray:
        """The numbers that are added to each token; of those in front, all that there is of them."""
        places = self._numbers(picture_tensors.PLACES)[0]
        side = self.entry.input_size // self.entry.patch
        front = len(places) - self.facts.places**2
        ahead, patches = places[:front], places[front:]
        ahead[0] += self._numbers(picture_tensors.OF_ALL)[0, 0]
        if self.entry.kind == "DeiT":
            ahead[1] += self._numbers(picture_tensors.DISTILLATION)[0, 0]
        registers = []
        if len(ahead) < self.entry.prefix:
            registers = [self._numbers(picture_tensors.REGISTERS)[0]]
        if side != self.facts.places:
            patches = moved_places.to_side(patches, side, smooth=bool(registers))
        return np.concatenate([ahead, *registers, patches])

    def _norm(self, name: str, tensor: str) -> None:
        self._set(name, self._numbers(f"{tensor}.weight"), self._numbers(f"{tensor}.bias"))
        self.model.get_layer(name).epsilon = self.facts.epsilon

    def _dense(self, tensor: str) -> tuple[np.ndarray, np.ndarray]:
        """Kernel (inputs, outputs) and bias."""
        return self._numbers(f"{tensor}.weight").T, self._numbers(f"{tensor}.bias")

    def _numbers(self, name: str) -> np.ndarray:
        name = self.facts.prefix + name
        return folder_files.read_tensor(self.folder, name, self.tensors[name])

    def _set(self, name: str, *weights: np.ndarray) -> None:
        self.model.get_layer(name).set_weights(list(weights))
