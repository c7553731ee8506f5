"""Weights of a picture backbone in a folder of one's own, for the layers of `vision_transformer.py` and
`swin_transformer.py`.

They are read tensor by tensor into the network that is there, so loading takes no second copy of it. What
DINOv2 multiplies the result of attention and of the dense part by goes into the weights that give it, and
tokens in front go into their places, as in `hub_weights.py`.
"""

from __future__ import annotations

import keras
import numpy as np

from tlcore.backbones.catalogue import picture_folder, picture_tensors
from tlcore.backbones.catalogue.swin_facts import PublishedSwin
from tlcore.backbones.catalogue.transformer_facts import PublishedTransformer
from tlcore.backbones.images import moved_places

PARTS = ("weight", "bias")


def load(model: keras.Model, facts: picture_folder.PictureFolder) -> None:
    """Fill `model`, built from `facts`, with the weights of their folder.

    Raises:
        BackboneError: the files do not belong together, or hold what is no number.
    """
    if isinstance(facts.entry, PublishedSwin):
        _SwinFilling(model, facts, facts.entry).fill()
    else:
        _Filling(model, facts, facts.entry).fill()


class _Tensors:
    def __init__(self, model: keras.Model, facts: picture_folder.PictureFolder) -> None:
        self.model, self.facts = model, facts
        self.numbers = picture_folder.reader(facts)

    def patches(self, tensor: str) -> None:
        kernel, bias = (self.numbers(f"{tensor}.{part}") for part in PARTS)
        self.set("patches", kernel.transpose(2, 3, 1, 0), bias)

    def norm(self, name: str, tensor: str) -> None:
        self.set(name, *(self.numbers(f"{tensor}.{part}") for part in PARTS))

    def dense(self, tensor: str) -> tuple[np.ndarray, np.ndarray]:
        """Kernel (inputs, outputs) and bias."""
        kernel, bias = (self.numbers(f"{tensor}.{part}") for part in PARTS)
        return kernel.T, bias

    def set(self, name: str, *weights: np.ndarray) -> None:
        self.model.get_layer(name).set_weights(list(weights))


class _SwinFilling(_Tensors):
    def __init__(self, model: keras.Model, facts: picture_folder.PictureFolder, entry: PublishedSwin) -> None:
        super().__init__(model, facts)
        self.entry = entry

    def fill(self) -> None:
        self.patches(picture_tensors.SWIN_PATCHES)
        self.norm("patch_norm", picture_tensors.SWIN_FIRST_NORM)
        number = 0
        for stage, depth in enumerate(self.entry.depths):
            for place in range(depth):
                number += 1
                if stage and not place:
                    self._merge(f"layer{number}_merge", picture_tensors.swin_merge(stage - 1))
                self._layer(f"layer{number}", f"{picture_tensors.swin_layer(stage, place)}.")
        self.norm("last_norm", picture_tensors.SWIN_LAST_NORM)

    def _merge(self, name: str, tensor: str) -> None:
        self.norm(f"{name}_norm", f"{tensor}.norm")
        self.set(f"{name}_dense", self.numbers(f"{tensor}.reduction.weight").T)

    def _layer(self, name: str, tensor: str) -> None:
        for place, norm in enumerate(picture_tensors.SWIN_NORMS, start=1):
            self.norm(f"{name}_norm{place}", tensor + norm)
        *asked, behind = (tensor + one for one in picture_tensors.SWIN_ATTENTION)
        kernels, biases = zip(*map(self.dense, asked), strict=True)
        self.set(f"{name}_qkv", np.concatenate(kernels, axis=1), np.concatenate(biases))
        self.set(f"{name}_bias", self.numbers(tensor + picture_tensors.SWIN_BIAS))
        self.set(f"{name}_attention", *self.dense(behind))
        for place, dense in enumerate(picture_tensors.SWIN_DENSE, start=1):
            self.set(f"{name}_dense{place}", *self.dense(tensor + dense))


class _Filling(_Tensors):
    def __init__(
        self, model: keras.Model, facts: picture_folder.PictureFolder, entry: PublishedTransformer
    ) -> None:
        super().__init__(model, facts)
        self.entry = entry

    def fill(self) -> None:
        self.patches(picture_tensors.patches(self.entry))
        self.set("positions", self._positions())
        for number in range(self.entry.layers):
            self._layer(f"layer{number + 1}", f"{picture_tensors.layer(self.entry, number)}.")
        self.norm("last_norm", picture_tensors.last_norm(self.entry))

    def _layer(self, name: str, tensor: str) -> None:
        entry = self.entry
        for place, norm in enumerate(picture_tensors.norms(entry), start=1):
            self.norm(f"{name}_norm{place}", tensor + norm)
        of_attention, of_dense = self._scales(tensor)
        self._attention(name, tensor, of_attention)
        first, last = picture_tensors.dense(entry)
        kernel, bias = self.dense(tensor + first)
        if entry.is_gated and entry.kind == "DINOV2":  # the gate is the first half
            (gate, kernel), (gate_bias, bias) = np.split(kernel, 2, axis=-1), np.split(bias, 2)
            self.set(f"{name}_gate", gate, gate_bias)
        elif entry.is_gated:
            self.set(f"{name}_gate", *self.dense(tensor + picture_tensors.GATE))
        self.set(f"{name}_dense1", kernel, bias)
        kernel, bias = self.dense(tensor + last)
        self.set(f"{name}_dense2", kernel * of_dense, bias * of_dense)

    def _attention(self, name: str, tensor: str, scale: np.ndarray) -> None:
        width, heads = self.entry.width, self.entry.heads
        *asked, behind = (tensor + one for one in picture_tensors.attention(self.entry))
        kernel, bias = self.dense(behind)
        kernel, bias = kernel * scale, bias * scale
        if self.entry.kind == "DINOV3":  # each a layer of its own, and the key without a bias
            for part, one in zip(("query", "key", "value"), asked, strict=True):
                kinds = PARTS if part != "key" else PARTS[:1]
                self.set(f"{name}_{part}", *(self.numbers(f"{one}.{kind}").T for kind in kinds))
            self.set(f"{name}_attention", kernel, bias)
            return
        weights = []
        for one in asked:
            numbers, moved = self.dense(one)
            weights += [numbers.reshape(width, heads, -1), moved.reshape(heads, -1)]
        self.set(f"{name}_attention", *weights, kernel.reshape(heads, -1, width), bias)

    def _scales(self, tensor: str) -> tuple[np.ndarray, np.ndarray]:
        if self.entry.kind not in picture_tensors.DINO:
            return np.ones(1, np.float32), np.ones(1, np.float32)
        of_attention, of_dense = (self.numbers(tensor + one) for one in picture_tensors.SCALES)
        return of_attention, of_dense

    def _positions(self) -> np.ndarray:
        """The numbers that are added to each token; of those in front, all that there is of them."""
        if self.entry.kind == "DINOV3":
            tokens = [picture_tensors.OF_ALL, *[picture_tensors.REGISTERS] * (self.entry.prefix > 1)]
            return np.concatenate([self.numbers(one)[0] for one in tokens])
        places = self.numbers(picture_tensors.PLACES)[0]
        side = self.model.input_shape[1] // self.entry.patch
        front = len(places) - self.facts.places**2
        ahead, patches = places[:front], places[front:]
        ahead[0] += self.numbers(picture_tensors.OF_ALL)[0, 0]
        if self.entry.kind == "DeiT":
            ahead[1] += self.numbers(picture_tensors.DISTILLATION)[0, 0]
        registers = []
        if len(ahead) < self.entry.prefix:
            registers = [self.numbers(picture_tensors.REGISTERS)[0]]
        is_smooth = self.entry.kind != "DINOV2" or bool(registers)  # as those of the catalogue are moved
        if side != self.facts.places:
            patches = moved_places.to_side(patches, side, smooth=is_smooth)
        return np.concatenate([ahead, *registers, patches])
