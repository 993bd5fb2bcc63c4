"""What schedules refuse, each in one sentence, and that nothing changes then."""

import math

import pytest
from test_lr_scheduler import (
    SCHEDULES,
    advance,
    assert_sentence,
    make,
    options_of,
    parameter,
    rates,
    sgd,
)

from minitorch_np import optim
from minitorch_np.optim import lr_scheduler
from minitorch_np.optim.lr_scheduler import (
    CosineAnnealingWarmRestarts,
    LambdaLR,
    LRScheduler,
    OneCycleLR,
    StepLR,
)

NOT_NUMBERS = (math.nan, math.inf, "0.1", None, True, [0.1], 1j)
NOT_COUNTS = (-1, 2.0, math.nan, "3", None, True)


def refused():
    """Name, options that are wrong, and a fragment of the sentence."""

    def numbers(name, option, low, *values, **others):
        for value in NOT_NUMBERS:
            sentence = f"expected {option} to be a finite number, got {value!r}"
            yield name, {**others, option: value}, sentence
        for value in values:
            yield name, {**others, option: value}, f"expected {option} {low}, got {value!r}"

    def integers(name, option, least, **others):
        for value in (*NOT_COUNTS, *range(least)):
            sentence = f"expected {option} to be an integer of at least {least}, got {value!r}"
            yield name, {**others, option: value}, sentence

    yield from integers("StepLR", "step_size", 1)
    yield from numbers("StepLR", "gamma", "of at least 0", -0.1, step_size=2)
    yield from numbers("MultiStepLR", "gamma", "of at least 0", -0.1, milestones=[1])
    for milestones, sentence in (
        ([], "at least one milestone, got none"),
        ([5, 3], "milestones in increasing order, got [5, 3]; sort them"),
        ([1, -1], "milestones[1] to be an integer of at least 0, got -1"),
        ([1.0], "milestones[0] to be an integer of at least 0, got 1.0"),
        ("12", "milestones to be a list of integers, got '12'"),
        (7, "milestones to be a list of integers, got 7"),
        (None, "milestones to be a list of integers, got None"),
    ):
        yield "MultiStepLR", {"milestones": milestones}, sentence
    yield from numbers("ConstantLR", "factor", "in [0, 1]", -0.1, 1.1)
    yield from integers("ConstantLR", "total_iters", 1)
    yield from numbers("LinearLR", "start_factor", "in (0, 1]", -0.1, 0, 1.1)
    yield from numbers("LinearLR", "end_factor", "in [0, 1]", -0.1, 1.1)
    yield from integers("LinearLR", "total_iters", 1)
    yield from numbers("ExponentialLR", "gamma", "of at least 0", -0.1)
    yield from integers("PolynomialLR", "total_iters", 1)
    yield from numbers("PolynomialLR", "power", "of at least 0", -0.1)
    yield from integers("CosineAnnealingLR", "T_max", 1)
    yield from numbers("CosineAnnealingLR", "eta_min", "of at least 0", -0.1, T_max=3)
    yield from integers("CosineAnnealingWarmRestarts", "T_0", 1)
    yield from integers("CosineAnnealingWarmRestarts", "T_mult", 1, T_0=3)
    yield from numbers("CosineAnnealingWarmRestarts", "eta_min", "of at least 0", -0.1, T_0=3)

    cycle = {"max_lr": 0.1, "total_steps": 9}
    yield "OneCycleLR", {"max_lr": 0.1}, "total_steps, or both epochs and steps_per_epoch, got none"
    yield "OneCycleLR", {"max_lr": 0.1, "epochs": 3}, "total_steps, or both"
    for value in (-1, 0, 2.0, "3", True):
        for option in ("total_steps", "epochs", "steps_per_epoch"):
            given = {"max_lr": 0.1, "epochs": 2, "steps_per_epoch": 2, option: value}
            yield "OneCycleLR", given, f"{option} to be an integer of at least 1, got {value!r}"
    for option in ("max_lr", "base_momentum", "max_momentum"):
        for values in ([0.1, 0.2], []):
            sentence = f"one {option} for each of 3 groups, got {len(values)}"
            yield "OneCycleLR", {**cycle, option: values}, sentence
        for value in (math.nan, "0.1", None):
            sentence = f"{option}[0] to be a finite number, got {value!r}"
            yield "OneCycleLR", {**cycle, option: value}, sentence
    yield "OneCycleLR", {**cycle, "max_lr": [0.1, -1, 0.1]}, "max_lr[1] of at least 0, got -1"
    yield "OneCycleLR", {**cycle, "max_momentum": 1.0}, "max_momentum[0] in [0, 1), got 1.0"
    yield from numbers("OneCycleLR", "pct_start", "in [0, 1]", -0.1, 2, **cycle)
    yield from numbers("OneCycleLR", "div_factor", "above 0", 0, -1, **cycle)
    yield from numbers("OneCycleLR", "final_div_factor", "above 0", 0, -1, **cycle)
    yield "OneCycleLR", {**cycle, "anneal_strategy": "sine"}, "'cos' or 'linear', got 'sine'"
    for option in ("cycle_momentum", "three_phase"):
        yield "OneCycleLR", {**cycle, option: "no"}, f"{option} to be True or False, got 'no'"

    yield "LambdaLR", {"lr_lambda": 0.5}, "a function of the step, or a list of them, got 0.5"
    yield "LambdaLR", {"lr_lambda": [abs, abs, "f"]}, "or a list of them, got 'f'"
    yield "LambdaLR", {"lr_lambda": [abs]}, "one lr_lambda for each of 3 groups, got 1"
    for value in (math.nan, math.inf, None, "1", 1j):
        sentence = f"lr_lambda[0](0) to be a finite number, got {value!r}"
        yield "LambdaLR", {"lr_lambda": lambda step, value=value: value}, sentence
    negative = "finite learning rates of at least 0, got [-0.15, -0.025, -0.5] at step 0"
    yield "LambdaLR", {"lr_lambda": lambda step: -0.5}, negative

    plateau = "ReduceLROnPlateau"
    yield plateau, {"mode": "low"}, "expected mode 'min' or 'max', got 'low'"
    yield plateau, {"mode": None}, "expected mode 'min' or 'max', got None"
    yield plateau, {"threshold_mode": "r"}, "expected threshold_mode 'rel' or 'abs', got 'r'"
    yield from numbers(plateau, "factor", "in [0, 1)", -0.1, 1.0, 2)
    for option in ("patience", "cooldown"):
        yield from integers(plateau, option, 0)
    for option in ("threshold", "eps"):
        yield from numbers(plateau, option, "of at least 0", -0.1)
    yield plateau, {"min_lr": -1}, "min_lr of at least 0, got -1"
    yield plateau, {"min_lr": "0"}, "min_lr to be a finite number, got '0'"
    yield plateau, {"min_lr": [0.1]}, "one min_lr for each of 3 groups, got 1"
    yield plateau, {"min_lr": [0.1, 0.1, -1]}, "min_lr[2] of at least 0, got -1"

    two = [("StepLR", {"step_size": 2}), ("ExponentialLR", {"gamma": 0.9})]
    for milestones, sentence in (
        ([], "one milestone less than schedulers, got 0 for 2"),
        ([1, 2], "one milestone less than schedulers, got 2 for 2"),
        ([-1], "milestones[0] to be an integer of at least 0, got -1"),
        ([1.5], "milestones[0] to be an integer of at least 0, got 1.5"),
        (5, "milestones to be a list of integers, got 5"),
    ):
        yield "SequentialLR", {"parts": two, "milestones": milestones}, sentence
    for milestones, sentence in (
        ([5, 3], "milestones in increasing order, got [5, 3]; sort them"),
        ([3, 3], "increasing milestones, got [3, 3]; leave out the schedule that has no steps"),
    ):
        yield "SequentialLR", {"parts": [*two, two[0]], "milestones": milestones}, sentence
    yield "SequentialLR", {"parts": [], "milestones": []}, "a list of at least one, got []"
    watching = {"parts": [two[0], (plateau, {})], "milestones": [3]}
    yield "SequentialLR", watching, "a ReduceLROnPlateau as schedulers[1]; call its step(metrics)"


@pytest.mark.parametrize("name", SCHEDULES)
def test_refused_options(name):
    rows = [row for row in refused() if row[0] == name]
    assert rows
    for _, options, sentence in rows:
        optimizer = sgd()
        parts = "parts" in options
        before = rates(optimizer)
        with pytest.raises((ValueError, TypeError)) as caught:
            make(lr_scheduler, optimizer, name, options)
        assert_sentence(caught.value, name, sentence)
        assert parts or rates(optimizer) == before


@pytest.mark.parametrize("name", [*SCHEDULES, "LRScheduler"])
def test_only_over_an_optimizer(name):
    first = next(iter(SCHEDULES.get(name, [{}])))
    options = {"schedulers": [], "milestones": []} if name == "SequentialLR" else first
    for wrong in ("sgd", None, parameter()):
        with pytest.raises(TypeError) as caught:
            getattr(lr_scheduler, name)(wrong, **options)
        assert_sentence(caught.value, name, "expected an Optimizer, got a")


class Still(optim.Optimizer):
    """Has the options it is given, and does nothing."""

    rule = staticmethod(lambda p, g: p)


def test_an_optimizer_without_a_rate():
    with pytest.raises(ValueError, match="expected an optimizer with the option lr, got Still"):
        StepLR(Still([parameter()], {}), 3)


def test_one_cycle_needs_momentum():
    optimizer = Still([parameter()], {"lr": 0.1})
    with pytest.raises(ValueError, match=r"with momentum or betas, got Still; pass cycle_momentum"):
        OneCycleLR(optimizer, 0.1, 5)
    OneCycleLR(optimizer, 0.1, 5, cycle_momentum=False)


def test_too_many_steps_change_nothing():
    scheduler = OneCycleLR(sgd(), 0.1, 3)
    for step in range(3):
        advance(scheduler, step)
    before = scheduler.state_dict(), options_of(scheduler.optimizer)
    with pytest.raises(ValueError, match=r"at most 3 calls of step\(\), got 4; make total_steps"):
        scheduler.step()
    assert (scheduler.state_dict(), options_of(scheduler.optimizer)) == before


def test_a_state_of_too_many_steps():
    scheduler = OneCycleLR(sgd(), 0.1, 3)
    state = {**scheduler.state_dict(), "last_epoch": 4}
    with pytest.raises(ValueError, match=r"^OneCycleLR: expected at most 3 calls"):
        scheduler.load_state_dict(state)
    assert scheduler.last_epoch == 0


@pytest.mark.parametrize("epoch", [-1, -0.5, math.nan, math.inf, "3", True, [1]])
def test_refused_epochs(epoch):
    scheduler = CosineAnnealingWarmRestarts(sgd(), 3)
    before = scheduler.state_dict()
    with pytest.raises(ValueError, match=r"^CosineAnnealingWarmRestarts\.step: expected epoch "):
        scheduler.step(epoch)
    assert scheduler.state_dict() == before


def test_a_function_that_fails_later_changes_nothing():
    scheduler = LambdaLR(sgd(), lambda step: None if step == 2 else 0.5)
    scheduler.step()
    before = scheduler.state_dict()
    with pytest.raises(ValueError, match=r"^LambdaLR: expected lr_lambda\[0\]\(2\) to be a finite"):
        scheduler.step()
    assert scheduler.state_dict() == before


def test_a_schedule_of_ones_own():
    class Wrong(LRScheduler):
        def rates(self, step):
            return [(1.0, -0.5, math.nan)[step]] * 3

    scheduler = Wrong(sgd())
    for step, rate in ((1, "-0.5"), (2, "nan")):
        with pytest.raises(
            ValueError, match=rf"^Wrong: .*at least 0, got \[{rate}, .* step {step}"
        ):
            scheduler.step()
        scheduler.last_epoch = 1
    with pytest.raises(NotImplementedError, match=r"^LRScheduler: expected a method rates"):
        LRScheduler(sgd())
    with pytest.raises(NotImplementedError, match=r"^ChainableLR: expected a method multiplier"):
        StepLR.__base__(sgd())
