"""The numpy engine's list of calls: it equals the formula, or the formula runs as it stands."""

import numpy as np
import pytest
from engines import on_engines

import minitorch_np as mt
from minitorch_np.optim import engine
from minitorch_np.optim.engine.program import NotTraceable, trace


@pytest.fixture(autouse=True)
def _engine_as_before():
    yield
    mt.set_engine("auto")


P, G = [1.0, 2.0, 3.0], [0.5, -1.0, 2.0]


def applied(rule, scalars, slots=(), g=G, name="numpy"):
    mt.set_engine(name)
    p, g = np.array(P), np.array(g)
    kept = g.copy()
    slots = [np.array(slot, float) for slot in slots]
    engine.apply(rule, p, g, tuple(slots), scalars)
    np.testing.assert_array_equal(g, kept)  # the gradient is only read
    return [p, *slots]


# ---- formulas that become a list ---------------------------------------------------------------


def swapped(p, g, m, v, lr):
    return p - lr * g, v, m


def same_twice(p, g, m, v, lr):
    m = m + lr * g
    return m, m, m


def constants(p, g, m, v, lr):
    return p - 0.5 * g, 2.0, lr


def handed_on(p, g, m, v, lr):
    return m, p, g


def long(p, g, m, v, lr):
    a, b = abs(g) + p, np.sqrt(abs(m * v) + 1.0)
    c = np.maximum(a, b) / (lr * lr + 1.0)
    return p - c * b, a - b, np.sign(a * m) * v


@on_engines
@pytest.mark.parametrize("rule", [swapped, same_twice, constants, handed_on, long])
def test_a_list_of_calls_equals_the_formula(rule, engine):
    p, g, m, v = np.array(P), np.array(G), np.array([1.0, -2.0, 3.0]), np.array([4.0, 5.0, -6.0])
    trace(rule, 4)
    expected = [np.broadcast_to(x, 3) for x in rule(p, g, m, v, 0.25)]
    for actual, value in zip(applied(rule, (0.25,), (m, v), name=engine), expected, strict=True):
        np.testing.assert_allclose(actual, value, rtol=1e-14)


def test_a_long_parameter_is_done_in_blocks(rng):
    mt.set_engine("numpy")
    for dtype in (np.float32, np.float64):
        arrays = [rng.standard_normal(100_003).astype(dtype) for _ in range(4)]
        expected = long(*arrays, dtype(0.25))
        engine.apply(long, arrays[0], arrays[1], tuple(arrays[2:]), (0.25,))
        for actual, value in zip((arrays[0], *arrays[2:]), expected, strict=True):
            np.testing.assert_allclose(actual, value, rtol=1e-5, atol=1e-6)


# ---- formulas that do not ----------------------------------------------------------------------


def branch(p, g, lr, flag):
    if flag:
        g = g * 100.0
    return p - lr * g


def conditional(p, g, lr, flag):
    return p - lr * (g if flag else g * 100.0)


def either(p, g, lr, flag):
    return p - (lr or flag) * g


@pytest.mark.parametrize("rule", [branch, conditional, either])
@pytest.mark.parametrize("scalars", [(0.1, 0.0), (0.1, 1.0), (0.0, 1.0)])
def test_a_branch_on_a_scalar_is_taken_anew_at_each_step(rule, scalars):
    np.testing.assert_allclose(applied(rule, scalars)[0], rule(np.array(P), np.array(G), *scalars))
    with pytest.raises(NotTraceable):
        trace(rule, 2)


def repaired(p, g, lr):
    return p - lr * np.nan_to_num(g)


def chosen(p, g, lr):
    return p - (np.where(g > 0, g, p) + 0.0) * lr


def clipped(p, g, lr):
    return p - lr * np.clip(g, -1, 1)


@pytest.mark.parametrize("rule", [repaired, chosen, clipped])
def test_functions_that_are_no_ufuncs_run_as_they_stand(rule):
    g = [0.5, np.nan, 2.0] if rule is repaired else G
    np.testing.assert_allclose(applied(rule, (0.1,), g=g)[0], rule(np.array(P), np.array(g), 0.1))
    with pytest.raises(NotTraceable):
        trace(rule, 2)


FACTOR = 1.0


def of_a_global(p, g, lr):
    return p - FACTOR * lr * g


def test_what_a_formula_reads_from_outside_is_read_at_each_step(monkeypatch):
    factor = 1.0

    def of_a_closure(p, g, lr):
        return p - factor * lr * g

    class Own:
        factor = 1.0

        def rule(self, p, g, lr):
            return p - self.factor * lr * g

    own = Own()
    for rule in (of_a_global, of_a_closure, own.rule):
        np.testing.assert_allclose(applied(rule, (0.1,))[0], np.array(P) - 0.1 * np.array(G))
    factor = own.factor = 10.0
    monkeypatch.setitem(globals(), "FACTOR", 10.0)
    for rule in (of_a_global, of_a_closure, own.rule):
        np.testing.assert_allclose(applied(rule, (0.1,))[0], np.array(P) - np.array(G))


def noisy(p, g, lr):
    return p - lr * g + np.random.normal()  # noqa: NPY002


def test_random_numbers_are_drawn_at_each_step():
    with pytest.raises(NotTraceable):
        trace(noisy, 2)


def of_any_number(p, g, *scalars):
    return p - scalars[0] * g - scalars[-1] * p


def with_a_default(p, g, lr, eps=0.5):
    return p - lr * g + eps


def test_arguments_of_any_number_and_defaults():
    np.testing.assert_allclose(applied(of_any_number, (0.1, 0.5))[0], [0.45, 1.1, 1.3])
    np.testing.assert_allclose(applied(with_a_default, (0.1,))[0], [1.45, 2.6, 3.3])


def plain(p, g, lr, decay):
    return p - lr * (g + decay * p)


@pytest.mark.parametrize("scalars", [(), (0.1,), (0.1, 0.2, 0.3)])
def test_a_wrong_number_of_scalars_is_said(scalars):
    with pytest.raises(TypeError, match=r"^plain: expected scalars\(\) to give the 2"):
        applied(plain, scalars)


def in_place(p, g, m, beta):
    m *= beta
    g += m
    return p - g, m


def test_a_formula_that_works_in_place_leaves_the_gradient_alone():
    p, m = applied(in_place, (0.5,), ([2.0, 4.0, 6.0],))
    np.testing.assert_allclose(p, [-0.5, 1.0, -2.0])
    np.testing.assert_allclose(m, [1.0, 2.0, 3.0])
