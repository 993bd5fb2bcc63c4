"""Schedules in lockstep with PyTorch."""

import numpy as np
import pytest

from minitorch_np import nn, optim
from minitorch_np.optim.lr_scheduler import LRScheduler, OneCycleLR


def parameter():
    return nn.Parameter(np.zeros(3, np.float32))


@pytest.mark.parity
@pytest.mark.parametrize("rule", ["SGD", "Adam"])
@pytest.mark.parametrize("cycle_momentum", [True, False])
@pytest.mark.parametrize(
    "options",
    [
        {"max_lr": 0.1, "total_steps": 20},
        {"max_lr": 0.1, "epochs": 3, "steps_per_epoch": 7, "pct_start": 0.1},
        {"max_lr": 2.0, "total_steps": 11, "anneal_strategy": "linear", "div_factor": 5},
        {"max_lr": 0.1, "total_steps": 10, "final_div_factor": 10, "base_momentum": 0.5},
    ],
)
def test_one_cycle(rule, cycle_momentum, options):
    import torch

    extra = {"momentum": 0.9} if rule == "SGD" else {}
    ours = getattr(optim, rule)([parameter()], lr=0.3, **extra)
    theirs = getattr(torch.optim, rule)([torch.nn.Parameter(torch.zeros(3))], lr=0.3, **extra)
    a = OneCycleLR(ours, cycle_momentum=cycle_momentum, **options)
    b = torch.optim.lr_scheduler.OneCycleLR(theirs, cycle_momentum=cycle_momentum, **options)
    for _ in range(a.total_steps):
        mine, other = ours.param_groups[0], theirs.param_groups[0]
        assert mine["lr"] == pytest.approx(other["lr"], rel=1e-12)
        assert a.get_last_lr() == pytest.approx(b.get_last_lr(), rel=1e-12)
        for key in ("betas", "momentum"):
            if key in other:
                assert mine[key] == pytest.approx(other[key], rel=1e-12)
        theirs.step()
        a.step()
        b.step()


def test_one_rate_for_each_group():
    groups = [{"params": [parameter()]}, {"params": [parameter()], "lr": 5.0}]
    scheduler = OneCycleLR(optim.Adam(groups), max_lr=[0.1, 0.2], total_steps=5)
    first, second = scheduler.get_last_lr()
    assert second == pytest.approx(2 * first)


def test_going_on_from_a_state():
    def run(stop):
        optimizer = optim.Adam([parameter()])
        scheduler = OneCycleLR(optimizer, 0.1, total_steps=10)
        for _ in range(stop):
            scheduler.step()
        return optimizer, scheduler

    optimizer, scheduler = run(0)
    scheduler.load_state_dict(run(4)[1].state_dict())
    scheduler.step()
    assert optimizer.param_groups[0]["lr"] == run(5)[0].param_groups[0]["lr"]
    assert optimizer.param_groups[0]["betas"] == run(5)[0].param_groups[0]["betas"]


@pytest.mark.parametrize(
    ("build", "error", "sentence"),
    [
        (lambda: OneCycleLR(optim.SGD([parameter()]), 0.1), ValueError, "total_steps"),
        (lambda: OneCycleLR(optim.SGD([parameter()]), 0.1, 0), ValueError, "total_steps"),
        (
            lambda: OneCycleLR(optim.SGD([parameter()]), 0.1, 9, pct_start=2),
            ValueError,
            "pct_start",
        ),
        (
            lambda: OneCycleLR(optim.SGD([parameter()]), 0.1, 9, anneal_strategy="sine"),
            ValueError,
            "sine",
        ),
        (
            lambda: OneCycleLR(optim.SGD([parameter()]), [0.1, 0.2], 9),
            ValueError,
            "one max_lr for each",
        ),
        (lambda: LRScheduler("sgd"), TypeError, "Optimizer"),
    ],
)
def test_mistakes(build, error, sentence):
    with pytest.raises(error, match=sentence) as caught:
        build()
    assert "\n" not in str(caught.value)


def test_too_many_steps():
    scheduler = OneCycleLR(optim.SGD([parameter()], momentum=0.9), 0.1, 3)
    for _ in range(3):
        scheduler.step()
    with pytest.raises(ValueError, match="at most 3 calls"):
        scheduler.step()
