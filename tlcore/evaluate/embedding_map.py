"""The map of a data set: features on a plane, so that what looks alike to the model lies close together.

`graft/finish/analysis.py` draws it once a run is finished. scikit-learn is loaded inside the functions: it is
heavy.
"""

from __future__ import annotations

import numpy as np

MOST = 2_000  # examples on a map: more are a blot, and take long
COMPONENTS = 50  # principal ones, before t-SNE
PERPLEXITY = 30.0
FEWEST = 10  # examples that have neighbourhoods; fewer are laid out by their two main directions
STEPS = 500  # of t-SNE: 2 s of one core for 1,300 examples, half of what the usual 1,000 take
DIGITS = 4


def map_coordinates(features: np.ndarray, seed: int) -> np.ndarray:
    """Coordinates (n, 2) between −1 and 1 for features (n, width), around (0, 0).

    Their main directions (PCA), then t-SNE (van der Maaten and Hinton, 2008), which keeps neighbours
    together; distances between groups that lie far apart say nothing. The same features and seed give the
    same map on one machine. Equal examples lie in the middle.
    """
    main = _principal_components(features.astype(np.float64), seed)
    if main[:, 0].std() == 0.0:
        return np.zeros((len(features), 2))
    if len(features) < FEWEST:
        return _scale(main[:, :2])
    from sklearn.manifold import TSNE
    from threadpoolctl import threadpool_limits

    perplexity = min(PERPLEXITY, (len(features) - 1) / 3)
    with threadpool_limits(1, "openmp"):  # sums in another order would give another map
        tsne = TSNE(perplexity=perplexity, init="pca", random_state=seed, max_iter=STEPS)
        return _scale(tsne.fit_transform(main))


def _principal_components(features: np.ndarray, seed: int) -> np.ndarray:
    """Principal components, (n, 2 to `COMPONENTS`)."""
    from sklearn.decomposition import PCA

    centred = features - features.mean(axis=0)
    count = min(COMPONENTS, *features.shape)
    if not centred.any() or count < 1:
        return np.zeros((len(features), 2))
    components = PCA(count, random_state=seed).fit_transform(centred)
    return np.pad(components, [(0, 0), (0, max(0, 2 - count))])


def _scale(points: np.ndarray) -> np.ndarray:
    """Move to the middle and shrink to fit, in both directions alike: the map keeps its shape."""
    moved = points.astype(np.float64) - points.mean(axis=0)
    return np.round(moved / max(float(np.abs(moved).max()), np.finfo(float).tiny), DIGITS)
