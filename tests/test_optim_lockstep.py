"""Every rule walks in step with its PyTorch twin, in every configuration, on both engines."""

import numpy as np
import pytest
from rules import DTYPES, ENGINES, RULES, SHAPES, configurations, parameters

from minitorch_np import nn, optim, set_engine

STEPS = 61  # an odd number: Lion's steps of one size may not lead back
# Sixty steps of rounding. Both compute each step in the dtype itself, in another order.
TOLERANCE = {
    np.float32: {"rtol": 2e-5, "atol": 2e-5},
    np.float64: {"rtol": 1e-9, "atol": 1e-12},
}

pairs_of = pytest.mark.parametrize(("case", "options"), configurations())
on_engines = pytest.mark.parametrize("engine", ENGINES)
in_dtypes = pytest.mark.parametrize("dtype", DTYPES, ids=lambda dtype: dtype.__name__)
all_rules = pytest.mark.parametrize("case", RULES, ids=lambda case: case.id)


class Pair:
    """One rule and its twin over equal parameters; both are given the same gradients."""

    def __init__(self, torch, case, dtype, options, shapes=SHAPES, groups=None):
        """``groups``: slices of the parameters and their own options, else there is one group."""
        self.torch = torch
        self.rng = np.random.default_rng(7)
        self.ours = parameters(dtype, shapes=shapes)
        self.theirs = [torch.nn.Parameter(torch.tensor(p.data)) for p in self.ours]
        groups = groups or [(slice(None), {})]
        self.optimizer, self.twin = (
            make([{"params": params[part], **own} for part, own in groups], **options)
            for make, params in (
                (case.rule, self.ours),
                (case.twin_of(torch), self.theirs),
            )
        )
        self.tolerance = TOLERANCE[dtype]

    def step(self, skip=()):
        """One step of both; the parameters numbered in ``skip`` get no gradient."""
        self.optimizer.zero_grad()
        self.twin.zero_grad()
        for i, (p, q) in enumerate(zip(self.ours, self.theirs, strict=True)):
            g = np.asarray(self.rng.standard_normal(p.shape), p.dtype)
            if i not in skip and p.requires_grad:
                p.grad = g
                q.grad = self.torch.tensor(g)
        self.optimizer.step()
        self.twin.step()
        ours = np.concatenate([p.data.ravel() for p in self.ours])
        theirs = np.concatenate([q.detach().numpy().ravel() for q in self.theirs])
        np.testing.assert_allclose(ours, theirs, **self.tolerance)

    def set(self, **options):
        for group in (*self.optimizer.param_groups, *self.twin.param_groups):
            group.update({name: value for name, value in options.items() if name in group})


def test_every_rule_has_a_row():
    public = {
        value
        for value in vars(optim).values()
        if isinstance(value, type) and issubclass(value, optim.Optimizer)
    }
    assert public - {optim.Optimizer} == {case.rule for case in RULES}
    assert {cls.__name__ for cls in public} <= set(optim.__all__)


@pytest.fixture
def their_double(torch):
    """PyTorch keeps NAdam's product of momenta in its default dtype; let that be double."""
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


def parity(test):
    return pytest.mark.parity(pytest.mark.usefixtures("their_double")(test))


@parity
@on_engines
@in_dtypes
@pairs_of
def test_every_configuration(torch, case, options, dtype, engine):
    set_engine(engine)
    pair = Pair(torch, case, dtype, options)
    before = [p.data.copy() for p in pair.ours]
    for _ in range(STEPS):
        pair.step()
    for p, old in zip(pair.ours, before, strict=True):
        assert (p.data != old).all()


@parity
@on_engines
@all_rules
def test_the_defaults_are_theirs(torch, case, engine):
    set_engine(engine)
    pair = Pair(torch, case, np.float64, {})
    for name, value in pair.optimizer.defaults.items():
        assert pair.twin.defaults[name] == value
    pair.step()


@parity
@on_engines
@in_dtypes
@all_rules
def test_groups_with_options_of_their_own(torch, case, dtype, engine):
    set_engine(engine)
    groups = [(slice(0, 2), {"lr": 0.03}), (slice(2, 3), {"weight_decay": 0.1}), (slice(3, 6), {})]
    pair = Pair(torch, case, dtype, case.grid[-1], groups=groups)
    for _ in range(STEPS):
        pair.step()
    rates = [group["lr"] for group in pair.optimizer.param_groups]
    assert rates[0] == 0.03 != rates[1] == rates[2]


@parity
@on_engines
@in_dtypes
@pairs_of
def test_parameters_without_a_gradient_stand_still(torch, case, options, dtype, engine):
    set_engine(engine)
    pair = Pair(torch, case, dtype, options)
    choose = np.random.default_rng(3)
    for i in range(30):
        skip = set(np.flatnonzero(choose.random(len(SHAPES)) < 0.4).tolist())
        if i == 10:
            skip = set(range(len(SHAPES)))
        before = [p.data.copy() for p in pair.ours]
        pair.step(skip)
        for j in skip:
            np.testing.assert_array_equal(pair.ours[j].data, before[j])


@parity
@on_engines
@in_dtypes
@all_rules
def test_freezing_and_thawing(torch, case, dtype, engine):
    set_engine(engine)
    pair = Pair(torch, case, dtype, case.grid[-1])
    for i in range(45):
        if i in (15, 30):
            for params in (pair.ours, pair.theirs):
                for p in params[1:3]:
                    p.requires_grad_(i == 30)
        pair.step()


# Which options change before which step.
CHANGES = {
    "lr": {10: {"lr": 0.2}, 20: {"lr": 0.0}, 30: {"lr": 1}, 40: {"lr": 1e-5}},
    "weight_decay": {10: {"weight_decay": 0.1}, 30: {"weight_decay": 0.0}},
    "eps": {10: {"eps": 1e-2}, 30: {"eps": 1e-10}},
    "betas": {10: {"betas": (0.5, 0.9)}, 30: {"betas": (0.99, 0.9999)}},
    "alpha": {10: {"alpha": 0.5}, 30: {"alpha": 0.999}},
    "momentum_decay": {10: {"momentum_decay": 0.3}, 30: {"momentum_decay": 0.0}},
}


def changes():
    for case in RULES:
        defaults = case.rule(parameters(np.float32)).defaults
        for name, plan in CHANGES.items():
            if name in defaults:
                yield pytest.param(case, plan, id=f"{case.id}-{name}")


@parity
@on_engines
@in_dtypes
@pytest.mark.parametrize(("case", "plan"), list(changes()))
def test_options_that_change_between_steps(torch, case, plan, dtype, engine):
    set_engine(engine)
    pair = Pair(torch, case, dtype, {})
    for i in range(50):
        pair.set(**plan.get(i, {}))
        pair.step()


@parity
@on_engines
@in_dtypes
@pytest.mark.parametrize("options", [{}, {"dampening": 0.4}], ids=["plain", "dampened"])
def test_momentum_that_comes_goes_and_comes_back(torch, options, dtype, engine):
    """PyTorch's buffer begins with the first gradient after momentum came, and then rests."""
    set_engine(engine)
    pair = Pair(torch, RULES[0], dtype, {"lr": 0.05, "momentum": 0.0, **options})
    for i, momentum in enumerate((0.0, 0.9, 0.0, 0.5, 0.9)):
        pair.set(momentum=momentum)
        for j in range(12):
            pair.step(skip={1} if i == 1 or j == 3 else ())


@parity
@on_engines
def test_momentum_of_rmsprop_that_goes_and_comes_back(torch, engine):
    set_engine(engine)
    case = next(case for case in RULES if case.rule is optim.RMSprop)
    pair = Pair(torch, case, np.float64, {"momentum": 0.9})
    for momentum in (0.9, 0.0, 0.5):
        pair.set(momentum=momentum)
        for _ in range(12):
            pair.step()


@parity
@on_engines
@in_dtypes
@all_rules
def test_a_parameter_group_that_comes_later(torch, case, dtype, engine):
    set_engine(engine)
    pair = Pair(torch, case, dtype, case.grid[0], groups=[(slice(0, 4), {})])
    for _ in range(10):
        pair.step()
    pair.optimizer.add_param_group({"params": pair.ours[4:], "lr": 0.02})
    pair.twin.add_param_group({"params": pair.theirs[4:], "lr": 0.02})
    for _ in range(20):
        pair.step()


@parity
@on_engines
@all_rules
def test_float32_and_float64_together(torch, case, engine):
    set_engine(engine)
    rng = np.random.default_rng(0)
    ours = [nn.Parameter(rng.standard_normal(9).astype(t)) for t in (np.float32, np.float64) * 2]
    theirs = [torch.nn.Parameter(torch.tensor(p.data)) for p in ours]
    optimizer, twin = case.rule(ours), case.twin_of(torch)(theirs)
    for _ in range(20):
        for p, q in zip(ours, theirs, strict=True):
            g = rng.standard_normal(9).astype(p.dtype)
            p.grad, q.grad = g, torch.tensor(g)
        optimizer.step()
        twin.step()
    for p, q in zip(ours, theirs, strict=True):
        assert p.dtype == q.detach().numpy().dtype
        np.testing.assert_allclose(p.data, q.detach().numpy(), **TOLERANCE[p.dtype.type])
