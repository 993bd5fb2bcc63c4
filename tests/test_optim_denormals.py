"""Decaying state never ends in denormal numbers; NaN and infinity spread as they do in PyTorch."""

import numpy as np
import pytest
from rules import DTYPES, ENGINES, RULES

from minitorch_np import nn, optim, set_engine

on_engines = pytest.mark.parametrize("engine", ENGINES)
in_dtypes = pytest.mark.parametrize("dtype", DTYPES, ids=lambda dtype: dtype.__name__)
all_rules = pytest.mark.parametrize("case", RULES, ids=lambda case: case.id)

STEPS = 2500
# Rates of decay with which a float32 and a float64 reach the denormal range within these steps,
# and those in use, which come to rest above it.
FAST = {"betas": (0.8, 0.7), "alpha": 0.7, "momentum": 0.7}
FLOOR = {np.float32: 5e-33, np.float64: 5e-303}
USUAL = {"betas": (0.9, 0.999), "alpha": 0.99, "momentum": 0.9}


def settings():
    for case in RULES:
        defaults = case.rule([nn.Parameter(np.zeros(1))]).defaults
        for speed, rates in (("fast", FAST), ("usual", USUAL)):
            options = {name: value for name, value in rates.items() if name in defaults}
            variants = [{}, {"weight_decay": 0.01}]
            variants += [{"centered": True}] if "centered" in defaults else []
            variants += [{"nesterov": True}] if "nesterov" in defaults else []
            for extra in variants:
                name = "-".join([case.id, speed, *extra])
                yield pytest.param(case, {**options, **extra}, id=name)


in_settings = pytest.mark.parametrize(("case", "options"), list(settings()))
at_rest = pytest.mark.parametrize(
    ("case", "options"), [param for param in settings() if "fast" in param.id]
)


def magnitudes(dtype):
    """Numbers of every magnitude whose square is still a normal number, in both signs."""
    lowest = np.log10(float(np.finfo(dtype).smallest_normal)) / 2
    values = np.logspace(lowest, 0, 40)
    return np.concatenate([values, -values]).astype(dtype)


def denormals(array):
    return np.count_nonzero((array != 0) & (abs(array) < np.finfo(array.dtype).smallest_normal))


class Watched(np.ndarray):
    """An array that refuses operations whose result is denormal."""

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        plain = [np.asarray(x) if isinstance(x, Watched) else x for x in inputs]
        result = getattr(ufunc, method)(*plain, **kwargs)
        assert not denormals(result), f"a result of {ufunc.__name__} is denormal"
        return result.view(Watched)


class Unguarded:
    """The formula itself, in a type of its own, with nothing that keeps it from denormals."""

    def __init__(self, optimizer, data, dtype):
        self.optimizer, self.group = optimizer, optimizer.param_groups[0]
        self.rule, names = optimizer.plan(self.group)
        self.dtype = np.dtype(dtype).type
        self.p = data.astype(dtype)
        self.slots = [np.zeros_like(self.p) for _ in names]
        self.state = {"step": 0, **optimizer.memory}

    def step(self, g):
        self.state["step"] += 1
        scalars = self.optimizer.scalars(self.state, self.group, None)
        new = self.rule(self.p, g.astype(self.dtype), *self.slots, *map(self.dtype, scalars))
        self.p, *self.slots = new if self.slots else (new,)


def run(case, options, dtype, *others):
    """Some steps with a gradient, then many without; returns the parameter and its state."""
    g = magnitudes(dtype)
    p = nn.Parameter(g[::-1].copy())
    optimizer = case.rule([p], **options)
    walkers = [Unguarded(optimizer, p.data, other) for other in others]
    for i in range(STEPS):
        p.grad = g if i < 10 else np.zeros_like(g)
        optimizer.step()
        for walker in walkers:
            walker.step(p.grad)
        if i % 100 == 99:
            arrays = optimizer._segments[0].slots.values()
            assert [denormals(array) for array in (p.data, *arrays)] == [0] * (1 + len(arrays))
    return p, optimizer, *walkers


@on_engines
@in_dtypes
@in_settings
def test_no_denormals_after_thousands_of_steps_without_a_gradient(case, options, dtype, engine):
    set_engine(engine)
    p, optimizer = run(case, options, dtype)
    for array in (p.data, *optimizer._segments[0].slots.values()):
        assert np.isfinite(array).all()
        # Room below, so that products inside the formula are normal numbers too.
        assert (abs(array[array != 0]) > FLOOR[dtype]).all()


@in_dtypes
@in_settings
def test_the_guard_changes_nothing_else(case, options, dtype):
    """Against the unguarded formula in double precision; in the type itself that is denormal."""
    set_engine("numpy")
    p, optimizer, bare, exact = run(case, options, dtype, dtype, np.float64)
    slots, single = optimizer._segments[0].slots, dtype == np.float32
    if "weight_decay" in options:  # a gradient for ever: p goes to and fro around 0
        np.testing.assert_allclose(p.data, exact.p, atol=3 * optimizer.defaults["lr"])
        return
    np.testing.assert_allclose(p.data, exact.p, rtol=1e-4 if single else 1e-12, atol=1e-7)
    for array, reference in zip(slots.values(), exact.slots, strict=True):
        rtol, atol = (1e-4, 1e-29) if single else (1e-12, 1e-298)
        np.testing.assert_allclose(array, reference, rtol=rtol, atol=atol)
    if any(options.get(name) == value for name, value in FAST.items()):
        assert sum(denormals(array) for array in bare.slots) > 0, "this test would prove nothing"


@in_dtypes
@at_rest
def test_a_formula_at_rest_meets_no_denormals_on_its_way(case, options, dtype):
    """Also the products inside the formula stay normal numbers, at small rates too."""
    set_engine("numpy")
    _, optimizer = run(case, options, dtype)
    segment = optimizer._segments[0]
    rule, _ = optimizer.plan(segment.group)
    segment.group["lr"] = 1e-5
    scalars = optimizer.scalars({**segment.state_of(0)[0]}, segment.group, None)
    arrays = [segment._data, np.zeros_like(segment._data), *segment.slots.values()]
    rule(*(array.view(Watched) for array in arrays), *map(dtype, scalars))


def test_a_weight_that_only_decays_meets_no_denormals_on_its_way():
    """Its square did, in Adam's v: for ten thousands of steps, each ten times as slow."""
    set_engine("numpy")
    for case in RULES:
        for weight in np.logspace(-36, -1, 36):
            p = nn.Parameter(np.full(1, weight, np.float32))
            optimizer = case.rule([p], lr=1e-3, weight_decay=1e-2)
            for _ in range(3):
                p.grad = [0.0]
                optimizer.step()
                segment = optimizer._segments[0]
                rule, _ = optimizer.plan(segment.group)
                scalars = optimizer.scalars({**segment.state_of(0)[0]}, segment.group, None)
                arrays = [p.data, p.grad, *segment.slots.values()]
                rule(*(array.view(Watched) for array in arrays), *map(np.float32, scalars))


BAD = [np.nan, np.inf, -np.inf]


@pytest.mark.parity
@on_engines
@in_dtypes
@all_rules
def test_nan_and_infinite_gradients_spread_as_in_pytorch(torch, case, dtype, engine):
    set_engine(engine)
    for options in case.grid:
        data = np.linspace(-1, 1, 12).astype(dtype)
        p, q = nn.Parameter(data), torch.nn.Parameter(torch.tensor(data))
        optimizer, twin = case.rule([p], **options), case.twin_of(torch)([q], **options)
        for i in range(6):
            g = np.full(12, 0.1 * (i + 1), dtype)
            if i == 2:
                g[:3] = BAD
            if i == 3 and not options.get("centered"):  # there inf - inf hangs on how it is rounded
                g[3:5] = np.finfo(dtype).max, -np.finfo(dtype).max  # its square overflows
            p.grad, q.grad = g, torch.tensor(g)
            optimizer.step()
            twin.step()
            theirs = q.detach().numpy()
            np.testing.assert_array_equal(np.isfinite(p.data), np.isfinite(theirs))
            fine = np.isfinite(theirs)
            np.testing.assert_allclose(p.data[fine], theirs[fine], rtol=1e-4, atol=1e-6)
            if i == 2 and options.get("betas", (0.9,))[0] > 0.5:  # else their lerp has inf - inf
                np.testing.assert_allclose(p.data[:3], theirs[:3], rtol=1e-5)
        assert np.isfinite(p.data[5:]).all()


@on_engines
@in_dtypes
def test_settings_that_overflow_do_not_warn(dtype, engine):
    set_engine(engine)
    p = nn.Parameter(np.ones(3, dtype))
    optimizer = optim.SGD([p], lr=1e300)
    p.grad = [1e10, 0.0, -1e10]
    optimizer.step()
    if dtype == np.float32:
        assert np.isinf(p.data[[0, 2]]).all()
    else:
        np.testing.assert_array_equal(p.data, [-np.inf, 1, np.inf])
