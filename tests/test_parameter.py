"""Parameters: lazy zeroing, accumulation, assignment, freezing, copies."""

import copy
import pickle

import numpy as np
import pytest
from arrays import read_only

from minitorch_np.nn import Parameter


@pytest.fixture
def p():
    return Parameter(np.arange(6.0).reshape(2, 3))


G = np.array([[1.0, -1.0, 2.0], [0.5, 0.0, -3.0]])


# ---- making one --------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_keeps_the_dtype_and_copies(dtype):
    source = np.ones((2, 3), dtype)
    p = Parameter(source)
    source[...] = 5
    assert p.dtype == dtype and (p.data == 1).all()
    assert (p.shape, p.ndim, p.size, len(p)) == ((2, 3), 2, 6, 2)


def test_takes_lists_scalars_and_any_layout():
    assert Parameter([1.0, 2.0]).dtype == np.float64
    assert Parameter(3.0).shape == () and Parameter(np.zeros((0, 4))).size == 0
    p = Parameter(read_only(np.arange(6.0).reshape(2, 3)).T[::-1])
    assert p.data.flags.c_contiguous and p.data.flags.writeable
    assert p.data.tolist() == [[2, 5], [1, 4], [0, 3]]


@pytest.mark.parametrize("data", [[1, 2], [True], [1j], ["a"], [None]])
def test_refuses_what_is_not_floating_point(data):
    with pytest.raises(TypeError, match=r"Parameter: expected floating-point data, got .*astype"):
        Parameter(data)


def test_reads_as_an_array(p):
    np.testing.assert_array_equal(np.asarray(p), p.data)
    assert np.shares_memory(np.asarray(p), p.data)
    assert np.asarray(p, np.float32).dtype == np.float32
    assert not np.shares_memory(np.array(p), p.data)
    assert float(np.sum(p)) == 15
    assert "Parameter containing:" in repr(p) and "requires_grad" not in repr(p)
    assert repr(p.requires_grad_(False)).endswith("requires_grad=False")


# ---- the gradient ------------------------------------------------------------------------------


def test_starts_without_a_gradient_and_asking_does_not_mark(p):
    assert not p.has_grad and not p.has_grad
    p.grad  # noqa: B018
    assert p.has_grad and not p.grad.any() and p.grad.shape == p.shape


def add_in_place(p, g):
    p.grad += g


def add_by_rows(p, g):
    for i in range(len(g)):
        p.grad[i] += g[i]


def add_at(p, g):
    np.add.at(p.grad, [0, 1], g)


def add_out(p, g):
    np.add(p.grad, g, out=p.grad)


def accumulate(p, g):
    p.accumulate(np.multiply, g, 1.0)


def assign_sum(p, g):
    p.grad = p.grad + g


@pytest.mark.parametrize(
    "add", [add_in_place, add_by_rows, add_at, add_out, accumulate, assign_sum]
)
def test_every_way_to_add_accumulates_from_zero(p, add):
    for _ in range(2):
        add(p, G)
        assert p.has_grad
        np.testing.assert_array_equal(p.grad, G)
        add(p, G)
        np.testing.assert_array_equal(p.grad, 2 * G)
        p.zero_grad()
        assert not p.has_grad


def test_a_stale_gradient_is_never_seen(p):
    p.grad += G
    kept = p.grad
    p.zero_grad()
    assert not p.grad.any()
    assert kept is p.grad
    p.grad += G
    p.grad = None
    assert not p.has_grad
    p.grad[0, 0] += 1
    assert p.grad.tolist() == [[1, 0, 0], [0, 0, 0]]


def test_assigning_copies_and_casts(p):
    g = np.array(G, np.float32)
    p.grad = g
    g[...] = 9
    np.testing.assert_array_equal(p.grad, G)
    assert p.grad.dtype == np.float64
    p.grad = [[1, 2, 3], [4, 5, 6]]
    assert p.grad.sum() == 21
    p.grad = p.grad[::-1]  # a view of itself
    assert p.grad.tolist() == [[4, 5, 6], [1, 2, 3]]


def test_assigning_the_gradient_of_another(p):
    other = Parameter(np.zeros((2, 3)))
    other.grad += G
    p.grad = other.grad
    other.grad += 1
    np.testing.assert_array_equal(p.grad, G)


@pytest.mark.parametrize("name", ["data", "grad"])
@pytest.mark.parametrize(
    "value, error, sentence",
    [
        (np.zeros(3), ValueError, r"expected shape \(2, 3\), got \(3,\); a parameter keeps its"),
        (0.0, ValueError, r"expected shape \(2, 3\), got \(\)"),
        (np.zeros((2, 3), complex), TypeError, "expected real numbers, got complex128"),
        (np.full((2, 3), "a"), TypeError, "expected real numbers, got <U1"),
    ],
)
def test_refuses_other_shapes_and_kinds(p, name, value, error, sentence):
    p.grad += G
    before, grad = p.data.copy(), p.grad.copy()
    with pytest.raises(error, match=rf"Parameter\.{name}: {sentence}"):
        setattr(p, name, value)
    np.testing.assert_array_equal(p.data, before)
    np.testing.assert_array_equal(p.grad, grad)


def test_a_refused_gradient_does_not_mark(p):
    with pytest.raises(ValueError, match="expected shape"):
        p.grad = np.zeros(5)
    assert not p.has_grad


# ---- accumulate --------------------------------------------------------------------------------


def test_accumulate_writes_straight_into_the_gradient(p):
    outs = []

    def operation(a, b, out=None):
        outs.append(out)
        return np.add(a, b, out=out)

    p.accumulate(operation, G, b=1)
    p.accumulate(operation, G, b=2)
    assert outs[0] is p.grad and outs[1] is None
    np.testing.assert_array_equal(p.grad, 2 * G + 3)


def test_accumulate_after_another_way_of_adding(p):
    p.grad += G
    p.accumulate(np.multiply, G, 2.0)
    np.testing.assert_array_equal(p.grad, 3 * G)
    matrix = Parameter(np.zeros((2, 4), np.float32))
    x, dy = np.ones((5, 4)), np.ones((5, 2))
    matrix.accumulate(np.matmul, dy.T, x)  # float64 into float32
    assert matrix.grad.dtype == np.float32 and (matrix.grad == 5).all()


def test_accumulate_that_fails_leaves_no_mark(p):
    with pytest.raises(ValueError):
        p.accumulate(np.add, np.zeros(4), np.zeros(5))
    assert not p.has_grad and not p.grad.any()


# ---- the data ----------------------------------------------------------------------------------


def test_data_is_assigned_in_place(p):
    memory = p.data
    p.data = np.full((2, 3), 7, np.int8)
    assert p.data is memory and (memory == 7).all() and memory.dtype == np.float64
    p.data += 1
    assert p.data is memory and (memory == 8).all()
    p.data[0] = 0
    p.data *= 0.5
    assert memory.tolist() == [[0, 0, 0], [4, 4, 4]]
    p.data = p.data[:, ::-1] + 1
    p.data = p.data[::-1]  # a view of itself
    assert memory.tolist() == [[5, 5, 5], [1, 1, 1]]
    p.data = Parameter(np.ones((2, 3)))
    assert (memory == 1).all()


def test_the_dtype_stays_when_float64_is_assigned_to_float32():
    p = Parameter(np.zeros(2, np.float32))
    p.data = np.array([1 / 3, 2.0])
    p.grad = np.array([1 / 3, 2.0])
    assert p.dtype == p.grad.dtype == np.float32


def test_a_scalar_parameter():
    p = Parameter(2.0)
    memory = p.data
    p.data += 1
    p.grad += 5
    p.accumulate(np.add.reduce, np.ones(3), axis=0)
    assert p.data is memory and p.data == 3 and p.grad == 8 and p.grad.shape == ()


# ---- freezing ----------------------------------------------------------------------------------


def test_a_frozen_parameter_takes_no_gradient(p):
    p.grad += G
    assert p.requires_grad_(False) is p
    assert not p.requires_grad and not p.has_grad

    def never(*args, **kwargs):
        raise AssertionError("a frozen parameter does not even run the product")

    p.accumulate(never, G)
    p.grad += G  # harmless: nobody will read it
    assert not p.has_grad
    with pytest.raises(ValueError, match="a frozen parameter takes no gradient"):
        p.grad = G
    p.grad = None
    p.requires_grad_()
    assert p.requires_grad and not p.has_grad and not p.grad.any()


def test_made_frozen():
    p = Parameter([1.0], requires_grad=False)
    assert not p.requires_grad and not copy.deepcopy(p).requires_grad
    assert not pickle.loads(pickle.dumps(p)).requires_grad


# ---- copies ------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", [copy.deepcopy, copy.copy, lambda p: pickle.loads(pickle.dumps(p))])
def test_copies_have_their_own_memory_and_no_gradient(p, how):
    p.grad += G
    twin = how(p)
    np.testing.assert_array_equal(twin.data, p.data)
    assert not np.shares_memory(twin.data, p.data) and not twin.has_grad
    twin.data += 1
    twin.grad += 1
    assert p.data.sum() == 15
    np.testing.assert_array_equal(p.grad, G)


def test_a_deep_copy_is_made_once(p):
    first, second = copy.deepcopy([p, p])
    assert first is second


def test_cast(p):
    p.grad += G
    p.cast(np.float32)
    assert p.dtype == p.grad.dtype == np.float32 and p.has_grad
    np.testing.assert_array_equal(p.grad, G)
    memory = p.data
    p.cast(np.float32)
    assert p.data is memory


def test_two_parameters_are_equal_only_if_they_are_one(p):
    other = Parameter(p.data)
    assert p == p and p != other and len({p, other, p}) == 2
