"""Signed distances to convex shapes, and a canvas that paints them with soft edges.

A distance is negative inside a shape, zero on its outline, positive outside, in the units of the
coordinates. So a union is ``np.minimum(a, b)``, an intersection ``np.maximum(a, b)``, ``a`` without
``b`` is ``np.maximum(a, -b)``, and the outline of ``a`` drawn with a pen is ``abs(a) - width``.

Coordinates and distances are floats of shape (N, 28, 28), one slice an image. A shape's numbers
are scalars or arrays of shape (N, 1, 1): every image has its own.
"""

from functools import reduce
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

SIDE = 28
"""Pixels along an edge; the image spans [-1, 1], x to the right and y downwards."""

Field: TypeAlias = NDArray[Any]
"""Floats of shape (N, 28, 28), or of a shape that broadcasts to it."""
Number: TypeAlias = NDArray[Any] | float
"""A number for each image, of shape (N, 1, 1), or one for all."""
Point: TypeAlias = tuple[Number, Number]


def ellipse(x: Field, y: Field, center: Point, radii: Point) -> Field:
    """Distance to an ellipse, exact for a circle, near enough along the outline of others."""
    u, v = (x - center[0]) / radii[0], (y - center[1]) / radii[1]
    return (np.sqrt(u * u + v * v) - 1) * np.minimum(*radii)


def capsule(x: Field, y: Field, a: Point, b: Point, ra: Number, rb: Number) -> Field:
    """Distance to a rounded bar from `a` to `b`, whose half width goes from `ra` to `rb`."""
    dx, dy = b[0] - a[0], b[1] - a[1]
    px, py = x - a[0], y - a[1]
    t = np.clip((px * dx + py * dy) / (dx * dx + dy * dy), 0, 1)  # the nearest point is a + t(b-a)
    px -= t * dx
    py -= t * dy
    return np.sqrt(px * px + py * py) - (ra + t * (rb - ra))


def polygon(x: Field, y: Field, *corners: Point) -> Field:
    """Distance to a convex polygon, its corners clockwise as seen: the farthest of its edges."""
    edges = zip(corners, corners[1:] + corners[:1], strict=True)
    distance: Field = reduce(np.maximum, [_edge(x, y, a, b) for a, b in edges])
    return distance


def _edge(x: Field, y: Field, a: Point, b: Point) -> Field:
    dx, dy = b[0] - a[0], b[1] - a[1]
    return ((x - a[0]) * dy - (y - a[1]) * dx) / np.hypot(dx, dy)


class Canvas:
    """`N` images of one kind that are painted at once, each with its own random numbers.

    Parameters
    ----------
    count : int
        N.
    rng : numpy.random.Generator

    Attributes
    ----------
    x, y : float32 arrays of shape (N, 28, 28)
        Every pixel's place in the garment's frame: images are turned, leant, scaled and shifted a
        little, so that no two garments of a kind cover the same pixels.
    ink : float32 array of shape (N, 28, 28)
        The picture so far, from 0 (background) to 1.
    """

    def __init__(self, count: int, rng: np.random.Generator) -> None:
        self.count, self.rng = count, rng
        center = (np.arange(SIDE, dtype=np.float32) + 0.5) * (2 / SIDE) - 1
        angle, lean = self.normal(0.11), self.normal(0.05)
        self._scale = self.uniform(0.86, 1.08)
        x, y = center - self.normal(0.07), center[:, None] - self.normal(0.07)
        cos, sin = np.cos(angle) / self._scale, np.sin(angle) / self._scale
        self.y: Field = cos * y - sin * x
        self.x: Field = cos * x + sin * y + lean * self.y
        self.ink: Field = np.zeros_like(self.x)

    def uniform(self, low: float, high: float) -> Field:
        """Draw a number for every image, of shape (N, 1, 1)."""
        return self.rng.uniform(low, high, (self.count, 1, 1)).astype(np.float32)

    def normal(self, deviation: float) -> Field:
        """Draw a number around zero for every image, of shape (N, 1, 1)."""
        return self.rng.normal(0, deviation, (self.count, 1, 1)).astype(np.float32)

    def chance(self, probability: float) -> Field:
        """Draw 1 with a probability, else 0, for every image, of shape (N, 1, 1)."""
        return (self.rng.random((self.count, 1, 1)) < probability).astype(np.float32)

    def paint(self, distance: Field, tone: Number, opacity: Number = 1.0) -> None:
        """Cover a shape with a tone, its edge as soft as the share of each pixel that it covers."""
        cover = np.clip(0.5 - distance * (self._scale * (SIDE / 2)), 0, 1) * opacity
        self.ink += cover * (tone - self.ink)
