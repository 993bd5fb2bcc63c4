"""Formulas of a user: all sorts are compiled, what cannot be runs on numpy, no two are mixed up."""

import functools
import threading
import warnings

import numpy as np
import pytest
from engines import needs_numba, on_engines

import minitorch_np as mt
from minitorch_np import nn, optim


def optimizer_of(formula, p, slots=(), scalars=None, name="Mine"):
    """An optimizer with this formula, which takes lr, over one parameter."""
    body = {
        "slots": slots,
        "rule": staticmethod(formula),
        "scalars": lambda self, state, group, loss: (group["lr"],),
    }
    if scalars is not None:
        body["scalars"] = scalars
    return type(name, (optim.Optimizer,), body)([p], {"lr": 0.5})


def one_step(engine, formula, **more):
    mt.set_engine(engine)
    p = nn.Parameter(np.array([1.0, -2.0, 4.0]))
    optimizer = optimizer_of(formula, p, **more)
    for scale in (1.0, 2.0):
        p.grad = np.array([0.25, -0.5, 1.0]) * scale
        optimizer.step()
    return p.data


def helper(x):
    return x * x


def abs(x):  # what a formula of this file means, not Python's
    return 3.0 * x


FACTOR = 3.0


def with_where(p, g, lr):
    return p - lr * np.where(g > lr, g, lr)


def with_constant(p, g, lr):
    return p - lr * FACTOR * g


def with_helper(p, g, lr):
    return p - lr * helper(g)


def with_shadowed_builtin(p, g, lr):
    return p - lr * abs(g)


def with_locals(p: float, g: float, lr: float) -> float:
    """Annotations, a docstring and a local name."""
    change: float = lr * g
    return p - change


def update(p, g, lr):
    return p - lr * g


def real(p, g, lr):
    return p - lr * g


def quiet(p, g, lr):
    return p - lr * g


def _formula(p, g, lr):
    return p - lr * g


def decorated(function):
    @functools.wraps(function)
    def wrapper(p, g, lr):
        return p - g

    return wrapper


@decorated
def with_decoration(p, g, lr):
    return p - lr * g


def closure(factor):
    def formula(p, g, lr):
        return p - lr * factor * g

    return formula


sqrt = np.sqrt  # not what the next formula means


def shadowing():
    def sqrt(x):
        return 2.0 * x

    def formula(p, g, lr):
        return p - lr * sqrt(g)

    return formula


def from_exec():
    space = {}
    exec("def formula(p, g, lr):\n    return p - lr * g", space)
    return space["formula"]


FORMULAS = {
    "where": with_where,
    "constant": with_constant,
    "locals": with_locals,
    "update": update,
    "real": real,
    "quiet": quiet,
    "_formula": _formula,
    "lambda": lambda p, g, lr: p - lr * g,
    "closure": closure(2.0),
    "another closure": closure(3.0),
    "exec": from_exec(),
    "helper": with_helper,
    "shadowed builtin": with_shadowed_builtin,
}
NOT_FOR_NUMBA = {"shadowed name": shadowing()}


@needs_numba
@pytest.mark.parametrize("what", FORMULAS)
def test_formulas_of_all_sorts_are_compiled(what, monkeypatch, tmp_path):
    monkeypatch.setenv("MINITORCH_NP_CACHE", str(tmp_path))
    expected = one_step("numpy", FORMULAS[what])
    np.testing.assert_allclose(one_step("numba", FORMULAS[what]), expected, rtol=1e-15)


@needs_numba
@pytest.mark.parametrize("what", NOT_FOR_NUMBA)
def test_a_formula_that_cannot_be_compiled_runs_on_numpy_with_a_warning(what):
    formula = NOT_FOR_NUMBA[what]
    expected = one_step("numpy", formula)
    with pytest.raises(RuntimeError) as caught:
        one_step("numba", formula)
    message = str(caught.value)
    assert "expected a formula that numba can compile" in message and "\n" not in message
    with pytest.warns(UserWarning) as warned:
        result = one_step("auto", formula)
    assert len(warned) == 1 and warned[0].filename == __file__
    text = str(warned[0].message)
    assert "numba could not compile this formula" in text and "\n" not in text
    np.testing.assert_array_equal(result, expected)


@needs_numba
def test_a_decorated_formula_runs_with_its_decoration():
    expected = one_step("numpy", with_decoration)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # whether numba can compile the wrapper is another matter
        np.testing.assert_array_equal(one_step("auto", with_decoration), expected)
    np.testing.assert_array_equal(expected, [0.25, -0.5, 1.0])


def previous(p, g, m, old_m, old_p, lr):
    """Hands inputs on as they are: the state of the step before."""
    return p - lr * (m - old_m) - lr * g, m + g, m, p


@on_engines
def test_a_formula_may_hand_on_its_inputs(engine):
    p = nn.Parameter(np.array([1.0, 2.0]))
    mt.set_engine(engine)
    optimizer = optimizer_of(previous, p, slots=("m", "old_m", "old_p"))
    for g in (1.0, 2.0, 4.0):
        p.grad = [g, g]
        optimizer.step()
    slots = optimizer._segments[0].slots
    # m: 0 1 3 7; p moves by -lr (m - old_m) - lr g at each step
    np.testing.assert_array_equal(slots["m"], 7.0)
    np.testing.assert_array_equal(slots["old_m"], 3.0)
    np.testing.assert_array_equal(slots["old_p"], np.array([1.0, 2.0]) - 2.0)
    np.testing.assert_array_equal(p.data, np.array([1.0, 2.0]) - 5.0)


KINDS = [1, True, np.float32(0.5), np.float64(0.5), np.int64(2), np.array(0.5)]


@on_engines
@pytest.mark.parametrize("lr", KINDS, ids=repr)
def test_a_scalar_may_be_of_any_kind(lr, engine):
    mt.set_engine(engine)
    p = nn.Parameter(np.array([8.0]))
    optimizer = optimizer_of(_formula, p)
    optimizer.param_groups[0]["lr"] = lr
    p.grad = [1.0]
    optimizer.step()
    np.testing.assert_array_equal(p.data, 8.0 - float(lr))


@needs_numba
def test_another_kind_of_scalar_compiles_nothing_anew(monkeypatch, tmp_path):
    from numba.core import event

    monkeypatch.setenv("MINITORCH_NP_CACHE", str(tmp_path))
    mt.set_engine("numba")
    p = nn.Parameter(np.array([8.0]))
    optimizer = optimizer_of(closure(1.0), p)
    p.grad = [1.0]
    optimizer.step()
    with event.install_recorder("numba:compile") as recorder:
        for lr in KINDS:
            optimizer.param_groups[0]["lr"] = lr
            optimizer.step()
    assert not recorder.buffer


@needs_numba
def test_two_formulas_of_one_name_are_two(monkeypatch, tmp_path):
    monkeypatch.setenv("MINITORCH_NP_CACHE", str(tmp_path))

    def plus():
        def formula(p, g, lr):
            return p + lr * g

        return formula

    def minus():
        def formula(p, g, lr):
            return p - lr * g

        return formula

    one, two = plus(), minus()
    two.__qualname__ = one.__qualname__
    for _ in range(2):
        difference = one_step("numba", one) - one_step("numba", two)
        np.testing.assert_allclose(difference, [0.75, -1.5, 3.0])
    assert len(list(tmp_path.glob("*.py"))) == 2


@needs_numba
def test_two_threads_compile_at_once(monkeypatch, tmp_path):
    monkeypatch.setenv("MINITORCH_NP_CACHE", str(tmp_path))
    mt.set_engine("numba")
    formulas = [closure(float(i)) for i in range(2)] * 2
    results, barrier = [None] * 4, threading.Barrier(4)

    def work(i):
        p = nn.Parameter(np.ones(3))
        optimizer = optimizer_of(formulas[i], p)
        p.grad = np.ones(3)
        barrier.wait()
        optimizer.step()
        results[i] = p.data.tolist()

    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert results == [[1.0] * 3, [0.5] * 3] * 2


# ---- the loss, and the gradient upwards ------------------------------------------------------


def by_the_loss(self, state, group, loss):
    return (group["lr"] * loss,)


@on_engines
def test_a_rule_that_needs_the_loss_is_given_it_or_says_so(engine):
    mt.set_engine(engine)
    p = nn.Parameter(np.ones(3))
    optimizer = optimizer_of(lambda p, g, lr: p - lr * g, p, scalars=by_the_loss)
    type(optimizer).needs_loss = True
    p.grad = np.ones(3)
    for nothing in (None, "0.5", [0.5]):
        with pytest.raises(TypeError, match=r"^Mine\.step: expected the loss of this step as a"):
            optimizer.step(nothing)
    assert p.data.tolist() == [1.0] * 3
    optimizer.step(0.5)
    optimizer.step(np.float32(1))
    assert p.data.tolist() == [0.25] * 3


@on_engines
def test_maximize_is_an_option_of_any_rule(engine):
    mt.set_engine(engine)

    def formula(p, g, lr):
        return p - lr * g

    p = nn.Parameter(np.array([1.0, 2.0]))
    optimizer = optimizer_of(formula, p)
    for maximize in (False, True, True):
        optimizer.param_groups[0]["maximize"] = maximize
        p.grad = np.array([4.0, -2.0])
        optimizer.step()
        assert p.grad.tolist() == [4.0, -2.0]
    assert p.data.tolist() == [3.0, 1.0]


def test_a_rule_without_a_formula_says_so():
    with pytest.raises(NotImplementedError, match=r"^Bare: expected a static method rule"):
        type("Bare", (optim.Optimizer,), {})([nn.Parameter(np.zeros(1))], {"lr": 1.0})
