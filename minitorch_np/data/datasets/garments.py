"""The ten classes of Fashion-MNIST as drawings, each with its proportions drawn at random.

The garments' frame spans [-1, 1], x to the right and y downwards. Tops, trousers and dresses are
mirror images of themselves, so they are drawn in ``abs(x)``; shoes point to the left. The four
tops differ as in life: by habit, not by rule.
"""

from collections.abc import Callable

import numpy as np

from minitorch_np.data.datasets.shapes import Canvas, Field, Number, capsule, ellipse, polygon


def mirrored(c: Canvas, top: Number, bottom: Number, wide: Number, hem: Number) -> Field:
    """Distance to a symmetric trapezoid with half widths `wide` at the `top`, `hem` below."""
    return polygon(c.x, c.y, (-wide, top), (wide, top), (hem, bottom), (-hem, bottom))


def paint_top(c: Canvas, sleeve: Number, spread: Number, width: Number, hem: Number) -> Field:
    """Paint a body and two sleeves; return the tone.

    Sleeves of length `sleeve` hang at an angle `spread` to the vertical; the body is `width` wide
    and ends at y = `hem`.
    """
    x, tone = np.abs(c.x), c.uniform(0.3, 0.95)
    shoulder, thick = width + c.uniform(0.0, 0.08), c.uniform(0.13, 0.19)
    ax, ay = shoulder - thick, -0.76 + thick
    cuff = ax + sleeve * np.sin(spread), ay + sleeve * np.cos(spread)
    body = mirrored(c, -0.8, hem, shoulder, width + c.normal(0.05))
    arms = capsule(x, c.y, (ax, ay), cuff, thick, thick * c.uniform(0.65, 0.95))
    neck = ellipse(c.x, c.y, (0.0, -0.86), (c.uniform(0.16, 0.3), c.uniform(0.1, 0.28)))
    c.paint(np.maximum(np.minimum(body, arms), -neck), tone)
    c.paint(np.abs(body) - 0.02, tone * 0.6, c.chance(0.6) * (x < shoulder))  # a seam, a gap
    return tone


def paint_front(c: Canvas, tone: Number, probability: float, width: Number) -> None:
    """Paint the opening down the front, darker or lighter than the tone, and a collar with it."""
    there = c.chance(probability)
    line = np.where(c.chance(0.5) > 0, tone * 0.3, np.minimum(tone * 1.7, 1.2))
    c.paint(np.abs(c.x) - width, line, there * (c.y > -0.75) * (c.ink > 0.1))
    collar = capsule(np.abs(c.x), c.y, (0.24, -0.82), (0.06, -0.5), 0.07, 0.03)
    c.paint(collar, line, there * c.chance(0.8))


def t_shirt(c: Canvas) -> None:
    """Short sleeves that stand off, now and then a print on the chest."""
    tone = paint_top(
        c, c.uniform(0.15, 0.55), c.uniform(0.3, 0.95), c.uniform(0.38, 0.55), c.uniform(0.55, 0.9)
    )
    chest = ellipse(c.x, c.y, (0.0, c.uniform(-0.3, 0.1)), (c.uniform(0.1, 0.3), 0.18))
    c.paint(chest, c.uniform(0.2, 1.0), c.chance(0.3))
    paint_front(c, tone, 0.05, 0.03)


def trouser(c: Canvas) -> None:
    """Two legs from a waistband, at times shorts, at times so narrow that the gap closes."""
    x, tone = np.abs(c.x), c.uniform(0.3, 0.95)
    hip, ankle, gap = c.uniform(0.24, 0.42), c.uniform(0.15, 0.27), c.uniform(0.0, 0.16)
    hem = np.where(c.chance(0.12) > 0, c.uniform(0.2, 0.5), c.uniform(0.75, 0.95))
    crotch = c.uniform(-0.45, -0.15)
    hips = mirrored(c, -0.9, crotch, hip * 0.85, hip)
    leg = polygon(x, c.y, (0.0, crotch), (hip, crotch), (gap + ankle, hem), (gap, hem))
    c.paint(np.minimum(hips, leg), tone)
    c.paint(mirrored(c, -0.9, -0.8, hip * 0.85, hip * 0.87), tone * 0.7, c.chance(0.6))


def pullover(c: Canvas) -> None:
    """Long sleeves close to the body, ribbed hem, rarely anything down the front."""
    hem = c.uniform(0.6, 0.85)
    tone = paint_top(c, c.uniform(0.95, 1.45), c.uniform(0.1, 0.5), c.uniform(0.36, 0.52), hem)
    c.paint(np.abs(c.y - hem + 0.06) - 0.06, tone * 0.7, c.chance(0.6) * (c.ink > 0.1))
    c.paint(ellipse(c.x, c.y, (0.0, -0.82), (0.22, 0.12)), tone * 0.8, c.chance(0.4))  # a high neck
    paint_front(c, tone, 0.06, 0.03)


def dress(c: Canvas) -> None:
    """A narrow bodice over a skirt that is straight or flares; straps, short or long sleeves."""
    x, tone = np.abs(c.x), c.uniform(0.3, 0.95)
    bust, waist, flare = c.uniform(0.2, 0.34), c.uniform(0.16, 0.28), c.uniform(0.02, 0.4)
    middle, hem = c.uniform(-0.35, 0.1), c.uniform(0.7, 0.95)
    bodice = mirrored(c, -0.75, middle, bust, waist)
    skirt = mirrored(c, middle, hem, waist, waist + flare)
    strap = capsule(x, c.y, (bust * 0.7, -0.95), (bust * 0.75, -0.7), 0.05, 0.05)
    length = np.where(c.chance(0.45) > 0, 0.05, c.uniform(0.2, 1.1))
    cuff = bust + 0.3 * length, -0.65 + 0.95 * length
    sleeve = capsule(x, c.y, (bust - 0.08, -0.65), cuff, 0.1, 0.07)
    neck = ellipse(c.x, c.y, (0.0, -0.8), (0.15, c.uniform(0.08, 0.25)))
    shape = np.minimum(np.minimum(bodice, skirt), np.minimum(strap, sleeve))
    c.paint(np.maximum(shape, -neck), tone)
    c.paint(np.abs(c.y - middle) - 0.04, tone * 0.6, c.chance(0.4) * (c.ink > 0.1))  # a belt


def coat(c: Canvas) -> None:
    """Long sleeves, a long hem, an opening down the front, mostly."""
    hem = c.uniform(0.72, 0.98)
    tone = paint_top(c, c.uniform(1.05, 1.5), c.uniform(0.08, 0.4), c.uniform(0.4, 0.56), hem)
    paint_front(c, tone, 0.88, c.uniform(0.03, 0.09))
    pocket = capsule(np.abs(c.x), c.y, (0.15, 0.25), (0.3, 0.2), 0.03, 0.03)
    c.paint(pocket, tone * 0.55, c.chance(0.4))


def sandal(c: Canvas) -> None:
    """A thin sole on a heel or flat, and straps with much air between them."""
    tone, heel, toe = c.uniform(0.3, 1.0), c.uniform(0.0, 0.7), c.uniform(0.35, 0.6)
    back = toe - heel
    sole = capsule(c.x, c.y, (-0.3, toe), (0.8, back), 0.09, 0.08)
    front = capsule(c.x, c.y, (-0.85, toe), (-0.3, toe), 0.07, 0.09)
    spike = capsule(c.x, c.y, (0.8, back), (c.uniform(0.68, 0.85), toe), c.uniform(0.05, 0.2), 0.05)
    c.paint(np.minimum(np.minimum(sole, front), spike), tone)
    strap_tone = np.minimum(tone * c.uniform(0.6, 1.3), 1)
    for left, share in ((-0.65, 0.95), (-0.35, 0.8), (0.0, 0.5)):
        a, rise = left + c.normal(0.06), c.uniform(0.15, 0.45)
        end = toe - np.maximum(0, (a + 0.3) * heel / 1.1)
        bow = capsule(c.x, c.y, (a, end), (a + c.uniform(0.1, 0.45), end - rise), 0.09, 0.07)
        c.paint(bow, strap_tone, c.chance(share))
    ankle = np.abs(ellipse(c.x, c.y, (0.6, back - 0.25), (c.uniform(0.15, 0.28), 0.12))) - 0.06
    c.paint(ankle, strap_tone, c.chance(0.7))
    c.paint(capsule(c.x, c.y, (0.8, back), (0.82, back - 0.3), 0.08, 0.06), tone, c.chance(0.6))


def shirt(c: Canvas) -> None:
    """Sleeves of any length, often a collar and buttons: all the other tops at once."""
    long = c.chance(0.6)
    sleeve = np.where(long > 0, c.uniform(0.9, 1.45), c.uniform(0.2, 0.65))
    spread = np.where(long > 0, c.uniform(0.08, 0.5), c.uniform(0.25, 0.9))
    tone = paint_top(c, sleeve, spread, c.uniform(0.3, 0.44), c.uniform(0.65, 0.95))
    paint_front(c, tone, 0.85, c.uniform(0.02, 0.05))


def sneaker(c: Canvas) -> None:
    """A low shoe on a sole of another tone, with a stripe or laces."""
    paint_shoe(c, c.uniform(-0.3, 0.02), c.uniform(0.05, 0.11), c.chance(0.5) * 0.1)
    stripe = capsule(c.x, c.y, (-0.15, 0.05), (c.uniform(-0.05, 0.5), 0.38), 0.05, 0.05)
    c.paint(stripe, c.uniform(0.1, 1.0), c.chance(0.6) * (c.ink > 0.1))


def bag(c: Canvas) -> None:
    """A box, with a flap, a clasp, a handle or a long strap, or none of them."""
    tone, wide, top = c.uniform(0.3, 0.95), c.uniform(0.45, 0.88), c.uniform(-0.5, 0.05)
    bottom = c.uniform(0.5, 0.9)
    body = mirrored(c, top, bottom, wide * c.uniform(0.75, 1.0), wide) - 0.04
    reach, rise = wide * c.uniform(0.35, 0.9), c.uniform(0.2, 0.75)
    handle = np.abs(ellipse(c.x, c.y, (0.0, top), (reach, rise))) - c.uniform(0.03, 0.07)
    c.paint(handle, tone * c.uniform(0.6, 1.1), c.chance(0.8))
    c.paint(body, tone)
    flap = top + (bottom - top) * c.uniform(0.25, 0.6)
    c.paint(np.maximum(np.abs(c.y - flap) - 0.03, body), tone * 0.6, c.chance(0.5))
    c.paint(ellipse(c.x, c.y, (0.0, flap), (0.1, 0.08)), c.uniform(0.1, 1.0), c.chance(0.4))


def ankle_boot(c: Canvas) -> None:
    """A shoe with a shaft, on a flat sole or a heel."""
    paint_shoe(c, c.uniform(-0.9, -0.35), c.uniform(0.03, 0.09), c.uniform(0.0, 0.3))


def paint_shoe(c: Canvas, collar: Number, sole: Number, heel: Number) -> None:
    """Paint a closed shoe whose shaft opens at y = `collar`, on a `sole` and a `heel` so high."""
    tone, floor, arch = c.uniform(0.3, 0.95), c.uniform(0.45, 0.6), c.uniform(-0.2, 0.15)
    base, rubber = floor - heel, c.uniform(0.3, 1.0)
    toe = ellipse(c.x, c.y, (-0.5, floor - 0.06), (0.36, c.uniform(0.18, 0.34)))
    instep = polygon(
        c.x, c.y, (-0.62, floor - 0.3), (arch, -0.1), (0.8, -0.1), (0.8, base), (-0.5, floor)
    )
    shaft = polygon(
        c.x, c.y, (arch, collar), (0.8, collar + c.normal(0.05)), (0.82, base), (arch, base)
    )
    below = np.maximum(c.y - floor, np.minimum(toe, np.minimum(instep, shaft)))
    c.paint(below, tone)
    c.paint(
        polygon(c.x, c.y, (0.4, base), (0.85, base), (0.8, floor), (0.5, floor)), tone, heel > 0.04
    )
    front = capsule(c.x, c.y, (-0.82, floor), (0.1, floor), sole, sole)
    c.paint(np.minimum(front, capsule(c.x, c.y, (0.1, floor), (0.8, base), sole, sole)), rubber)
    c.paint(np.abs(c.y - collar - 0.08) - 0.03, tone * 0.6, c.chance(0.5) * (c.ink > 0.1))


GARMENTS: tuple[Callable[[Canvas], None], ...] = (
    t_shirt,
    trouser,
    pullover,
    dress,
    coat,
    sandal,
    shirt,
    sneaker,
    bag,
    ankle_boot,
)
"""By label, in the order of `FASHION_MNIST_CLASSES`."""
