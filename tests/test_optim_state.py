"""What an optimizer remembers: saved, loaded, copied, pickled, shared, and refused."""

import copy
import pickle

import numpy as np
import pytest
from rules import DTYPES, ENGINES, RULES, SHAPES, configurations, parameters

from minitorch_np import nn, optim, set_engine

on_engines = pytest.mark.parametrize("engine", ENGINES)
in_dtypes = pytest.mark.parametrize("dtype", DTYPES, ids=lambda dtype: dtype.__name__)
all_rules = pytest.mark.parametrize("case", RULES, ids=lambda case: case.id)


def train(params, optimizer, steps, start=0, skip=None):
    """Steps with gradients that depend on the step's number alone."""
    for t in range(start, start + steps):
        rng = np.random.default_rng(t)
        optimizer.zero_grad()
        for i, p in enumerate(params):
            g = rng.standard_normal(p.shape)
            if not (skip and skip(t, i)):
                p.grad = g
        optimizer.step()


def some_skip(t, i):
    return (t + i) % 4 == 0 or (i == 2 and t < 40)


def values(params):
    return np.concatenate([p.data.ravel() for p in params])


def assert_same_state(a, b):
    assert a["param_groups"] == b["param_groups"]
    assert list(a["state"]) == list(b["state"])
    for number, entry in a["state"].items():
        assert list(entry) == list(b["state"][number])
        for name, value in entry.items():
            np.testing.assert_array_equal(value, b["state"][number][name])


def refuses(error, call):
    """Call, expect the error, and return its message: one line."""
    with pytest.raises(error) as caught:
        call()
    message = str(caught.value)
    assert "\n" not in message and len(message) < 300
    return message


# ---- resuming --------------------------------------------------------------------------------


@on_engines
@in_dtypes
@pytest.mark.parametrize(("case", "options"), configurations())
def test_resuming_equals_never_having_stopped(case, options, dtype, engine):
    set_engine(engine)
    params = parameters(dtype)
    optimizer = case.rule(params, **options)
    train(params, optimizer, 30, skip=some_skip)
    saved = pickle.loads(pickle.dumps([optimizer.state_dict(), [p.data for p in params]]))
    kept = copy.deepcopy(saved[0])
    train(params, optimizer, 30, start=30, skip=some_skip)

    again = [nn.Parameter(data) for data in saved[1]]
    resumed = case.rule(again)  # the options come with the state
    resumed.load_state_dict(saved[0])
    assert_same_state(resumed.state_dict(), kept)
    train(again, resumed, 30, start=30, skip=some_skip)
    np.testing.assert_array_equal(values(again), values(params))
    assert_same_state(resumed.state_dict(), optimizer.state_dict())
    assert_same_state(saved[0], kept)  # a loaded state is copied


@on_engines
def test_momentum_that_rests_is_saved_too(engine):
    set_engine(engine)
    params = parameters(np.float64)
    optimizer = optim.SGD(params, momentum=0.9)
    train(params, optimizer, 5)
    optimizer.param_groups[0]["momentum"] = 0.0
    again = [nn.Parameter(p.data) for p in params]
    resumed = optim.SGD(again)
    resumed.load_state_dict(optimizer.state_dict())
    for own, mine in ((params, optimizer), (again, resumed)):
        train(own, mine, 5, start=5)
        mine.param_groups[0]["momentum"] = 0.9
        train(own, mine, 5, start=10)
    np.testing.assert_array_equal(values(again), values(params))


@all_rules
def test_a_state_dict_is_a_copy(case):
    params = parameters(np.float32)
    optimizer = case.rule(params, **case.grid[-1])
    train(params, optimizer, 3)
    state = optimizer.state_dict()
    kept = copy.deepcopy(state)
    train(params, optimizer, 3, start=3)
    optimizer.param_groups[0]["lr"] = 7.0
    assert_same_state(state, kept)


@all_rules
def test_step_counts_are_each_parameters_own(case):
    params = parameters(np.float32)
    options = {"momentum": 0.9} if case.id == "SGD" else {}
    optimizer = case.rule(params, **options)
    train(params, optimizer, 9, skip=lambda t, i: i > 0 and t % (i + 1) != 0)
    counts = {i: entry["step"] for i, entry in optimizer.state_dict()["state"].items()}
    assert counts == {i: len(range(0, 9, i + 1)) for i in range(len(SHAPES))}


def test_a_parameter_that_was_never_stepped_has_no_state():
    params = parameters(np.float32)
    optimizer = optim.Adam(params)
    assert optimizer.state_dict()["state"] == {}
    train(params, optimizer, 2, skip=lambda t, i: i != 4)
    assert list(optimizer.state_dict()["state"]) == [4]


def test_the_initial_rate_of_a_schedule_is_saved_and_loaded():
    optimizer = optim.SGD([{"params": parameters(np.float32), "initial_lr": 0.5}], lr=0.1)
    fresh = optim.SGD(parameters(np.float32))
    fresh.load_state_dict(optimizer.state_dict())
    assert fresh.param_groups[0]["initial_lr"] == 0.5


# ---- PyTorch's states ------------------------------------------------------------------------


@pytest.fixture
def their_double(torch):
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


def both(torch, case, options):
    ours = parameters(np.float64)
    theirs = [torch.nn.Parameter(torch.tensor(p.data)) for p in ours]
    split = [slice(0, 2), slice(2, None)]
    optimizer = case.rule([{"params": ours[part]} for part in split], **options)
    twin = case.twin_of(torch)([{"params": theirs[part]} for part in split], **options)
    return ours, optimizer, theirs, twin


def train_theirs(torch, params, optimizer, steps, start=0):
    for t in range(start, start + steps):
        rng = np.random.default_rng(t)
        for p in params:
            p.grad = torch.tensor(rng.standard_normal(tuple(p.shape)))
        optimizer.step()


@pytest.mark.parity
@pytest.mark.parametrize(("case", "options"), configurations())
def test_a_state_of_pytorch_is_loaded(torch, their_double, case, options):
    ours, optimizer, theirs, twin = both(torch, case, options)
    train_theirs(torch, theirs, twin, 10)
    for p, q in zip(ours, theirs, strict=True):
        p.data = q.detach().numpy()
    optimizer.param_groups[0]["lr"] = 123.0  # replaced by what is loaded
    optimizer.load_state_dict(twin.state_dict())
    train(ours, optimizer, 10, start=10)
    train_theirs(torch, theirs, twin, 10, start=10)
    their_values = np.concatenate([q.detach().numpy().ravel() for q in theirs])
    np.testing.assert_allclose(values(ours), their_values, rtol=1e-10)


@pytest.mark.parity
@pytest.mark.parametrize(("case", "options"), configurations())
def test_pytorch_loads_a_state_of_ours(torch, their_double, case, options):
    ours, optimizer, theirs, twin = both(torch, case, options)
    train(ours, optimizer, 10)
    with torch.no_grad():
        for p, q in zip(ours, theirs, strict=True):
            q.copy_(torch.tensor(p.data))
    state = optimizer.state_dict()
    tensors = {
        number: {name: torch.tensor(float(x) if name == "step" else x) for name, x in entry.items()}
        for number, entry in state["state"].items()
    }
    twin.load_state_dict({"state": tensors, "param_groups": twin.state_dict()["param_groups"]})
    numbers = [group["params"] for group in twin.state_dict()["param_groups"]]
    assert [group["params"] for group in state["param_groups"]] == numbers
    train(ours, optimizer, 10, start=10)
    train_theirs(torch, theirs, twin, 10, start=10)
    their_values = np.concatenate([q.detach().numpy().ravel() for q in theirs])
    np.testing.assert_allclose(values(ours), their_values, rtol=1e-10)


@pytest.mark.parity
@pytest.mark.parametrize("name", ["amsgrad", "maximize", "decoupled_weight_decay"])
def test_the_options_come_with_a_state_of_pytorch(torch, name):
    twin = torch.optim.Adam([torch.nn.Parameter(torch.zeros(2))], **{name: True})
    optimizer = optim.Adam([nn.Parameter(np.zeros(2))])
    optimizer.load_state_dict(twin.state_dict())
    assert optimizer.param_groups[0][name] is True
    assert optimizer.plan(optimizer.param_groups[0]) == optim.Adam(
        [nn.Parameter(np.zeros(2))], **{name: True}
    ).plan(optimizer.param_groups[0])


def test_a_state_that_means_another_formula_is_refused():
    class Own(optim.Optimizer):
        def __init__(self, params):
            super().__init__(params, {"lr": 0.1})

        @staticmethod
        def rule(p, g, lr):
            return p - lr * g

    state = optim.SGD([nn.Parameter(np.zeros(2))], maximize=True).state_dict()
    message = refuses(ValueError, lambda: Own([nn.Parameter(np.zeros(2))]).load_state_dict(state))
    assert message.startswith("Own.load_state_dict: ") and "maximize" in message
    state = optim.Adam([nn.Parameter(np.zeros(2))]).state_dict()
    adamw = optim.AdamW([nn.Parameter(np.zeros(2))])
    message = refuses(ValueError, lambda: adamw.load_state_dict(state))
    assert message.startswith("AdamW: expected decoupled_weight_decay=True")
    assert adamw.param_groups[0]["decoupled_weight_decay"] is True


@pytest.mark.parity
def test_the_sum_that_pytorchs_adagrad_begins_with_is_not_taken_twice(torch, their_double):
    case = next(case for case in RULES if case.rule is optim.Adagrad)
    ours, optimizer, theirs, twin = both(torch, case, {"initial_accumulator_value": 0.5})
    optimizer.load_state_dict(twin.state_dict())  # filled in before the first step
    train(ours, optimizer, 3)
    train_theirs(torch, theirs, twin, 3)
    their_values = np.concatenate([q.detach().numpy().ravel() for q in theirs])
    np.testing.assert_allclose(values(ours), their_values, rtol=1e-10)


# ---- states that do not fit ------------------------------------------------------------------


def spoilt(change):
    """A state of Adam that ``change`` has changed."""
    params = parameters(np.float64, seed=5)
    optimizer = optim.Adam([{"params": params[:2]}, {"params": params[2:]}], lr=0.7)
    train(params, optimizer, 4, start=50)
    state = optimizer.state_dict()
    return change(state) or state


SPOILT = {
    "one group": lambda s: s["param_groups"].pop(),
    "sizes": lambda s: s["param_groups"][0]["params"].append(9),
    "shape": lambda s: s["state"][5].update(exp_avg=np.zeros(18)),
    "transposed": lambda s: s["state"][5].update(exp_avg_sq=np.zeros((3, 2, 3))),
    "missing array": lambda s: s["state"][5].pop("exp_avg"),
    "text": lambda s: s["state"][5].update(exp_avg=np.full((2, 3, 3), "x")),
    "complex": lambda s: s["state"][5].update(exp_avg=np.zeros((2, 3, 3), complex)),
    "step": lambda s: s["state"][5].update(step=float("nan")),
    "negative step": lambda s: s["state"][5].update(step=-1),
    "lr": lambda s: s["param_groups"][1].update(lr=-1.0),
    "betas": lambda s: s["param_groups"][1].update(betas=(0.9,)),
}


@pytest.mark.parametrize("what", SPOILT)
def test_a_state_that_does_not_fit_changes_nothing(what):
    params = parameters(np.float64)
    optimizer = optim.Adam([{"params": params[:2]}, {"params": params[2:]}])
    train(params, optimizer, 3)
    before = optimizer.state_dict()

    def change(state):
        SPOILT[what](state)

    message = refuses(ValueError, lambda: optimizer.load_state_dict(spoilt(change)))
    assert message.startswith("Adam")
    assert_same_state(optimizer.state_dict(), before)


@pytest.mark.parametrize("wrong", [{}, {"model": 1, "optimizer": 2}, None, [1], {"state": {}}])
def test_something_else_is_refused(wrong):
    optimizer = optim.Adam(parameters(np.float32))
    message = refuses(ValueError, lambda: optimizer.load_state_dict(wrong))
    assert message.startswith("Adam.load_state_dict: expected a dict with 'state'")


# ---- copies ----------------------------------------------------------------------------------


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(3, 4), nn.Linear(4, 4)
        self.c = nn.Linear(4, 4)
        self.c.weight = self.b.weight  # tied


COPIES = {"deepcopy": copy.deepcopy, "pickle": lambda x: pickle.loads(pickle.dumps(x))}


@on_engines
@all_rules
@pytest.mark.parametrize("how", COPIES)
def test_net_and_optimizer_copied_together_stay_tied(case, how, engine):
    set_engine(engine)
    net = Net()
    optimizer = case.rule(net.parameters(), **case.grid[-1])
    train(list(net.parameters()), optimizer, 5, skip=some_skip)
    before = values(net.parameters())
    twin, its_optimizer = COPIES[how]((net, optimizer))
    assert type(its_optimizer) is case.rule
    assert twin.c.weight is twin.b.weight
    assert its_optimizer.param_groups[0]["params"][0] is twin.a.weight
    train(list(twin.parameters()), its_optimizer, 5, start=5, skip=some_skip)
    np.testing.assert_array_equal(values(net.parameters()), before)
    train(list(net.parameters()), optimizer, 5, start=5, skip=some_skip)
    np.testing.assert_array_equal(values(twin.parameters()), values(net.parameters()))
    assert not np.array_equal(values(net.parameters()), before)
    assert_same_state(its_optimizer.state_dict(), optimizer.state_dict())


@all_rules
@pytest.mark.parametrize("how", COPIES)
def test_an_optimizer_alone_brings_its_parameters(case, how):
    params = parameters(np.float32)
    optimizer = case.rule([{"params": params[:2], "lr": 0.5}, {"params": params[2:]}])
    train(params, optimizer, 3)
    twin = COPIES[how](optimizer)
    its = [p for group in twin.param_groups for p in group["params"]]
    np.testing.assert_array_equal(values(its), values(params))
    assert not set(map(id, its)) & set(map(id, params))
    train(params, optimizer, 3, start=3)
    train(its, twin, 3, start=3)
    np.testing.assert_array_equal(values(its), values(params))
    assert [group["lr"] for group in twin.param_groups] == [0.5, optimizer.defaults["lr"]]


def test_a_copied_net_is_free_of_the_optimizer():
    net = Net()
    optimizer = optim.SGD(net.parameters(), lr=1.0)
    twin = copy.deepcopy(net)
    before = values(twin.parameters())
    train(list(net.parameters()), optimizer, 1)
    np.testing.assert_array_equal(values(twin.parameters()), before)


# ---- which parameters ------------------------------------------------------------------------


def test_a_tied_parameter_is_stepped_once():
    p = nn.Parameter(np.ones(3))
    optimizer = optim.SGD([p, nn.Parameter(np.ones(2)), p], lr=1.0)
    assert len(optimizer.param_groups[0]["params"]) == 2
    p.grad = np.ones(3)
    optimizer.step()
    np.testing.assert_array_equal(p.data, 0.0)


def test_one_parameter_and_a_generator_are_taken():
    p, q = parameters(np.float32, shapes=((2,), (3,)))
    optimizer = optim.SGD([{"params": p}, {"params": (x for x in [q])}])
    assert [group["params"] for group in optimizer.param_groups] == [[p], [q]]


def used_up():
    net = Net()
    generator = net.parameters()
    optim.Adam(generator)
    return generator


HALF = np.zeros(2, np.float16)
REFUSED = [
    ("a module", lambda: nn.Linear(2, 2), TypeError, "got a Linear"),
    ("a container", lambda: nn.Sequential(nn.Linear(2, 2)), TypeError, "parameters, got a Linear"),
    ("one parameter", lambda: nn.Parameter(np.zeros(2)), TypeError, "got a Parameter"),
    ("an array", lambda: np.zeros(2), TypeError, "got a ndarray"),
    ("arrays", lambda: [np.zeros(2)], TypeError, "got a ndarray"),
    ("None", lambda: None, TypeError, "got a NoneType"),
    ("a set", lambda: set(parameters(np.float32)), TypeError, "ordered iterable"),
    ("nothing", list, ValueError, "got an empty list"),
    ("a generator twice", used_up, ValueError, "a generator only once"),
    ("half precision", lambda: [nn.Parameter(HALF)], TypeError, "got float16"),
    ("a group without params", lambda: [{"lr": 1.0}], TypeError, "got a dict with lr"),
    ("a group of None", lambda: [{"params": None}], TypeError, "got a NoneType"),
    ("a module as a group", lambda: [{"params": nn.Linear(2, 2)}], TypeError, "got a Linear"),
    (
        "a group, then a parameter",
        lambda: [{"params": parameters(np.float32)}, nn.Parameter(np.zeros((9, 9)))],
        TypeError,
        "got a Parameter",
    ),
    (
        "an unknown option",
        lambda: [{"params": parameters(np.float32), "learning_rate": 1.0}],
        ValueError,
        "expected options among lr",
    ),
    (
        "a wrong option in a group",
        lambda: [{"params": parameters(np.float32), "lr": float("nan")}],
        ValueError,
        "expected lr of at least 0, got nan",
    ),
]


@all_rules
@pytest.mark.parametrize(
    ("params", "error", "fragment"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED]
)
def test_what_is_no_list_of_parameters_is_refused(case, params, error, fragment):
    message = refuses(error, lambda: case.rule(params()))
    assert message.startswith(f"{case.id}: expected") and fragment in message


def test_integers_are_refused_as_parameters():
    message = refuses(TypeError, lambda: nn.Parameter(np.arange(3)))
    assert message.startswith("Parameter: expected floating-point data, got int64")


@pytest.mark.parametrize(
    ("case", "options", "fragment"),
    [pytest.param(case, *row, id=f"{case.id}-{row[0]}") for case in RULES for row in case.refused],
)
def test_options_out_of_range_are_refused(case, options, fragment):
    p = nn.Parameter(np.zeros(2))
    message = refuses(ValueError, lambda: case.rule([p], **options))
    assert message.startswith(f"{case.id}: ") and fragment in message


def test_a_parameter_in_two_groups_is_refused_and_nothing_is_taken():
    p, q = parameters(np.float32, shapes=((2,), (3,)))
    message = refuses(ValueError, lambda: optim.SGD([{"params": [p, q]}, {"params": [p]}]))
    assert message.startswith("SGD: expected each parameter in one group")
    optimizer = optim.SGD([p])
    for group, error in (
        ({"params": [q, p]}, ValueError),
        ({"params": [q], "lr": -1.0}, ValueError),
        ({"params": [q], "speed": 1.0}, ValueError),
        ([q], TypeError),
    ):
        assert refuses(error, lambda group=group: optimizer.add_param_group(group))
    assert [group["params"] for group in optimizer.param_groups] == [[p]]
    optimizer.add_param_group({"params": q, "lr": 0.25})
    q.grad = np.ones(3)
    before = q.data.copy()
    optimizer.step()
    np.testing.assert_array_equal(q.data, before - np.float32(0.25))


# ---- memory ----------------------------------------------------------------------------------


@on_engines
@pytest.mark.parametrize("cast", ["whole", "half", "there and back"])
def test_after_a_change_of_dtype_the_next_step_says_so_and_changes_nothing(cast, engine):
    set_engine(engine)
    net, other = Net(), Net()
    params = [*other.parameters(), *net.parameters()]
    optimizer = optim.Adam(params)
    train(params, optimizer, 2)
    (net.b if cast == "half" else net).double()
    if cast == "there and back":
        net.float()
    before, state = [p.data.copy() for p in params], optimizer.state_dict()
    for p in params:
        p.grad = np.ones(p.shape)
    message = refuses(RuntimeError, optimizer.step)
    assert message.startswith("Adam.step: ") and "make a new optimizer" in message
    for p, old in zip(params, before, strict=True):
        np.testing.assert_array_equal(p.data, old)
    assert_same_state(optimizer.state_dict(), state)
    anew = optim.Adam(params)
    anew.step()
    assert all((p.data != old).any() for p, old in zip(params, before, strict=True))
    refuses(RuntimeError, optimizer.step)


@on_engines
def test_a_second_optimizer_shares_the_memory(engine):
    set_engine(engine)
    params = parameters(np.float64)
    alone = [nn.Parameter(p.data) for p in params]
    some = [4, 1, 5, 2]  # out of order, with gaps
    first, second = optim.Adam(params), optim.SGD([params[i] for i in some], momentum=0.9)
    memory = params[1].data
    for t in range(6):
        train(params, (first, second)[t % 2], 1, start=t)
    assert params[1].data is memory
    one, two = optim.Adam(alone), optim.SGD([alone[i] for i in some], momentum=0.9)
    for t in range(6):
        train(alone, (one, two)[t % 2], 1, start=t)
    np.testing.assert_array_equal(values(params), values(alone))
    loose = parameters(np.float64)
    lone = optim.SGD([loose[i] for i in some], momentum=0.9)
    train(loose, lone, 1)
    assert (loose[1].data != parameters(np.float64)[1].data).any()
    np.testing.assert_array_equal(loose[0].data, parameters(np.float64)[0].data)


def test_assigning_data_keeps_an_optimizer_at_work():
    p = nn.Parameter(np.zeros(3))
    optimizer = optim.SGD([p], lr=1.0)
    p.data = [5.0, 6.0, 7.0]
    p.grad = np.ones(3)
    optimizer.step()
    np.testing.assert_array_equal(p.data, [4.0, 5.0, 6.0])


def test_a_rule_without_scalars_says_so():
    class Bare(optim.Optimizer):
        def __init__(self, params):
            super().__init__(params, {"lr": 0.1})

        @staticmethod
        def rule(p, g):
            return p - g

    p = nn.Parameter(np.zeros(1))
    optimizer = Bare([p])
    p.grad = [1.0]
    assert refuses(NotImplementedError, optimizer.step).startswith("Bare: expected a method")
