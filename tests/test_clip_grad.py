"""Gradient clipping over packed, loose and mixed parameters, against PyTorch."""

import math

import numpy as np
import pytest
from arrays import close
from hypothesis import given
from hypothesis import strategies as st

from minitorch_np import nn, optim
from minitorch_np.nn.utils import clip_grad_norm_, clip_grad_value_

SHAPES = [(3, 4), (5,), (), (2, 1, 3), (7,)]
NORMS = [1.0, 2.0, 3.0, 0.5, math.inf, "inf"]


def parameters(layout, rng, scale=1.0, dtype=np.float64):
    """Parameters with gradients, but for one; packed, loose, or some of each."""
    ps = [nn.Parameter(np.zeros(shape, dtype)) for shape in SHAPES]
    if layout == "packed":
        optim.SGD(ps, lr=0.1)
    elif layout == "mixed":
        optim.SGD(ps[1:3], lr=0.1)
        optim.SGD(ps[3:4], lr=0.1)
    elif layout == "shuffled":
        optim.SGD([ps[i] for i in (3, 0, 4, 2, 1)], lr=0.1)
    for i, p in enumerate(ps):
        p.grad += scale * rng.standard_normal(p.shape)
        if i == 1:
            p.grad += 1e6  # left over from before, and stale
            p.zero_grad()
    return ps


def twin_of(torch, ps):
    twins = []
    for p in ps:
        twin = torch.nn.Parameter(torch.tensor(p.data))
        twin.grad = torch.tensor(p.grad) if p.has_grad else None
        twins.append(twin)
    return twins


def same_gradients(ps, twins, **tolerance):
    for p, twin in zip(ps, twins, strict=True):
        assert p.has_grad == (twin.grad is not None)
        if p.has_grad:
            close(p.grad, twin.grad, **tolerance)


layouts = pytest.mark.parametrize("layout", ["packed", "loose", "mixed", "shuffled"])


@layouts
@pytest.mark.parametrize("norm_type", NORMS)
@pytest.mark.parametrize("max_norm", [0.1, 1e9, 0.0])
def test_norm_equals_pytorchs(layout, norm_type, max_norm, torch, rng):
    ps = parameters(layout, rng)
    twins = twin_of(torch, ps)
    norm = clip_grad_norm_(ps, max_norm, norm_type)
    expected = torch.nn.utils.clip_grad_norm_(twins, max_norm, float(norm_type))
    assert type(norm) is float
    close(norm, expected)
    same_gradients(ps, twins)


@layouts
def test_float32_equals_pytorchs(layout, torch, rng):
    ps = parameters(layout, rng, dtype=np.float32)
    twins = twin_of(torch, ps)
    close(clip_grad_norm_(ps, 0.5), torch.nn.utils.clip_grad_norm_(twins, 0.5), rtol=1e-6)
    same_gradients(ps, twins, rtol=1e-5)
    assert all(p.grad.dtype == np.float32 for p in ps if p.has_grad)


@layouts
def test_value_equals_pytorchs(layout, torch, rng):
    ps = parameters(layout, rng)
    twins = twin_of(torch, ps)
    assert clip_grad_value_(ps, 0.3) is None
    torch.nn.utils.clip_grad_value_(twins, 0.3)
    same_gradients(ps, twins)


@layouts
def test_the_clipped_norm_is_the_maximum(layout, rng):
    ps = parameters(layout, rng, scale=100)
    clip_grad_norm_(ps, 2.0)
    close(clip_grad_norm_(ps, 1e9), 2.0, rtol=1e-6)


@layouts
def test_stale_gradients_neither_count_nor_change_nor_come_alive(layout, rng):
    ps = parameters(layout, rng)
    used = [p.grad.copy() for p in ps if p.has_grad]
    expected = math.sqrt(sum(float((g * g).sum()) for g in used))
    close(clip_grad_norm_(ps, 1e9), expected)
    clip_grad_value_(ps, 1e9)
    assert [p.has_grad for p in ps] == [True, False, True, True, True]
    assert not ps[1].grad.any()


@layouts
def test_no_clipping_leaves_every_bit(layout, rng):
    ps = parameters(layout, rng)
    before = [p.grad.copy() for p in ps if p.has_grad]
    clip_grad_norm_(ps, 1e9)
    for p, g in zip([p for p in ps if p.has_grad], before, strict=True):
        np.testing.assert_array_equal(p.grad, g)


def test_what_it_takes(rng):
    p = nn.Parameter(np.zeros(2))
    p.grad = [3.0, 4.0]
    assert clip_grad_norm_(p, 10.0) == 5.0
    assert clip_grad_norm_((q for q in [p]), 10.0) == 5.0
    assert clip_grad_norm_([p, p], 10.0) == 5.0  # tied: once
    assert clip_grad_norm_([], 1.0) == 0.0
    assert clip_grad_norm_([nn.Parameter(np.zeros(2))], 1.0) == 0.0
    assert clip_grad_norm_([], 1.0, math.inf) == 0.0
    clip_grad_value_(p, 3.5)
    assert p.grad.tolist() == [3.0, 3.5]


def test_neighbours_in_the_same_memory_are_left_alone(rng):
    net = nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 2))
    optim.SGD(net.parameters(), lr=0.1)
    for p in net.parameters():
        p.grad += 10
    clip_grad_norm_(net[0].parameters(), 1.0)
    clip_grad_value_([net[1].bias], 1.0)
    assert (net[1].weight.grad == 10).all() and (net[1].bias.grad == 1).all()
    close(np.concatenate([p.grad.ravel() for p in net[0].parameters()]), np.full(16, 0.25), 1e-5)


@layouts
@pytest.mark.parametrize("norm_type", [1.0, 2.0, math.inf])
@pytest.mark.parametrize("where", [0, 2, 4])
@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_not_finite(layout, norm_type, where, bad, torch, rng):
    ps = parameters(layout, rng)
    ps[where].grad.reshape(-1)[-1] = bad
    before = [p.grad.copy() for p in ps if p.has_grad]
    twins = twin_of(torch, ps)
    with pytest.raises(RuntimeError, match="expected a finite gradient norm"):
        clip_grad_norm_(ps, 1.0, norm_type, error_if_nonfinite=True)
    for p, g in zip([p for p in ps if p.has_grad], before, strict=True):
        np.testing.assert_array_equal(p.grad, g)
    norm = clip_grad_norm_(ps, 1.0, norm_type)
    expected = torch.nn.utils.clip_grad_norm_(twins, 1.0, norm_type)
    np.testing.assert_equal(norm, expected.item())
    for p, twin in zip(ps, twins, strict=True):
        if p.has_grad:
            np.testing.assert_allclose(p.grad, twin.grad, atol=1e-12)


@given(seed=st.integers(0, 2**32 - 1), scale=st.floats(1e-3, 1e3), max_norm=st.floats(1e-3, 1e3))
def test_packed_and_loose_agree(seed, scale, max_norm):
    results = []
    for layout in ("packed", "loose", "mixed", "shuffled"):
        ps = parameters(layout, np.random.default_rng(seed), scale)
        norm = clip_grad_norm_(ps, max_norm)
        results.append((norm, [p.grad.copy() for p in ps if p.has_grad]))
    for norm, grads in results[1:]:
        close(norm, results[0][0])
        for g, expected in zip(grads, results[0][1], strict=True):
            close(g, expected)
