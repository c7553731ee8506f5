"""Softmax regressions, many at a time: each has its own examples and its own penalty on its weights.

A pass over all examples improves all of them by one step of accelerated descent. No step size is to be found:
the curvature of a softmax has a bound (Böhning, 1992), which is diagonal once features are turned into the
directions of their own covariance. Of these there are no more than examples, so few examples make it cheap.
All arrays are NumPy.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

CURVATURE = 0.5  # of a softmax at most, along any direction
NEGLIGIBLE = 1e-9  # variance of a direction, as a share of the largest


@dataclass(frozen=True)
class Directions:
    """Features in the directions of their covariance.

    Attributes:
        features: (n, directions), whose products are those of the features as they came.
        asked: the same of examples as heads are asked that have not seen them, (n, directions).
        basis: (directions, width), orthonormal rows; or (directions, n), each direction as a sum of examples,
            where only their products are known.
    """

    features: np.ndarray
    asked: np.ndarray
    basis: np.ndarray

    @classmethod
    def of(cls, features: np.ndarray) -> Directions:
        """Of features (n, width) float32."""
        n, width = features.shape
        if n < width:
            own = cls.of_products(features @ features.T)
            return cls(own.features, own.features, own.basis @ features)
        _, vectors = _real(features.T @ features)
        turned = features @ vectors
        return cls(turned, turned, vectors.T)

    @classmethod
    def of_products(cls, products: np.ndarray, asked: np.ndarray | None = None) -> Directions:
        """Of features whose products with each other are (n, n) float32.

        Args:
            asked: products of examples, as heads see them that have not seen them, with all; None: the same.
        """
        values, vectors = _real(products)
        lengths = np.sqrt(values)
        basis = vectors / lengths
        features = vectors * lengths
        return cls(features, features if asked is None else asked @ basis, basis.T)


def _real(products: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The variances (directions,) and the directions (…, directions) of products that are not negligible."""
    values, vectors = np.linalg.eigh(products)
    real = values > NEGLIGIBLE * max(float(values[-1]), 1e-30)
    return values[real], vectors[:, real]


@dataclass(frozen=True)
class Regressions:
    """Several heads on the same features: kernels (width, heads, classes), biases (heads, classes)."""

    kernels: np.ndarray
    biases: np.ndarray

    def __call__(self, features: np.ndarray) -> np.ndarray:
        """Logits of features (n, width), (n, heads, classes)."""
        width, *rest = self.kernels.shape
        return (features @ self.kernels.reshape(width, -1)).reshape(-1, *rest) + self.biases

    def own(self, features: np.ndarray, numbers: np.ndarray) -> np.ndarray:
        """Logits of features (n, width), each by the head of its number (n,), (n, classes)."""
        found = np.empty((len(features), self.biases.shape[-1]), np.float32)
        for number in np.unique(numbers):
            rows = numbers == number
            found[rows] = features[rows] @ self.kernels[:, number] + self.biases[number]
        return found

    def head(self, number: int) -> tuple[np.ndarray, np.ndarray]:
        """Kernel (width, classes) and bias (classes,) of one of them."""
        return self.kernels[:, number], self.biases[number]


def passes(
    features: np.ndarray, targets: np.ndarray, weights: np.ndarray, penalties: np.ndarray, count: int
) -> Iterator[Regressions]:
    """The regressions after each of `count` passes; they begin at zero.

    Args:
        features: of `Directions`, (n, directions).
        targets: (n, classes), each row a distribution.
        weights: of each example for each head, (n, heads); 0: the head must not see it.
        penalties: half of it times the sum of squared weights is added to the mean loss, (heads,).
    """
    shares = (weights / weights.sum(axis=0)).astype(np.float32)
    penalties = np.asarray(penalties, np.float32)
    largest = CURVATURE * shares.max(axis=0)
    steps = 1 / (largest * np.square(features).sum(axis=0)[:, None] + penalties)
    bias_steps = 1 / (largest * len(features))
    size = (features.shape[1], shares.shape[1], targets.shape[1])
    here = ahead = Regressions(np.zeros(size, np.float32), np.zeros(size[1:], np.float32))
    momentum = np.ones(size[1], np.float32)
    for _ in range(count):
        slopes = (softmax(ahead(features)) - targets[:, None]) * shares[:, :, None]
        slope = (features.T @ slopes.reshape(len(slopes), -1)).reshape(size)
        slope += penalties[:, None] * ahead.kernels
        bias_slope = slopes.sum(axis=0)
        there = Regressions(
            ahead.kernels - steps[:, :, None] * slope, ahead.biases - bias_steps[:, None] * bias_slope
        )
        move, bias_move = there.kernels - here.kernels, there.biases - here.biases
        is_uphill = (slope * move).sum(axis=(0, 2)) + (bias_slope * bias_move).sum(axis=1) > 0
        momentum = np.where(is_uphill, np.float32(1), momentum)
        following = (1 + np.sqrt(1 + 4 * momentum**2)) / 2
        onward = ((momentum - 1) / following)[:, None].astype(np.float32)
        ahead = Regressions(there.kernels + onward * move, there.biases + onward * bias_move)
        here, momentum = there, following
        yield here


def softmax(logits: np.ndarray) -> np.ndarray:
    """Probabilities along the last axis."""
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def losses(logits: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Negative log-likelihood of class numbers (n,) by logits (n, …, classes), (n, …)."""
    own = np.take_along_axis(logits, labels.reshape(-1, *[1] * (logits.ndim - 1)), axis=-1)[..., 0]
    top = logits.max(axis=-1)
    return np.log(np.exp(logits - top[..., None]).sum(axis=-1)) + top - own
