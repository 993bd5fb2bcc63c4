"""Where schedules differ from PyTorch's, as their docstrings say."""

import math

import pytest
from test_lr_scheduler import advance, assert_same, make, rates, sgd, torch_sgd

from minitorch_np.optim import lr_scheduler
from minitorch_np.optim.lr_scheduler import (
    ConstantLR,
    CosineAnnealingWarmRestarts,
    ExponentialLR,
    LRScheduler,
    OneCycleLR,
    ReduceLROnPlateau,
    StepLR,
)


def test_constant_from_zero(torch):
    scheduler = ConstantLR(sgd(), factor=0, total_iters=1)
    scheduler.step()
    assert scheduler.get_last_lr() == [0.3, 0.05, 1]
    twin = torch.optim.lr_scheduler.ConstantLR(torch_sgd(torch), factor=0, total_iters=1)
    with pytest.raises(ZeroDivisionError):
        advance(twin, 0)


@pytest.mark.parametrize("name", ["ConstantLR", "LinearLR", "PolynomialLR"])
def test_pytorch_keeps_the_factor_of_no_steps(name, torch):
    twin = make(torch.optim.lr_scheduler, torch_sgd(torch), name, {"total_iters": 0})
    before = twin.get_last_lr()
    advance(twin, 0)
    assert twin.get_last_lr() == before


def test_pytorch_takes_milestones_in_any_order(torch):
    for milestones in ([3, 1], [-1], []):
        torch.optim.lr_scheduler.MultiStepLR(torch_sgd(torch), milestones)
    parts = [StepLR, StepLR, StepLR]
    optimizer = torch_sgd(torch)
    twins = [getattr(torch.optim.lr_scheduler, part.__name__)(optimizer, 3) for part in parts]
    torch.optim.lr_scheduler.SequentialLR(optimizer, twins, [5, 3])


def test_a_rate_that_overflows(torch):
    scheduler = ExponentialLR(sgd(), gamma=1e200)
    scheduler.step()
    with pytest.raises(ValueError, match=r"^ExponentialLR: expected finite learning rates"):
        scheduler.step()
    twin = torch.optim.lr_scheduler.ExponentialLR(torch_sgd(torch), gamma=1e200)
    advance(twin, 0), advance(twin, 1)
    assert twin.get_last_lr()[0] == math.inf


def test_pytorch_takes_what_a_function_returns(torch):
    for value in (math.nan, -1):
        twin = torch.optim.lr_scheduler.LambdaLR(torch_sgd(torch), lambda step, value=value: value)
        assert not twin.get_last_lr()[0] >= 0


def test_a_restart_at_a_given_epoch(torch):
    mine = CosineAnnealingWarmRestarts(sgd(), T_0=1, T_mult=3)
    mine.step(121)
    assert mine.get_last_lr() == [0.3, 0.05, 1]
    assert (mine.T_cur, mine.T_i) == (0, 243)
    optimizer = torch_sgd(torch)
    twin = torch.optim.lr_scheduler.CosineAnnealingWarmRestarts(optimizer, T_0=1, T_mult=3)
    twin.step(121)
    assert twin.get_last_lr() == [0, 0, 0]


@pytest.mark.parametrize("options", [{"pct_start": 0.1}, {"pct_start": 1.0}])
def test_a_phase_without_steps_is_passed_over(options, torch):
    scheduler = OneCycleLR(sgd(), 0.1, 10, **options)
    seen = [scheduler.get_last_lr()[0]]
    for step in range(10):
        advance(scheduler, step)
        seen.append(scheduler.get_last_lr()[0])
    assert max(seen) == 0.1
    assert min(seen[9:]) < 1e-6
    with pytest.raises(ZeroDivisionError):
        twin = torch.optim.lr_scheduler.OneCycleLR(torch_sgd(torch), 0.1, 10, **options)
        for step in range(10):
            advance(twin, step)


def test_a_cycle_of_one_step(torch):
    mine = OneCycleLR(sgd(), 0.1, 1)
    twin = torch.optim.lr_scheduler.OneCycleLR(torch_sgd(torch), 0.1, 1)
    assert_same(mine, twin)
    advance(mine, 0), advance(twin, 0)
    assert_same(mine, twin)


def test_a_step_more_than_a_line_has(torch):
    options = {"max_lr": 0.1, "total_steps": 10, "anneal_strategy": "linear"}
    mine = OneCycleLR(sgd(), **options)
    twin = torch.optim.lr_scheduler.OneCycleLR(torch_sgd(torch), **options)
    for step in range(9):
        advance(mine, step), advance(twin, step)
        assert_same(mine, twin)
    last = mine.get_last_lr()
    advance(mine, 9), advance(twin, 9)
    assert mine.get_last_lr() == last
    assert twin.get_last_lr()[0] < 0


def test_a_rate_that_is_set_where_the_factor_is_0(torch):
    mine = ExponentialLR(sgd(), gamma=0)
    twin = torch.optim.lr_scheduler.ExponentialLR(torch_sgd(torch), gamma=0)
    for scheduler in (mine, twin):
        advance(scheduler, 0)
        scheduler.optimizer.param_groups[0]["lr"] = 0.1
        advance(scheduler, 1)
    assert mine.get_last_lr()[0] == 0.1
    assert twin.get_last_lr()[0] == 0


def test_loading_sets_the_rates_where_pytorch_leaves_them_to_the_optimizer(torch):
    def stepped(library, optimizer):
        scheduler = library.ExponentialLR(optimizer, 0.5)
        advance(scheduler, 0)
        return scheduler

    mine = ExponentialLR(sgd(), 0.5)
    mine.load_state_dict(stepped(lr_scheduler, sgd()).state_dict())
    assert rates(mine.optimizer) == [0.15, 0.025, 0.5]
    library = torch.optim.lr_scheduler
    twin = library.ExponentialLR(torch_sgd(torch), 0.5)
    twin.load_state_dict(stepped(library, torch_sgd(torch)).state_dict())
    assert rates(twin.optimizer) == [0.3, 0.05, 1]


def test_pytorch_warns_of_a_schedule_that_steps_first(torch):
    StepLR(sgd(), 3).step()
    with pytest.warns(UserWarning, match="before"):
        torch.optim.lr_scheduler.StepLR(torch_sgd(torch), 3).step()


def test_pytorch_saves_the_attributes_of_callable_objects(torch):
    class Half:
        def __init__(self):
            self.value = 0.5

        def __call__(self, step):
            return self.value

    twin = torch.optim.lr_scheduler.LambdaLR(torch_sgd(torch), Half())
    assert twin.state_dict()["lr_lambdas"] == [{"value": 0.5}] * 3


def test_a_plateau_is_no_schedule_of_the_step(torch):
    library = torch.optim.lr_scheduler
    assert not issubclass(ReduceLROnPlateau, LRScheduler)
    assert issubclass(library.ReduceLROnPlateau, library.LRScheduler)
    assert ReduceLROnPlateau(sgd()).best is None
    assert library.ReduceLROnPlateau(torch_sgd(torch)).best == math.inf
