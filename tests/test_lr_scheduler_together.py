"""Schedules one after another, several at once, changes by hand, and groups that come later."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_lr_scheduler import (
    SCHEDULES,
    advance,
    assert_same,
    assert_sentence,
    make,
    metric,
    options_of,
    parameter,
    rates,
    sgd,
    torch_sgd,
)

from minitorch_np import nn, optim
from minitorch_np.optim import lr_scheduler
from minitorch_np.optim.lr_scheduler import (
    ConstantLR,
    CosineAnnealingLR,
    CosineAnnealingWarmRestarts,
    ExponentialLR,
    LambdaLR,
    LinearLR,
    MultiStepLR,
    OneCycleLR,
    ReduceLROnPlateau,
    SequentialLR,
    StepLR,
)

# Those that set the rates, whatever they were; the others multiply what they find.
SETTING = ("CosineAnnealingWarmRestarts", "LambdaLR", "OneCycleLR")
TOGETHER = ("ReduceLROnPlateau", "SequentialLR")
MULTIPLYING = tuple(name for name in SCHEDULES if name not in (*SETTING, *TOGETHER))
SINGLE = (*MULTIPLYING, *SETTING)
# PyTorch's two OneCycleLR share their rates, see below.
PAIRS = [pair for pair in product(SINGLE, SINGLE) if pair != ("OneCycleLR", "OneCycleLR")]

# Together with others, PyTorch's schedules that end at 0 go on from its rounding, or from nothing.
GRIDS = {
    name: [o for o in SCHEDULES[name] if o.get("end_factor") != 0 and o.get("gamma") != 0]
    for name in SINGLE
}


def pick(names):
    """A schedule of these names, with options from the table."""
    return st.sampled_from(names).flatmap(
        lambda name: st.tuples(st.just(name), st.sampled_from(GRIDS[name]))
    )


# ---- one after another -------------------------------------------------------------------------


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_every_pair_in_a_row(first, second, torch):
    for one, two in zip(GRIDS[first], GRIDS[second][::-1], strict=False):
        row = "SequentialLR", {"parts": [(first, one), (second, two)], "milestones": [13]}
        mine = make(lr_scheduler, sgd(), *row)
        twin = make(torch.optim.lr_scheduler, torch_sgd(torch), *row)
        for step in range(65):
            assert_same(mine, twin)
            advance(mine, step)
            advance(twin, step)


@given(data=st.data())
def test_any_sequence(torch, data):
    names = tuple(name for name in SINGLE if name != "OneCycleLR")
    parts = data.draw(st.lists(pick(names), min_size=1, max_size=5))
    milestones = st.lists(
        st.integers(0, 50), min_size=len(parts) - 1, max_size=len(parts) - 1, unique=True
    )
    row = "SequentialLR", {"parts": parts, "milestones": sorted(data.draw(milestones))}
    mine = make(lr_scheduler, sgd(), *row)
    twin = make(torch.optim.lr_scheduler, torch_sgd(torch), *row)
    for step in range(60):
        assert_same(mine, twin)
        assert mine.get_last_lr() == mine.rates(step)
        advance(mine, step)
        advance(twin, step)


def constant(optimizer, factor):
    return ConstantLR(optimizer, factor, total_iters=100)


def seen(scheduler, steps=9):
    found = [scheduler.get_last_lr()[0]]
    for step in range(steps):
        advance(scheduler, step)
        found.append(scheduler.get_last_lr()[0])
    return found


def test_a_sequence_in_a_sequence_is_one_long_sequence():
    def nested(place):
        optimizer = sgd((1.0,))
        a, b = LinearLR(optimizer, 0.1, total_iters=3), ExponentialLR(optimizer, 0.9)
        c = CosineAnnealingWarmRestarts(optimizer, 4)
        if place == "first":
            return SequentialLR(optimizer, [SequentialLR(optimizer, [a, b], [3]), c], [6])
        if place == "last":
            return SequentialLR(optimizer, [a, SequentialLR(optimizer, [b, c], [3])], [3])
        return SequentialLR(optimizer, [a, b, c], [3, 6])

    assert seen(nested("first"), 20) == seen(nested("last"), 20) == seen(nested("flat"), 20)


def test_pytorchs_sequence_in_a_sequence(torch):
    def nested(library, optimizer, milestone):
        parts = [library.ConstantLR(optimizer, factor, 100) for factor in (0.5, 0.25, 0.125)]
        inner = library.SequentialLR(optimizer, parts[:2], [milestone])
        return library.SequentialLR(optimizer, [inner, parts[2]], [6])

    assert seen(nested(lr_scheduler, sgd((1.0,)), 3)) == [0.5] * 3 + [0.25] * 3 + [0.125] * 4
    library = torch.optim.lr_scheduler
    with pytest.warns(UserWarning, match="before"):
        ahead = seen(nested(library, torch_sgd(torch, (1.0,)), 3))
    assert ahead == seen(nested(lr_scheduler, sgd((1.0,)), 2))

    optimizer = torch_sgd(torch)
    first, second = library.ConstantLR(optimizer), library.ConstantLR(optimizer)
    inner = library.SequentialLR(optimizer, [second], [])
    scheduler = library.SequentialLR(optimizer, [first, inner], [1])
    with pytest.raises(NotImplementedError):
        advance(scheduler, 0)


def test_a_state_of_nested_sequences():
    def build():
        optimizer = sgd()
        parts = [LinearLR(optimizer), OneCycleLR(optimizer, 0.2, 20), StepLR(optimizer, 3)]
        inner = SequentialLR(optimizer, parts[1:], [7])
        return SequentialLR(optimizer, [parts[0], inner], [4])

    straight, resumed = build(), build()
    for step in range(25):
        fresh = build()
        fresh.optimizer.load_state_dict(resumed.optimizer.state_dict())
        fresh.load_state_dict(resumed.state_dict())
        resumed = fresh
        assert options_of(resumed.optimizer) == options_of(straight.optimizer)
        advance(straight, step)
        advance(resumed, step)


def test_a_state_sets_the_momentum_of_the_schedule_that_runs():
    def build():
        optimizer = sgd()
        return SequentialLR(optimizer, [LinearLR(optimizer), OneCycleLR(optimizer, 0.2, 20)], [3])

    straight, fresh = build(), build()
    for step in range(9):
        advance(straight, step)
    fresh.load_state_dict(straight.state_dict())
    assert options_of(fresh.optimizer) == options_of(straight.optimizer)


def test_a_wrong_state_of_one_of_them_changes_none():
    optimizer = sgd()
    scheduler = SequentialLR(optimizer, [LinearLR(optimizer), StepLR(optimizer, 3)], [4])
    before = scheduler.state_dict()
    advance(scheduler, 0)
    after = scheduler.state_dict()
    first, second = before["schedulers"]
    for wrong, sentence in (
        ([first], "expected the states of 2 schedulers, got 1"),
        (3, "expected the states of 2 schedulers, got 3"),
        ([first, first], "StepLR.load_state_dict: expected the state of a StepLR, got that of"),
        ([first, {**second, "gamma": -1}], "StepLR: expected gamma of at least 0, got -1"),
    ):
        with pytest.raises(ValueError) as caught:
            scheduler.load_state_dict({**before, "schedulers": wrong})
        assert sentence in str(caught.value)
        assert scheduler.state_dict() == after


def test_two_cycles_in_a_row(torch):
    def build(library, optimizer):
        parts = [library.OneCycleLR(optimizer, highest, 10) for highest in (0.5, 0.1)]
        return library.SequentialLR(optimizer, parts, [10])

    assert max(seen(build(lr_scheduler, sgd()))) == 0.5
    assert max(seen(build(torch.optim.lr_scheduler, torch_sgd(torch)))) == 0.1


def test_a_sequence_over_another_optimizer_or_of_no_schedules():
    optimizer = sgd()
    for wrong, fragment in (
        ([StepLR(optimizer, 2), StepLR(sgd(), 2)], "schedulers[1], a StepLR, over another"),
        ([StepLR(optimizer, 2), "StepLR"], "schedulers[1] to be an LRScheduler, got a str"),
        ([ReduceLROnPlateau(optimizer)], "a ReduceLROnPlateau as schedulers[0]; call its step"),
        (StepLR(optimizer, 2), "schedulers to be a list of at least one, got <"),
        (None, "schedulers to be a list of at least one, got None"),
    ):
        with pytest.raises((TypeError, ValueError)) as caught:
            SequentialLR(optimizer, wrong, [3])
        assert_sentence(caught.value, "SequentialLR", fragment)


def test_pytorch_refuses_a_plateau_in_a_sequence_too(torch):
    library = torch.optim.lr_scheduler
    optimizer = torch_sgd(torch)
    with pytest.raises(ValueError, match="ReduceLROnPlateau"):
        library.SequentialLR(optimizer, [library.ReduceLROnPlateau(optimizer)], [])


def test_a_failing_part_changes_nothing():
    optimizer = sgd()
    scheduler = SequentialLR(optimizer, [OneCycleLR(optimizer, 0.1, 3), StepLR(optimizer, 3)], [9])
    for step in range(3):
        advance(scheduler, step)
    before = scheduler.state_dict(), options_of(optimizer)
    with pytest.raises(ValueError, match=r"^OneCycleLR: expected at most 3 calls"):
        scheduler.step()
    assert (scheduler.state_dict(), options_of(optimizer)) == before


# ---- several at once, and changes by hand ------------------------------------------------------


def both_step(pairs):
    """Step ours and PyTorch's; if PyTorch's rate becomes negative ours fails, and it is over."""
    for mine, twin in pairs:
        twin.step()
        if min(twin.get_last_lr()) < -1e-12:
            with pytest.raises(ValueError, match="finite learning rates of at least 0, got"):
                mine.step()
            return False
        mine.step()
    return True


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_every_pair_at_once(first, second, torch):
    for one, two in zip(GRIDS[first], GRIDS[second][::-1], strict=False):
        optimizer, twin = sgd(), torch_sgd(torch)
        mine = [make(lr_scheduler, optimizer, *row) for row in ((first, one), (second, two))]
        theirs = [
            make(torch.optim.lr_scheduler, twin, *row) for row in ((first, one), (second, two))
        ]
        for _ in range(65):
            for a, b in zip(mine, theirs, strict=True):
                assert a.get_last_lr() == pytest.approx(b.get_last_lr(), rel=1e-11, abs=1e-14)
            assert rates(optimizer) == pytest.approx(rates(twin), rel=1e-11, abs=1e-14)
            optimizer.step(), twin.step()
            if not both_step(zip(mine, theirs, strict=True)):
                break


def test_pytorchs_example_of_chained_schedules():
    optimizer = optim.SGD([parameter()], lr=1.0)
    schedulers = ExponentialLR(optimizer, gamma=0.9), MultiStepLR(optimizer, [3, 8], gamma=0.1)
    for step in range(12):
        expected = 0.9**step * 0.1 ** ((step >= 3) + (step >= 8))
        assert rates(optimizer) == pytest.approx([expected])
        for scheduler in schedulers:
            scheduler.step()


def test_a_warmup_and_a_plateau(torch):
    def build(library, optimizer):
        warmup = library.LinearLR(optimizer, 0.1, total_iters=10)
        return warmup, library.ReduceLROnPlateau(optimizer, factor=0.5, patience=1)

    mine = build(lr_scheduler, sgd())
    theirs = build(torch.optim.lr_scheduler, torch_sgd(torch))
    for step in range(60):
        for warmup, plateau in (mine, theirs):
            advance(warmup, step)
            if step % 3 == 2:
                plateau.step(metric(step))
        assert_same(mine[0], theirs[0])
        assert rates(mine[0].optimizer) == pytest.approx(rates(theirs[0].optimizer), rel=1e-12)
    assert rates(mine[0].optimizer)[0] < 0.01


@given(
    row=pick(SINGLE),
    changes=st.dictionaries(st.integers(0, 59), st.sampled_from([0.5, 0.9, 3.0]), max_size=5),
)
def test_changes_by_hand_do_what_they_do_in_pytorch(torch, row, changes):
    mine = make(lr_scheduler, sgd(), *row)
    twin = make(torch.optim.lr_scheduler, torch_sgd(torch), *row)
    for step in range(60):
        # The way up from a rate near η_min multiplies the rounding of both.
        assert_same(mine, twin, rel=1e-9)
        twin.optimizer.step()
        if not both_step([(mine, twin)]):
            break
        for scheduler in (mine, twin):
            scheduler.optimizer.param_groups[0]["lr"] *= changes.get(step, 1)


def test_a_change_by_hand_lasts_or_does_not():
    def changed(scheduler):
        scheduler.optimizer.param_groups[0]["lr"] *= 0.5
        scheduler.step()
        return rates(scheduler.optimizer)[0]

    assert changed(ExponentialLR(sgd(), 0.5)) == 0.3 * 0.25
    assert changed(StepLR(sgd(), 10)) == 0.3 * 0.5
    assert changed(CosineAnnealingLR(sgd(), 2)) == pytest.approx(0.3 * 0.25)
    assert changed(LambdaLR(sgd(), lambda step: 0.5)) == 0.3 * 0.5
    assert changed(CosineAnnealingWarmRestarts(sgd(), 2)) == pytest.approx(0.3 * 0.5)


def test_a_new_schedule_goes_on_from_the_rate_it_finds(torch):
    mine, twin = sgd(), torch_sgd(torch)
    for library, optimizer in ((lr_scheduler, mine), (torch.optim.lr_scheduler, twin)):
        advance(library.ExponentialLR(optimizer, 0.1), 0)
        advance(library.StepLR(optimizer, 1, gamma=0.5), 1)
    assert rates(mine) == pytest.approx(rates(twin), rel=1e-12)
    assert rates(mine) == pytest.approx([0.3 * 0.05, 0.05 * 0.05, 0.05])


@given(order=st.permutations(range(3)), change=st.sampled_from([1, 0.5]))
def test_the_order_of_loading_does_not_matter(order, change):
    def build():
        optimizer = sgd()
        return LinearLR(optimizer), ExponentialLR(optimizer, 0.9), ReduceLROnPlateau(optimizer)

    straight = build()
    for step in range(5):
        for scheduler in straight:
            advance(scheduler, step)
    straight[0].optimizer.param_groups[1]["lr"] *= change
    resumed = build()
    for i in order:
        resumed[i].load_state_dict(straight[i].state_dict())
    for step in range(5, 12):
        for a, b in zip(straight, resumed, strict=True):
            assert a.get_last_lr() == b.get_last_lr()
            assert rates(a.optimizer) == rates(b.optimizer)
            advance(a, step)
            advance(b, step)


# ---- groups that come later --------------------------------------------------------------------


def with_a_group(name, options, after):
    """A schedule over two groups whose optimizer is given a third after some steps."""
    scheduler = make(lr_scheduler, sgd((0.3, 0.05)), name, options)
    for step in range(after):
        advance(scheduler, step)
    scheduler.optimizer.add_param_group({"params": [nn.Parameter(parameter().data)], "lr": 1})
    return scheduler


@pytest.mark.parametrize("name", [*(n for n in MULTIPLYING if n != "CosineAnnealingLR")])
def test_a_group_that_comes_later_is_taken_in_as_in_pytorch(name, torch):
    for options in GRIDS[name]:
        mine = with_a_group(name, options, 7)
        twin = make(torch.optim.lr_scheduler, torch_sgd(torch, (0.3, 0.05)), name, options)
        for step in range(7):
            advance(twin, step)
        group = {"params": [torch.nn.Parameter(torch.ones(3, dtype=torch.float64))], "lr": 1}
        twin.optimizer.add_param_group(group)
        for step in range(7, 65):
            advance(mine, step)
            advance(twin, step)
            assert_same(mine, twin)


def test_a_group_that_comes_later_follows_a_cosine_from_its_rate():
    scheduler = with_a_group("CosineAnnealingLR", {"T_max": 10}, 5)
    advance(scheduler, 5)
    first, _, third = rates(scheduler.optimizer)
    full = CosineAnnealingLR(sgd((0.3,)), 10)
    assert first == pytest.approx(full.rates(6)[0])
    assert third == pytest.approx(full.rates(6)[0] / full.rates(5)[0])


@pytest.mark.parametrize("name", [*MULTIPLYING, "ReduceLROnPlateau"])
@pytest.mark.parametrize("steps", [0, 1, 4])
def test_resuming_with_a_group_that_came_later(name, steps):
    options = SCHEDULES[name][0]
    straight = with_a_group(name, options, 3)
    for step in range(3, 3 + steps):
        advance(straight, step)
    resumed = make(lr_scheduler, sgd(), name, options)
    resumed.load_state_dict(straight.state_dict())
    for step in range(3 + steps, 30):
        advance(straight, step)
        advance(resumed, step)
        assert rates(resumed.optimizer) == rates(straight.optimizer)
        assert resumed.get_last_lr() == straight.get_last_lr()


@pytest.mark.parametrize("name", [*SETTING, "SequentialLR"])
def test_a_group_that_comes_later_is_refused_where_pytorch_fails(name, torch):
    options = {
        "LambdaLR": {"lr_lambda": lambda step: 0.5},
        "OneCycleLR": {"max_lr": 0.1, "total_steps": 30},
    }.get(name, SCHEDULES[name][0])
    scheduler = with_a_group(name, options, 3)
    before = options_of(scheduler.optimizer), scheduler.last_epoch, scheduler.get_last_lr()
    with pytest.raises(RuntimeError) as caught:
        scheduler.step()
    assert_sentence(caught.value, name, "add groups ")
    after = options_of(scheduler.optimizer), scheduler.last_epoch, scheduler.get_last_lr()
    assert after == before

    twin = make(torch.optim.lr_scheduler, torch_sgd(torch, (0.3, 0.05)), name, options)
    advance(twin, 0)
    group = {"params": [torch.nn.Parameter(torch.ones(3, dtype=torch.float64))], "lr": 1}
    twin.optimizer.add_param_group(group)
    with pytest.raises((ValueError, KeyError)):
        for step in range(1, 20):
            advance(twin, step)


def test_a_group_between_making_a_schedule_and_the_sequence():
    optimizer = sgd((0.3, 0.05))
    first = LinearLR(optimizer, 0.5)
    optimizer.add_param_group({"params": [parameter()], "lr": 1})
    scheduler = SequentialLR(optimizer, [first, StepLR(optimizer, 3)], [2])
    assert rates(optimizer) == pytest.approx([0.15, 0.025, 0.5])
    for step in range(3):
        advance(scheduler, step)
    assert rates(optimizer) == [0.3, 0.05, 1]
