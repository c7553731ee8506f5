"""Outlines of the areas in a class map, along the edges of its pixels, for formats without run lengths."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict

import numpy as np

Corner = tuple[int, int]  # x, y of a corner of a pixel


def outlines(pixels: np.ndarray) -> list[list[Corner]]:
    """One outline for each connected area of a mask, bool of shape (height, width).

    Holes are joined to it by a line to and fro, so that filling by even and odd gives the same pixels.
    """
    loops = _loops(pixels)
    joined = {number: [*loop] for number, loop in enumerate(loops) if _is_outer(loop)}
    for hole, outer in _outer_loops(loops).items():
        whole = joined[outer]
        whole += [loops[outer][0], *loops[hole], loops[hole][0]]
    return list(joined.values())


def _loops(pixels: np.ndarray) -> list[list[Corner]]:
    """The corners around areas, clockwise, and around holes, the other way.

    Pixels that touch in a corner only are apart: there, the way leads on to the right.
    """
    following = _edges(pixels)
    rest = dict.fromkeys((at, step) for at, steps in following.items() for step in steps)
    loops = []
    for edge in list(rest):
        loop: list[Corner] = []
        while edge in rest:
            del rest[edge]
            (x, y), step = edge
            at = (x + step[0], y + step[1])
            turn, ways = (-step[1], step[0]), following[at]
            after = turn if turn in ways else ways[0]
            if after != step:
                loop.append(at)
            edge = (at, after)
        if loop:
            loops.append(loop)
    return loops


def _edges(pixels: np.ndarray) -> dict[Corner, list[Corner]]:
    """From each corner of a pixel the steps along edges that have the inside on their right."""
    around = np.pad(pixels, 1)
    sides = {  # what lies beyond the edge, where its first corner is, and the way along it
        (1, 0): (around[:-2, 1:-1], (0, 0)),
        (0, 1): (around[1:-1, 2:], (1, 0)),
        (-1, 0): (around[2:, 1:-1], (1, 1)),
        (0, -1): (around[1:-1, :-2], (0, 1)),
    }
    following: defaultdict[Corner, list[Corner]] = defaultdict(list)
    for step, (beyond, (right, down)) in sides.items():
        for y, x in np.argwhere(pixels & ~beyond).tolist():
            following[x + right, y + down].append(step)
    return following


def _is_outer(loop: list[Corner]) -> bool:
    """True if it goes clockwise, as its topmost and then leftmost corner tells: from there it goes right."""
    at = loop.index(min(loop, key=lambda point: (point[1], point[0])))
    return loop[(at + 1) % len(loop)][1] == loop[at][1]


def _outer_loops(loops: list[list[Corner]]) -> dict[int, int]:
    """For each hole the loop around its area: that of the nearest edge on its left, or around that hole's."""
    crossings: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)  # of each row: x and loop
    for number, loop in enumerate(loops):
        for (x0, y0), (_, y1) in zip(loop, [*loop[1:], loop[0]], strict=True):
            for row in range(min(y0, y1), max(y0, y1)):
                crossings[row].append((x0, number))
    for found in crossings.values():
        found.sort()
    outer = {number: number for number, loop in enumerate(loops) if _is_outer(loop)}
    holes = [number for number in range(len(loops)) if number not in outer]
    for hole in sorted(holes, key=lambda number: min((y, x) for x, y in loops[number])):
        y, x = min((y, x) for x, y in loops[hole])
        found = crossings[y]
        outer[hole] = outer[found[bisect_left(found, (x, -1)) - 1][1]]
    return {hole: outer[hole] for hole in holes}
