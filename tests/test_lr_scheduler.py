"""Every schedule: one table, in lockstep with PyTorch, saved and loaded, and what it refuses."""

import copy
import inspect
import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minitorch_np import nn, optim
from minitorch_np.data import DataLoader, TensorDataset
from minitorch_np.optim import lr_scheduler
from minitorch_np.optim.lr_scheduler import (
    CosineAnnealingLR,
    CosineAnnealingWarmRestarts,
    LambdaLR,
    OneCycleLR,
    StepLR,
)
from minitorch_np.training import Schedule, fit

STEPS = 70
WARMUP = ("LinearLR", {"start_factor": 0.01, "total_iters": 8})

# Every public schedule, with the options that it is held against PyTorch for.
SCHEDULES = {
    "ConstantLR": [{}, {"factor": 0.7, "total_iters": 1}, {"factor": 1, "total_iters": 30}],
    "CosineAnnealingLR": [
        {"T_max": 70},
        {"T_max": 7},  # five periods
        {"T_max": 1},
        {"T_max": 10, "eta_min": 0.01},
        {"T_max": 3, "eta_min": 0.4},  # above the rates of two groups
    ],
    "CosineAnnealingWarmRestarts": [
        {"T_0": 10},
        {"T_0": 1, "eta_min": 0.02},
        {"T_0": 3, "T_mult": 2},
        {"T_0": 2, "T_mult": 3, "eta_min": 0.2},
    ],
    "ExponentialLR": [{"gamma": 0.9}, {"gamma": 1.05}, {"gamma": 0}, {"gamma": 1}],
    "LambdaLR": [
        {"lr_lambda": lambda step: 0.95**step},
        {
            "lr_lambda": [
                lambda step: 1 / (1 + step),
                lambda step: step,
                lambda step: np.sin(step) ** 2,
            ]
        },
    ],
    "LinearLR": [
        {},
        {"start_factor": 0.01, "total_iters": 20},
        {"start_factor": 1, "end_factor": 0.1, "total_iters": 33},
        {"start_factor": 0.5, "end_factor": 0, "total_iters": 9},
    ],
    "MultiStepLR": [
        {"milestones": [30, 60]},
        {"milestones": [0, 3, 3, 3, 10], "gamma": 0.5},
        {"milestones": range(5, 60, 5), "gamma": 1.1},
    ],
    "OneCycleLR": [
        {"max_lr": 0.1, "total_steps": 70},
        {"max_lr": [0.1, 0.2, 3.0], "epochs": 10, "steps_per_epoch": 7, "pct_start": 0.1},
        {"max_lr": 2.0, "total_steps": 81, "anneal_strategy": "linear", "div_factor": 5},
        {
            "max_lr": 0.1,
            "total_steps": 100,
            "final_div_factor": 10,
            "base_momentum": [0.5, 0.6, 0.7],
            "max_momentum": [0.8, 0.9, 0.95],
        },
        {"max_lr": 0.1, "total_steps": 70, "three_phase": True},
        {"max_lr": 0.1, "total_steps": 90, "three_phase": True, "pct_start": 0.5},
        {"max_lr": 0.1, "total_steps": 80, "pct_start": 0.0, "cycle_momentum": False},
        {"max_lr": 0.1, "total_steps": 71, "pct_start": 1.0},
    ],
    "PolynomialLR": [
        {},
        {"total_iters": 50, "power": 2},
        {"total_iters": 30, "power": 0.5},
        {"total_iters": 10, "power": 0},
    ],
    "ReduceLROnPlateau": [
        {},
        {"mode": "max", "patience": 0},
        {"factor": 0.5, "patience": 2, "cooldown": 3, "min_lr": [0.001, 0.01, 0.5]},
        {"factor": 0, "patience": 4, "threshold": 0.1, "threshold_mode": "abs", "min_lr": 0.01},
    ],
    "SequentialLR": [
        {"parts": [WARMUP, ("CosineAnnealingLR", {"T_max": 62})], "milestones": [8]},
        {"parts": [("StepLR", {"step_size": 20})], "milestones": []},
        {"parts": [WARMUP, ("ExponentialLR", {"gamma": 0.9})], "milestones": [0]},
        {
            "parts": [
                WARMUP,
                ("CosineAnnealingWarmRestarts", {"T_0": 5, "T_mult": 2}),
                ("OneCycleLR", {"max_lr": 0.2, "total_steps": 30}),
                ("MultiStepLR", {"milestones": [2, 4]}),
            ],
            "milestones": [5, 30, 50],
        },
    ],
    "StepLR": [{"step_size": 30}, {"step_size": 7, "gamma": 0.5}, {"step_size": 1, "gamma": 1.5}],
}
ROWS = [(name, options) for name, grid in SCHEDULES.items() for options in grid]


def row_id(value):
    return value if isinstance(value, str) else "-".join(map(str, value)) or "default"


every_row = pytest.mark.parametrize(("name", "options"), ROWS, ids=row_id)
one_row_each = pytest.mark.parametrize(
    ("name", "options"), [(name, grid[-1]) for name, grid in SCHEDULES.items()], ids=row_id
)


def parameter(size=3):
    return nn.Parameter(np.ones(size))


def sgd(lrs=(0.3, 0.05, 1)):
    """Two groups, and the third added."""
    groups = [{"params": [parameter()], "lr": lr} for lr in lrs]
    optimizer = optim.SGD(groups[:2], lr=0.1, momentum=0.9)
    for group in groups[2:]:
        optimizer.add_param_group(group)
    return optimizer


def torch_sgd(torch, lrs=(0.3, 0.05, 1)):
    def group(lr):
        return {"params": [torch.nn.Parameter(torch.ones(3, dtype=torch.float64))], "lr": lr}

    optimizer = torch.optim.SGD([group(lr) for lr in lrs[:2]], lr=0.1, momentum=0.9)
    for lr in lrs[2:]:
        optimizer.add_param_group(group(lr))
    return optimizer


def make(library, optimizer, name, options):
    """A schedule of either library by its row in the table."""
    if name == "SequentialLR":
        parts = [make(library, optimizer, *part) for part in options["parts"]]
        return library.SequentialLR(optimizer, parts, options["milestones"])
    return getattr(library, name)(optimizer, **options)


def metric(step):
    """Falls at first, then wavers; now and then not a number."""
    return math.nan if step % 17 == 5 else 1 / (1 + step) + 0.1 * math.sin(step**2)


def advance(scheduler, step):
    """Step the parameters, then the schedule; either library's."""
    for group in scheduler.optimizer.param_groups:
        for p in group["params"]:
            p.grad = p.data * 0 + 1e-3
    scheduler.optimizer.step()
    if type(scheduler).__name__ == "ReduceLROnPlateau":
        scheduler.step(metric(step))
    else:
        scheduler.step()


def options_of(optimizer):
    return [{k: v for k, v in group.items() if k != "params"} for group in optimizer.param_groups]


def rates(optimizer):
    return [group["lr"] for group in optimizer.param_groups]


def assert_same(mine, other, rel=1e-12):
    """Two schedules, and their optimizers, are at the same place."""
    # PyTorch's LinearLR ends at 1e-17 for 0, and its cosine rounds as η_min does.
    close = {"rel": rel, "abs": 1e-14}
    assert rates(mine.optimizer) == pytest.approx(rates(other.optimizer), **close)
    assert mine.get_last_lr() == pytest.approx(other.get_last_lr(), **close)
    assert mine.last_epoch == other.last_epoch
    for group, twin in zip(mine.optimizer.param_groups, other.optimizer.param_groups, strict=True):
        assert group["momentum"] == pytest.approx(twin["momentum"], **close)


def assert_sentence(error, name, fragment):
    text = str(error)
    assert text.startswith((f"{name}: expected", f"{name}.load_state_dict: expected")), text
    assert fragment in text
    assert "\n" not in text and not text.endswith(".")


# ---- lockstep with PyTorch ---------------------------------------------------------------------


def test_every_public_schedule_has_a_row():
    assert set(SCHEDULES) == set(lr_scheduler.__all__) - {"LRScheduler"}


@pytest.mark.parametrize("name", SCHEDULES)
def test_signatures_are_pytorchs_but_for_last_epoch(name, torch):
    def signature(library):
        parameters = inspect.signature(getattr(library, name)).parameters.values()
        return [(p.name, p.kind, p.default) for p in parameters if p.name != "last_epoch"]

    assert signature(lr_scheduler) == signature(torch.optim.lr_scheduler)
    with pytest.raises(TypeError, match="last_epoch"):
        getattr(lr_scheduler, name)(sgd(), last_epoch=3)


@every_row
def test_lockstep(name, options, torch):
    mine = make(lr_scheduler, sgd(), name, options)
    other = make(torch.optim.lr_scheduler, torch_sgd(torch), name, options)
    for step in range(STEPS):
        assert_same(mine, other)
        advance(mine, step)
        advance(other, step)
        if step == STEPS // 3:  # both from a new process
            mine = reloaded(mine, name, options)
            optimizer = torch_sgd(torch)
            fresh = make(torch.optim.lr_scheduler, optimizer, name, options)
            optimizer.load_state_dict(other.optimizer.state_dict())
            fresh.load_state_dict(other.state_dict())
            trained = zip(optimizer.param_groups, other.optimizer.param_groups, strict=True)
            for group, source in trained:
                group["params"][0].data.copy_(source["params"][0].data)
            other = fresh
    assert_same(mine, other)
    for group, twin in zip(mine.optimizer.param_groups, other.optimizer.param_groups, strict=True):
        ours, theirs = group["params"][0].data, twin["params"][0].detach().numpy()
        np.testing.assert_allclose(ours, theirs, rtol=1e-12)


@pytest.mark.parity
@pytest.mark.parametrize("rule", ["SGD", "Adam"])
@pytest.mark.parametrize("cycle_momentum", [True, False])
def test_one_cycle_moves_momentum_or_the_first_beta(rule, cycle_momentum, torch):
    extra = {"momentum": 0.9} if rule == "SGD" else {}
    ours = getattr(optim, rule)([parameter()], lr=0.3, **extra)
    theirs = getattr(torch.optim, rule)([torch.nn.Parameter(torch.zeros(3))], lr=0.3, **extra)
    options = {"max_lr": 0.1, "total_steps": 11, "cycle_momentum": cycle_momentum}
    a = OneCycleLR(ours, **options)
    b = torch.optim.lr_scheduler.OneCycleLR(theirs, **options)
    for _ in range(11):
        mine, other = ours.param_groups[0], theirs.param_groups[0]
        for key in {"betas", "momentum", "lr", "initial_lr"} & set(mine):
            assert mine[key] == pytest.approx(other[key], rel=1e-12)
        theirs.step()
        a.step()
        b.step()


@pytest.mark.parametrize("options", SCHEDULES["CosineAnnealingWarmRestarts"], ids=row_id)
def test_warm_restarts_at_any_epoch(options, torch):
    mine = CosineAnnealingWarmRestarts(sgd(), **options)
    twin = torch.optim.lr_scheduler.CosineAnnealingWarmRestarts(torch_sgd(torch), **options)
    advance(mine, 0), advance(twin, 0)
    draw = np.random.default_rng(0)
    for _ in range(200):
        epoch = draw.choice([None, draw.integers(0, 60), draw.uniform(0, 60)])
        mine.step(epoch), twin.step(epoch)
        assert_same(mine, twin, rel=1e-10)  # the fraction is kept in the epoch, not in T_cur
        assert (mine.T_cur, mine.T_i) == pytest.approx((twin.T_cur, twin.T_i), abs=1e-12)


@given(
    T_max=st.integers(1, 60), eta_min=st.sampled_from([0.0, 1e-3, 0.7]), step=st.integers(0, 400)
)
def test_cosine_is_periodic(T_max, eta_min, step):
    scheduler = CosineAnnealingLR(sgd(), T_max, eta_min)
    assert scheduler.rates(step) == scheduler.rates(step + 2 * T_max)
    assert scheduler.rates(T_max + step) == pytest.approx(scheduler.rates(abs(T_max - step)))
    assert scheduler.rates(T_max) == [eta_min] * 3


@pytest.mark.parametrize(
    ("name", "options"),
    # A OneCycleLR marks the groups with a first rate of its own, which the first of a row takes.
    [(n, o) for n, o in ROWS if n != "ReduceLROnPlateau" and "OneCycleLR" not in str(o)],
    ids=row_id,
)
def test_rates_say_where_a_schedule_will_be(name, options):
    scheduler = make(lr_scheduler, sgd(), name, options)
    for step in range(STEPS):
        assert scheduler.last_epoch == step
        assert scheduler.get_last_lr() == scheduler.rates(step) == rates(scheduler.optimizer)
        scheduler.step()


# ---- state -------------------------------------------------------------------------------------


def reloaded(scheduler, name, options):
    """The same schedule in another process, through JSON."""
    optimizer = sgd()
    fresh = make(lr_scheduler, optimizer, name, options)
    optimizer.load_state_dict(scheduler.optimizer.state_dict())
    fresh.load_state_dict(json.loads(json.dumps(scheduler.state_dict(), allow_nan=False)))
    groups = zip(optimizer.param_groups, scheduler.optimizer.param_groups, strict=True)
    for group, source in groups:
        group["params"][0].data = source["params"][0].data
    return fresh


@every_row
def test_resuming_is_never_having_stopped(name, options):
    straight = make(lr_scheduler, sgd(), name, options)
    resumed = make(lr_scheduler, sgd(), name, options)
    for step in range(30):
        advance(straight, step)
        advance(resumed, step)
        assert options_of(straight.optimizer) == options_of(resumed.optimizer)
        resumed = reloaded(resumed, name, options)
        assert resumed.state_dict() == straight.state_dict()
        assert resumed.get_last_lr() == straight.get_last_lr()
        assert options_of(straight.optimizer) == options_of(resumed.optimizer)


@every_row
def test_a_state_sets_the_rates_without_the_optimizers(name, options):
    straight = make(lr_scheduler, sgd(), name, options)
    for step in range(11):
        advance(straight, step)
    fresh = make(lr_scheduler, sgd(), name, options)
    fresh.load_state_dict(straight.state_dict())
    for step in range(11, 30):
        assert options_of(fresh.optimizer) == options_of(straight.optimizer)
        advance(straight, step)
        advance(fresh, step)


@one_row_each
def test_a_state_is_a_copy(name, options):
    scheduler = make(lr_scheduler, sgd(), name, options)
    advance(scheduler, 0)
    state = scheduler.state_dict()
    kept = json.dumps(state)
    fresh = make(lr_scheduler, sgd(), name, options)
    fresh.load_state_dict(state)
    for one in (scheduler, fresh):
        one._last_lr.append(1.0)
        one._last_lr.pop(0)
    for step in range(20):
        advance(scheduler, step)
        advance(fresh, step)
    assert json.dumps(state) == kept
    fresh.get_last_lr().clear()
    assert len(fresh.get_last_lr()) == 3


def test_a_state_brings_its_options():
    scheduler = StepLR(sgd(), step_size=9)
    scheduler.load_state_dict(StepLR(sgd(), step_size=2, gamma=0.5).state_dict())
    assert (scheduler.step_size, scheduler.gamma) == (2, 0.5)


def test_functions_are_not_saved():
    class Factor:
        def __init__(self, value):
            self.value = value

        def __call__(self, step):
            return self.value

    scheduler = LambdaLR(sgd(), Factor(0.5))
    assert "lr_lambdas" not in scheduler.state_dict()
    fresh = LambdaLR(sgd(), Factor(0.25))
    fresh.load_state_dict(scheduler.state_dict())
    assert fresh.get_last_lr() == [0.15, 0.025, 0.5]
    fresh.step()
    assert fresh.get_last_lr() == [0.075, 0.0125, 0.25]


def mistaken(state, name, options):
    """States that must be refused, with a fragment of the sentence."""
    other = "StepLR" if name != "StepLR" else "ExponentialLR"
    foreign = make(lr_scheduler, sgd(), other, SCHEDULES[other][0]).state_dict()
    yield foreign, f"expected the state of a {name}, got that of a {other}"
    yield {}, f"expected the state of a {name}, got a dict without"
    yield None, "got a NoneType without"
    yield {"last_epoch": 3, "base_lrs": [1.0] * 3}, "got a dict without the entry 'scheduler'"
    yield {**state, "extra": 1}, "got an unknown extra"
    yield {k: v for k, v in state.items() if k != "last_epoch"}, "got no last_epoch"
    yield {k: v for k, v in state.items() if k != "lr"}, "got no lr"
    yield {**state, "last_epoch": -1}, "last_epoch to be an integer of at least 0, got -1"
    yield {**state, "last_epoch": "3"}, "last_epoch to be an integer of at least 0, got '3'"
    yield {**state, "_last_lr": [1.0]}, "one _last_lr for each of 3 groups, got 1"
    yield {**state, "lr": [1.0, math.nan, 1.0]}, "lr[1] to be a finite number, got nan"
    yield {**state, "lr": 1.0}, "lr to be a list of numbers, got 1.0"
    if "base_lrs" in state:
        yield {**state, "base_lrs": state["base_lrs"][:2]}, "one base_lrs for each of 3"
    for key, value in state.items():
        if key not in ("scheduler", "best"):
            wrong = {} if not isinstance(value, dict) else 1
            yield {**state, key: wrong}, "expected"


@one_row_each
def test_a_foreign_state_is_refused_and_nothing_changes(name, options):
    scheduler = make(lr_scheduler, sgd(), name, options)
    for step in range(4):
        advance(scheduler, step)
    before = scheduler.state_dict(), options_of(scheduler.optimizer)
    fresh = make(lr_scheduler, sgd(), name, options).state_dict()
    for wrong, sentence in mistaken(fresh, name, options):
        with pytest.raises(ValueError) as caught:
            scheduler.load_state_dict(wrong)
        assert_sentence(caught.value, name, sentence)
        assert (scheduler.state_dict(), options_of(scheduler.optimizer)) == before


@one_row_each
def test_pytorchs_state_is_refused(name, options, torch):
    twin = make(torch.optim.lr_scheduler, torch_sgd(torch), name, options)
    with pytest.raises(ValueError) as caught:
        make(lr_scheduler, sgd(), name, options).load_state_dict(twin.state_dict())
    assert_sentence(caught.value, name, "got a dict without the entry 'scheduler'")


@one_row_each
def test_a_deep_copy_goes_on_by_itself(name, options):
    scheduler = make(lr_scheduler, sgd(), name, options)
    twin = copy.deepcopy(scheduler)
    assert twin.optimizer is not scheduler.optimizer
    for step in range(20):
        before = rates(scheduler.optimizer)
        advance(twin, step)
        assert rates(scheduler.optimizer) == before
        advance(scheduler, step)
        assert rates(twin.optimizer) == rates(scheduler.optimizer)


# ---- in the training loop ----------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name in SCHEDULES if name != "ReduceLROnPlateau"])
def test_the_training_loop_steps_a_schedule(name):
    net = nn.Sequential(nn.Linear(4, 5), nn.Linear(5, 3), nn.Linear(3, 2))
    data = DataLoader(TensorDataset(np.ones((12, 4), np.float32), np.zeros(12, int)), 3)
    groups = [{"params": layer.parameters()} for layer in net]
    optimizer = optim.SGD(groups, lr=0.1, momentum=0.9)
    scheduler = make(lr_scheduler, optimizer, name, SCHEDULES[name][-1])
    fit(net, nn.CrossEntropyLoss(), optimizer, data, epochs=3, callbacks=[Schedule(scheduler)])
    assert scheduler.last_epoch == 11
    assert rates(optimizer) == scheduler.get_last_lr()
