"""Eve, the rule of examples/custom_optimizer.py: against the paper's algorithm, saved, refused."""

import argparse
import copy
import functools
import math
import pickle
from pathlib import Path

import numpy as np
import pytest
from rules import DTYPES, ENGINES, SHAPES, parameters

from minitorch_np import nn, optim, set_engine
from minitorch_np.data import DataLoader, TensorDataset
from minitorch_np.training import fit

EXAMPLES = Path(__file__).parent.parent / "examples"
with pytest.MonkeyPatch.context() as patch:
    patch.syspath_prepend(EXAMPLES)
    import custom_optimizer
    from custom_optimizer import Eve
    from lab.arguments import picture
    from lab.comparison import Run, row, verdict

on_engines = pytest.mark.parametrize("engine", ENGINES)
in_dtypes = pytest.mark.parametrize("dtype", DTYPES, ids=lambda dtype: dtype.__name__)

STEPS = 60
TOLERANCE = {np.float32: {"rtol": 2e-5, "atol": 2e-5}, np.float64: {"rtol": 1e-11, "atol": 1e-13}}


def eve(theta, gradients, losses, alpha=1e-3, betas=(0.9, 0.999), beta3=0.999, c=10.0, eps=1e-8):
    """Algorithm 1 of arXiv 1611.01505, in double precision; a gradient of None is no step.

    Returns θ, the last d̃, and where each d fell: -1 or 1 where it was clipped, else 0.
    """
    f_star = 0.0
    theta = np.array(theta, np.float64)
    m, v, d_tilde, previous, t, clipped = np.zeros_like(theta), np.zeros_like(theta), 1, None, 0, []
    for g, f in zip(gradients, losses, strict=True):
        if g is None:
            continue
        t += 1
        g = g.astype(np.float64)
        m = betas[0] * m + (1 - betas[0]) * g
        v = betas[1] * v + (1 - betas[1]) * g**2
        m_hat, v_hat = m / (1 - betas[0] ** t), v / (1 - betas[1] ** t)
        if t > 1:
            change, least = abs(f - previous), min(f, previous) - f_star
            if least == 0:
                d_hat = c if change else 1 / c
            else:
                d_hat = float(np.clip(change / least, 1 / c, c))
            clipped.append(1 if d_hat == c else -1 if d_hat == 1 / c else 0)
            d_tilde = beta3 * d_tilde + (1 - beta3) * d_hat
        previous = f
        theta = theta - alpha / d_tilde * m_hat / (np.sqrt(v_hat) + eps)
    return theta, d_tilde, clipped


def some_losses(kind):
    """Losses of 60 steps."""
    rng = np.random.default_rng(5)
    return {
        "noisy": (2 * np.exp(rng.normal(0, 0.5, STEPS))).tolist(),
        "falling": np.geomspace(3, 1e-3, STEPS).tolist(),
        "rising": np.geomspace(1e-3, 3, STEPS).tolist(),
        "equal": [0.7] * STEPS,
        "leaping": [0.01, 5.0] * (STEPS // 2),  # d = 499, above any c
        "creeping": (1 + np.linspace(0, 1e-3, STEPS)).tolist(),  # d below any 1/c
        "both ends": [0.01, 5.0, 5.001, 2.0] * (STEPS // 4),
        "down to f*": [0.3, 0.0, 0.0, 0.0, 0.2, 0.0] * (STEPS // 6),
    }[kind]


KINDS = ("noisy", "falling", "rising", "equal", "leaping", "creeping", "both ends", "down to f*")
ENDS = {
    "equal": {-1},
    "leaping": {1},
    "creeping": {-1},
    "both ends": {1, -1, 0},
    "down to f*": {1, -1},
}


def gradients_of(step, shapes=SHAPES):
    """The gradients of a step, by its number alone."""
    rng = np.random.default_rng(step)
    return [rng.standard_normal(shape) for shape in shapes]


def train(params, optimizer, losses, start=0, skip=lambda t, i: False):
    """Steps with gradients that depend on the step's number alone."""
    for t, loss in enumerate(losses, start):
        optimizer.zero_grad()
        for i, (p, g) in enumerate(zip(params, gradients_of(t), strict=True)):
            if not skip(t, i):
                p.grad = g
        optimizer.step(loss)


def values(params):
    return [p.data.copy() for p in params]


def assert_equal_states(a, b):
    np.testing.assert_equal(a, b)  # walks through dicts and lists; arrays to the bit


def stepped(loss=None, **options):
    """A parameter and its optimizer, after a step if there is a loss."""
    p = nn.Parameter(np.array([1.0, -2.0]))
    optimizer = Eve([p], **options)
    if loss is not None:
        p.grad = [0.5, 0.25]
        optimizer.step(loss)
    return p, optimizer


# ---- the algorithm -----------------------------------------------------------------------------


@on_engines
@in_dtypes
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "options",
    [{}, {"lr": 0.1, "betas": (0.5, 0.9), "beta3": 0.9, "c": 3.0, "eps": 1e-3}, {"beta3": 0.0}],
    ids=["defaults", "others", "no memory"],
)
def test_the_papers_algorithm(kind, options, dtype, engine):
    set_engine(engine)
    losses, params = some_losses(kind), parameters(dtype)
    before = values(params)
    optimizer = Eve(params, **options)
    train(params, optimizer, losses)
    theirs = {"alpha" if name == "lr" else name: value for name, value in options.items()}
    for i, p in enumerate(params):
        gradients = [gradients_of(t)[i].astype(dtype) for t in range(STEPS)]
        theta, d, clipped = eve(before[i], gradients, losses, **theirs)
        np.testing.assert_allclose(p.data, theta, **TOLERANCE[dtype])
        assert (p.data != before[i]).all()
        state = optimizer.state_dict()["state"][i]
        assert state["d"] == pytest.approx(d, rel=1e-12)
        assert state["step"] == STEPS
        assert set(clipped) == ENDS.get(kind, set(clipped)), "this test would prove less"


@in_dtypes
def test_with_c_of_one_it_is_adam_to_the_bit(dtype):
    set_engine("numpy")  # a compiler may round the two formulas differently
    ours, theirs = parameters(dtype), parameters(dtype)
    train(ours, Eve(ours, lr=0.01, c=1.0), some_losses("noisy"))
    train(theirs, optim.Adam(theirs, lr=0.01), some_losses("noisy"))
    assert_equal_states(values(ours), values(theirs))


def test_the_first_step_is_adams_whatever_the_loss():
    set_engine("numpy")
    adam = nn.Parameter(np.array([1.0, -2.0]))
    optimizer = optim.Adam([adam])
    adam.grad = [0.5, 0.25]
    optimizer.step()
    for loss in (0.0, 1e-300, 3.0, 1e300, np.float32(2.5), 4):
        np.testing.assert_array_equal(stepped(loss)[0].data, adam.data)


def test_the_least_loss_may_be_another_than_zero():
    losses = some_losses("noisy")
    plain, shifted = parameters(np.float64), parameters(np.float64)
    train(plain, Eve(plain), losses)
    train(shifted, Eve(shifted, f_star=-8.0), [loss - 8 for loss in losses])
    for p, q in zip(plain, shifted, strict=True):
        np.testing.assert_allclose(p.data, q.data, rtol=1e-12)


@on_engines
def test_no_denormals_without_a_gradient(engine):
    set_engine(engine)
    lowest = np.finfo(np.float32).smallest_normal
    p = nn.Parameter(np.logspace(-18, 0, 40, dtype=np.float32))
    optimizer = Eve([p], betas=(0.8, 0.7))
    for t in range(1500):
        p.grad = p.data.copy() if t < 10 else np.zeros(40)
        optimizer.step(1.0 + t % 2)
    state = optimizer.state_dict()["state"][0]
    for array in (p.data, state["exp_avg"], state["exp_avg_sq"]):
        assert np.isfinite(array).all()
        assert not np.count_nonzero((array != 0) & (abs(array) < lowest))


# ---- groups, and parameters of their own history -----------------------------------------------


@on_engines
def test_groups_have_options_of_their_own(engine):
    set_engine(engine)
    losses, params = some_losses("noisy"), parameters(np.float64)
    before = values(params)
    groups = [{"params": params[:2], "lr": 0.03, "c": 2.0}, {"params": params[2:], "beta3": 0.5}]
    train(params, Eve(groups), losses)
    for i, p in enumerate(params):
        own = {"alpha": 0.03, "c": 2.0} if i < 2 else {"beta3": 0.5}
        gradients = [gradients_of(t)[i] for t in range(STEPS)]
        np.testing.assert_allclose(p.data, eve(before[i], gradients, losses, **own)[0], rtol=1e-11)


def some_skip(t, i):
    return (t + i) % 4 == 0 or (i == 2 and t < 40)


@on_engines
def test_a_parameter_without_a_gradient_stands_still_and_counts_its_own_steps(engine):
    """Its f_{t-1} is the loss of its own last step."""
    set_engine(engine)
    losses, params = some_losses("noisy"), parameters(np.float64)
    before = values(params)
    optimizer = Eve(params)
    train(params, optimizer, losses, skip=some_skip)
    for i, p in enumerate(params):
        gradients = [None if some_skip(t, i) else gradients_of(t)[i] for t in range(STEPS)]
        theta, d, _ = eve(before[i], gradients, losses)
        np.testing.assert_allclose(p.data, theta, rtol=1e-11)
        assert optimizer.state_dict()["state"][i]["d"] == pytest.approx(d, rel=1e-12)


# ---- saved, loaded, copied ---------------------------------------------------------------------


@on_engines
@in_dtypes
@pytest.mark.parametrize("options", [{}, {"lr": 0.1, "beta3": 0.9, "f_star": -10.0}])
def test_resuming_equals_never_having_stopped(options, dtype, engine):
    set_engine(engine)
    losses, params = [loss - 5 * bool(options) for loss in some_losses("noisy")], parameters(dtype)
    optimizer = Eve(params, **options)
    train(params, optimizer, losses[:30], skip=some_skip)
    saved = pickle.loads(pickle.dumps([optimizer.state_dict(), values(params)]))
    copied = copy.deepcopy(optimizer)
    train(params, optimizer, losses[30:], start=30, skip=some_skip)

    again = [nn.Parameter(data) for data in saved[1]]
    resumed = Eve(again)  # the options come with the state
    resumed.load_state_dict(saved[0])
    assert_equal_states(resumed.state_dict(), saved[0])
    theirs = [p for group in copied.param_groups for p in group["params"]]
    for own, mine in ((again, resumed), (theirs, copied)):
        train(own, mine, losses[30:], start=30, skip=some_skip)
        assert_equal_states(values(own), values(params))
        assert_equal_states(mine.state_dict(), optimizer.state_dict())


def test_the_training_loop_hands_it_the_loss():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(64, 2))
    model = nn.Linear(2, 2, rng=0)
    optimizer = Eve(model.parameters(), lr=0.1)
    loader = DataLoader(TensorDataset(x, (x[:, 0] > 0).astype(int)), batch_size=16)
    history = fit(model, nn.CrossEntropyLoss(), optimizer, loader, epochs=5)
    assert history[-1]["train_loss"] < history[0]["train_loss"]
    assert optimizer.state_dict()["state"][0]["d"] != 1


# ---- refused -----------------------------------------------------------------------------------


def refuses(error, call):
    """Call, expect the error, and return its message: one line."""
    with pytest.raises(error) as caught:
        call()
    message = str(caught.value)
    assert "\n" not in message and len(message) < 200
    return message


@pytest.mark.parametrize("loss", [None, "0.5", np.array([1.0, 2.0])])
def test_a_step_without_the_loss_is_refused(loss):
    p, optimizer = stepped(0.5)
    before = p.data.copy()
    message = refuses(TypeError, lambda: optimizer.step(loss))
    assert "Eve.step: expected the loss of this step as a number" in message
    assert "call optimizer.step(loss)" in message
    np.testing.assert_array_equal(p.data, before)


@pytest.mark.parametrize("loss", [math.nan, math.inf, -math.inf, -0.1, np.float32("nan")])
@pytest.mark.parametrize("first", [None, 0.5], ids=["first", "later"])
def test_a_loss_that_would_spoil_the_average_is_refused_and_changes_nothing(loss, first):
    p, optimizer = stepped(first)
    before, state = p.data.copy(), optimizer.state_dict()
    p.grad = [0.5, 0.25]
    message = refuses(ValueError, lambda: optimizer.step(loss))
    assert "expected a finite loss of at least f_star = 0.0, got" in message
    np.testing.assert_array_equal(p.data, before)
    assert_equal_states(optimizer.state_dict(), state)
    optimizer.step(0.5)
    assert (p.data != before).all()


NO_NUMBERS = (math.nan, math.inf, "0.1", None)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        *(("lr", value, "finite and in [0, inf)") for value in (-1e-3, *NO_NUMBERS)),
        *(("eps", value, "finite and in [0, inf)") for value in (-1e-8, *NO_NUMBERS)),
        *(("beta3", value, "finite and in [0, 1)") for value in (-0.1, 1, 1.5, *NO_NUMBERS)),
        *(("c", value, "finite and in [1, inf)") for value in (0.99, 0, -10, *NO_NUMBERS)),
        *(("f_star", value, "finite and in [-inf, inf)") for value in (-math.inf, *NO_NUMBERS)),
        *(
            ("betas", value, "a pair in [0, 1)")
            for value in ((0.9, 1.0), (-0.1, 0.9), (0.9,), (0.9, 0.9, 0.9), 0.9, "ab", None)
        ),
    ],
)
def test_options_out_of_range(name, value, expected):
    message = refuses(ValueError, lambda: stepped(**{name: value}))
    assert message.startswith(f"Eve: expected {name} to be {expected}, got {value!r}")
    _, optimizer = stepped(0.5)
    state = optimizer.state_dict()
    state["param_groups"][0][name] = value
    assert message == refuses(ValueError, lambda: optimizer.load_state_dict(state))


def test_options_at_the_ends_of_their_ranges():
    p, optimizer = stepped(0.0, lr=0, betas=[0, 0.0], beta3=0, c=1, eps=np.float32(1e-8), f_star=-1)
    assert p.data.tolist() == [1, -2]
    optimizer.step(-1.0)


# ---- the comparison ----------------------------------------------------------------------------


def test_both_rules_get_the_same_nets_and_the_same_batches(monkeypatch):
    set_engine("numpy")
    monkeypatch.setitem(custom_optimizer.RULES, "Eve", functools.partial(Eve, c=1.0))
    images = custom_optimizer.load("silhouettes")
    adam, ours = (
        custom_optimizer.train(name, 1e-3, 1, images, epochs=1, batch_size=64)
        for name in ("Adam", "Eve")
    )
    assert ours._replace(seconds=0) == adam._replace(seconds=0)


def runs(*tests, validation=0.8):
    return [Run([0.5, 0.25], validation, test, 1.0, 0.5) for test in tests]


def test_the_verdict():
    adam = {0.1: runs(0.1, 0.1, validation=0.1), 0.2: runs(0.80, 0.81)}
    better = verdict({"Adam": adam, "Eve": {0.1: runs(0.85, 0.861), 0.2: runs(0, 0, validation=0)}})
    assert "Adam at 0.2; Eve at 0.1, which its last d̃ of 0.50 made 0.2." in better
    assert "No rate beyond Adam's and Eve's was tried" in better
    assert "seed by seed: +5.00 +5.10." in better
    assert better.endswith("Mean +5.05, standard error 0.05: Eve is better here.")
    worse = verdict({"Adam": {0.1: runs(0.8, 0.8)}, "Eve": {0.1: runs(0.7, 0.701)}})
    assert worse.endswith("Adam is better here.")
    for ours in ((0.8, 0.8, 0.8), (0.9, 0.7, 0.85)):
        same = verdict({"Adam": {0.1: runs(0.8, 0.8, 0.8)}, "Eve": {0.1: runs(*ours)}})
        assert same.endswith("3 seeds show no difference.")
    one = verdict({"Adam": {0.1: runs(0.1)}, "Eve": {0.1: runs(0.9)}})
    assert one.endswith("One seed cannot tell which is better.")
    three = {rate: runs(0.8, validation=0.9 - abs(rate - 0.2)) for rate in (0.1, 0.2, 0.3)}
    assert "No rate beyond" not in verdict({"Adam": three, "Eve": three})


def test_a_row_of_the_table():
    assert row("Eve", 1e-3, runs(0.8, 0.82)).split() == [
        *("Eve", "0.001", "80.00%", "81.00%", "±", "1.41%", "1.00", "0.50", "0.500", "0.250"),
    ]
    assert row("Adam", 1e-3, runs(0.8)).split() == [
        *("Adam", "0.001", "80.00%", "80.00%", "1.00", "0.500", "0.250"),
    ]


def test_a_picture_that_cannot_be_written_is_refused_before_the_work(tmp_path):
    assert picture(str(tmp_path / "a.PNG")) == tmp_path / "a.PNG"
    (tmp_path / "folder.png").mkdir()
    for name in ("a.gif", "a", "nowhere/a.png", "folder.png"):
        path = str(tmp_path / name)
        refuses(argparse.ArgumentTypeError, functools.partial(picture, path))
