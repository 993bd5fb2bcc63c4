"""Augmentation: each transform beside a plain transcription, one image after the other."""

import math

import numpy as np
import pytest
from arrays import LAYOUTS, close, read_only, relaid
from hypothesis import given
from hypothesis import strategies as st

import minitorch_np as mt
from minitorch_np.data import transforms
from minitorch_np.data.transforms import (
    Compose,
    Normalize,
    RandomCrop,
    RandomErasing,
    RandomHorizontalFlip,
)

SEED = 7

# What takes images of 5 x 6 pixels, with one and with three channels.
ALL = {
    "flip": lambda: RandomHorizontalFlip(rng=SEED),
    "crop": lambda: RandomCrop((4, 5), padding=(2, 1), rng=SEED),
    "shift": lambda: RandomCrop((5, 6), padding=2, rng=SEED),
    "erasing": lambda: RandomErasing(0.8, rng=SEED),
    "erasing at random": lambda: RandomErasing(0.8, value="random", rng=SEED),
    "normalize": lambda: Normalize(0.3, 0.2),
    "compose": lambda: Compose([RandomHorizontalFlip(rng=SEED), RandomErasing(rng=SEED)]),
}
every_transform = pytest.mark.parametrize("build", ALL.values(), ids=ALL)

# (N, C, H, W) or (N, H, W); no two pixels are equal.
shapes = st.one_of(
    st.tuples(st.integers(0, 6), st.integers(1, 3), st.integers(1, 9), st.integers(1, 9)),
    st.tuples(st.integers(0, 6), st.integers(1, 9), st.integers(1, 9)),
)
seeds = st.integers(0, 1000)


def numbered(shape, dtype=np.float64):
    """Images no two of whose pixels are equal, and none is 0."""
    return np.arange(1, 1 + math.prod(shape)).reshape(shape).astype(dtype)


# ---- beside plain transcriptions -----------------------------------------------------------------


@given(shape=shapes, p=st.floats(0, 1), seed=seeds)
def test_flip(shape, p, seed):
    x, rng = numbered(shape), np.random.default_rng(seed)
    draws = rng.random(len(x))
    expected = [np.flip(image, -1) if u < p else image for image, u in zip(x, draws, strict=True)]
    y = RandomHorizontalFlip(p, rng=seed)(x)
    np.testing.assert_array_equal(y, np.reshape(expected, shape))


@given(shape=shapes, edges=st.tuples(*[st.integers(0, 3)] * 4), data=st.data(), seed=seeds)
def test_crop(shape, edges, data, seed):
    left, top, right, bottom = edges
    *batch, h, w = shape
    size = (
        data.draw(st.integers(1, h + top + bottom)),
        data.draw(st.integers(1, w + left + right)),
    )
    x, rng = numbered(shape), np.random.default_rng(seed)
    tops = rng.integers(0, h + top + bottom - size[0] + 1, len(x))
    lefts = rng.integers(0, w + left + right - size[1] + 1, len(x))
    expected = np.zeros((*batch, *size))
    for n, (i, j) in enumerate(zip(tops, lefts, strict=True)):
        for row in range(size[0]):
            for column in range(size[1]):
                from_row, from_column = row + i - top, column + j - left
                if 0 <= from_row < h and 0 <= from_column < w:
                    expected[n, ..., row, column] = x[n, ..., from_row, from_column]
    np.testing.assert_array_equal(RandomCrop(size, edges, rng=seed)(x), expected)


@given(
    shape=shapes,
    p=st.floats(0, 1),
    scale=st.tuples(st.floats(0, 1), st.floats(0, 1)).map(sorted),
    ratio=st.tuples(st.floats(0.1, 10), st.floats(0.1, 10)).map(sorted),
    seed=seeds,
)
def test_erasing(shape, p, scale, ratio, seed):
    x, rng = numbered(shape), np.random.default_rng(seed)
    n, (height, width) = len(x), shape[-2:]
    chosen = rng.random(n) < p
    areas = rng.uniform(*scale, (10, n))
    ratios = rng.uniform(math.log(ratio[0]), math.log(ratio[1]), (10, n))
    holes = [(0, 0)] * n
    for i in np.flatnonzero(chosen):
        for area, log_ratio in zip(areas[:, i], ratios[:, i], strict=True):
            h = round(math.sqrt(height * width * area * np.exp(log_ratio)))
            w = round(math.sqrt(height * width * area / np.exp(log_ratio)))
            if h < height and w < width:
                holes[i] = h, w
                break
    hs, ws = (np.array([hole[axis] for hole in holes], int) for axis in (0, 1))
    tops, lefts = rng.integers(0, height - hs + 1), rng.integers(0, width - ws + 1)
    expected = x.copy()
    for image, top, left, h, w in zip(expected, tops, lefts, hs, ws, strict=True):
        image[..., top : top + h, left : left + w] = -1
    y = RandomErasing(p, scale, ratio, value=-1, rng=seed)(x)
    np.testing.assert_array_equal(y, expected)


@given(shape=shapes, mean=st.floats(-5, 5), std=st.floats(0.1, 5))
def test_normalize(shape, mean, std):
    x = numbered(shape)
    close(Normalize(mean, std)(x), [(image - mean) / std for image in x] if len(x) else x)


def test_normalize_by_channel():
    x = numbered((2, 3, 4, 5))
    y = Normalize([1, 2, 3], (4.0, 5.0, 6.0))(x)
    for c in range(3):
        close(y[:, c], (x[:, c] - (c + 1)) / (c + 4))
    assert Normalize([0.5], [0.5])(x).shape == x.shape


def test_compose_applies_in_order():
    x = numbered((2, 1, 3, 3))
    y = Compose([Normalize(0, 2), lambda x: x + 1])(x)
    np.testing.assert_array_equal(y, x / 2 + 1)
    assert Compose([])(x) is x


# ---- what all keep to ----------------------------------------------------------------------------


@every_transform
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("shape", [(8, 3, 5, 6), (8, 1, 5, 6), (8, 5, 6)])
def test_any_memory_layout(build, layout, shape):
    x = numbered(shape)
    np.testing.assert_array_equal(build()(relaid(x, layout)), build()(x))


@every_transform
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_a_new_array_of_the_same_dtype(build, dtype):
    x = numbered((8, 2, 5, 6), dtype)
    before = x.copy()
    y = build()(x)
    assert y.dtype == dtype
    assert y.flags.writeable
    assert not np.shares_memory(x, y)
    np.testing.assert_array_equal(x, before)


@every_transform
def test_an_empty_batch(build):
    for shape in ((0, 3, 5, 6), (0, 5, 6)):
        assert build()(np.zeros(shape, np.float32)).shape[: len(shape) - 2] == shape[:-2]


@every_transform
def test_the_same_seed_gives_the_same_bits(build):
    x = numbered((8, 2, 5, 6), np.float32)
    transform, twin = build(), build()
    for _ in range(3):
        np.testing.assert_array_equal(transform(x), twin(x))


@pytest.mark.parametrize(
    "build",
    [RandomHorizontalFlip, lambda: RandomCrop(5, padding=2), RandomErasing],
    ids=["flip", "crop", "erasing"],
)
def test_without_a_generator_it_is_the_packages_own(build):
    x, transform = numbered((40, 5, 6), np.float32), build()
    first, second = (transform(x) for _ in range(2))
    assert not np.array_equal(first, second)
    mt.manual_seed(0)
    np.testing.assert_array_equal(transform(x), first)
    mt.manual_seed(1)
    assert not np.array_equal(transform(x), first)


def test_p_of_0_and_of_1():
    x = read_only(numbered((50, 1, 8, 8)))
    for build in (RandomHorizontalFlip, RandomErasing):
        y = build(0.0)(x)
        np.testing.assert_array_equal(y, x)
        assert not np.shares_memory(x, y)
    np.testing.assert_array_equal(RandomHorizontalFlip(1.0)(x), x[..., ::-1])
    assert (RandomErasing(1.0)(x) == 0).any(axis=(1, 2, 3)).all()


# ---- distributions -------------------------------------------------------------------------------


def test_half_of_the_images_are_mirrored_by_default():
    y = RandomHorizontalFlip(rng=0)(np.broadcast_to([[1.0, 2.0]], (10_000, 1, 2)))
    assert 0.48 < np.mean(y[:, 0, 0] == 2) < 0.52


def test_every_shift_is_equally_likely():
    x = np.zeros((25_000, 5, 5))
    x[:, 2, 2] = 1
    y = RandomCrop(5, padding=2, rng=0)(x)
    close(y.mean(axis=0), np.full((5, 5), 1 / 25), atol=0.006)


def test_areas_and_ratios_of_holes():
    y = RandomErasing(1.0, rng=0)(np.ones((4000, 100, 100)))
    h, w = (y == 0).any(axis=2).sum(axis=1), (y == 0).any(axis=1).sum(axis=1)
    area, log_ratio = h * w / 10_000, np.log(h / w)
    np.testing.assert_array_equal(h * w, (y == 0).sum(axis=(1, 2)))  # a rectangle each
    assert 0.018 < area.min() < 0.022
    assert 0.32 < area.max() < 0.34
    assert area.mean() == pytest.approx((0.02 + 0.33) / 2, abs=0.01)
    assert abs(log_ratio).max() == pytest.approx(math.log(3.3), abs=0.1)
    assert log_ratio.mean() == pytest.approx(0, abs=0.05)


# ---- values of holes -----------------------------------------------------------------------------


def test_a_value_for_each_channel():
    x = np.zeros((20, 3, 8, 8), np.float32)
    y = RandomErasing(1.0, value=(1, 2, 3), rng=0)(x)
    hole = y[:, 0] == 1
    assert hole.any()
    for c in range(3):
        np.testing.assert_array_equal(y[:, c], hole * (c + 1))


def test_random_values_are_normal_and_each_pixels_own():
    x = np.zeros((200, 2, 20, 20))
    y = RandomErasing(1.0, value="random", rng=0)(x)
    drawn = y[y != 0]
    assert len(np.unique(drawn)) > 0.99 * len(drawn)
    assert drawn.mean() == pytest.approx(0, abs=0.03)
    assert drawn.std() == pytest.approx(1, abs=0.03)
    np.testing.assert_array_equal(y[:, 0] != 0, y[:, 1] != 0)


def test_an_image_too_small_for_any_hole_stays():
    x = np.ones((10, 1, 1, 1))
    np.testing.assert_array_equal(RandomErasing(1.0, scale=(1, 1), ratio=(1, 1))(x), x)


# ---- spellings, and mistakes ---------------------------------------------------------------------


def test_padding_is_said_as_in_pytorch():
    edges = {1: (1, 1, 1, 1), (1, 2): (1, 2, 1, 2), (1, 2, 3, 4): (1, 2, 3, 4)}
    for padding, (left, top, right, bottom) in edges.items():
        crop = RandomCrop((5 + top + bottom, 6 + left + right), padding)
        y = crop(np.ones((1, 5, 6)))
        rows, columns = (np.flatnonzero(y[0].any(axis=axis)) for axis in (1, 0))
        assert (rows[0], rows[-1]) == (top, top + 4)
        assert (columns[0], columns[-1]) == (left, left + 5)


X = np.zeros((2, 3, 5, 6))


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: RandomHorizontalFlip(1.5), r"RandomHorizontalFlip: expected p in \[0, 1\]"),
        (lambda: RandomErasing(-0.1), r"RandomErasing: expected p in \[0, 1\]"),
        (lambda: RandomErasing(scale=(0.5, 0.1)), "scale to be a least and a greatest"),
        (lambda: RandomErasing(scale=(-0.1, 0.1)), "scale to be a least"),
        (lambda: RandomErasing(scale=(0.1, 1.1)), "scale of at most 1"),
        (lambda: RandomErasing(scale=0.1), "scale to be a least"),
        (lambda: RandomErasing(ratio=(0, 1)), "ratio above 0"),
        (lambda: RandomErasing(ratio=(1, np.nan)), "ratio to be a least"),
        (lambda: RandomErasing(value="grey"), "value to be a number, or one for each channel"),
        (lambda: RandomErasing(value=())(X), "value to be a number, or one for each channel"),
        (lambda: RandomErasing(value=(1, 2))(X), "each of 3 channels, got 2"),
        (lambda: RandomErasing(value=(1, 2))(X[:, 0]), "each of 1 channels, got 2"),
        (lambda: Normalize(0, 0), "std above 0"),
        (lambda: Normalize(0, np.nan), "std above 0"),
        (lambda: Normalize("a", 1), "mean to be a number"),
        (lambda: Normalize([0, 0], 1)(X), "each of 3 channels, got 2"),
        (lambda: RandomCrop(0), "size to be an integer of at least 1"),
        (lambda: RandomCrop(2.0), "size to be 1 or 2 integers"),
        (lambda: RandomCrop((2, 2.5)), "size to be an integer"),
        (lambda: RandomCrop((1, 2, 3)), "size to be 1 or 2 integers"),
        (lambda: RandomCrop(2, padding=-1), "padding to be an integer of at least 0"),
        (lambda: RandomCrop(2, padding=(1, 2, 3)), "padding to be 1 or 2 or 4 integers"),
        (lambda: RandomCrop(6)(X), r"at least \(6, 6\) with their padding, got x of shape"),
        (lambda: RandomHorizontalFlip()(np.zeros((64, 784))), r"got float64 of shape \(64, 784\)"),
        (lambda: RandomCrop(2)(np.zeros((2, 3, 4, 5, 6))), r"\(N, C, H, W\) or \(N, H, W\)"),
        (lambda: RandomErasing()(np.zeros((2, 5, 6), np.uint8)), "expected floats"),
        (lambda: Normalize(0, 1)(3.0), r"got float64 of shape \(\)"),
    ],
)
def test_mistakes_are_answered_in_one_sentence(call, sentence):
    with pytest.raises(ValueError, match=sentence) as caught:
        call()
    assert "\n" not in str(caught.value)


def test_compose_wants_what_can_be_called():
    with pytest.raises(TypeError, match=r"Compose: expected transforms, got 3"):
        Compose([Normalize(0, 1), 3])


def test_every_public_transform_is_tested_here():
    assert {type(build()).__name__ for build in ALL.values()} == set(transforms.__all__)
