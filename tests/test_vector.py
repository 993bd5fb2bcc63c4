"""Parameters as one vector, modules by name, and the initial values that need linear algebra."""

import numpy as np
import pytest
from arrays import close

from minitorch_np import nn, optim
from minitorch_np.nn import init
from minitorch_np.nn.utils import parameters_to_vector, vector_to_parameters

# ---- vectors -----------------------------------------------------------------------------------


@pytest.mark.parametrize("packed", [False, True])
def test_there_and_back(packed):
    net = nn.Sequential(nn.Linear(3, 2), nn.Linear(2, 2, bias=False))
    if packed:
        optim.SGD(net.parameters())
    vector = parameters_to_vector(net.parameters())
    assert vector.shape == (12,) and not np.shares_memory(vector, net[0].weight.data)
    memory = net[0].weight.data
    vector_to_parameters(vector[::-1], net.parameters())
    assert net[0].weight.data is memory
    close(parameters_to_vector(net.parameters()), vector[::-1])


@pytest.mark.parametrize("shape", [(11,), (13,), (3, 4), ()])
def test_a_vector_that_does_not_fit_changes_nothing(shape):
    net = nn.Sequential(nn.Linear(3, 2), nn.Linear(2, 2, bias=False))
    before = parameters_to_vector(net.parameters())
    with pytest.raises(ValueError, match=r"expected a vector of shape \(12,\)"):
        vector_to_parameters(np.zeros(shape), net.parameters())
    close(parameters_to_vector(net.parameters()), before)


def test_no_parameters_are_an_empty_vector():
    assert parameters_to_vector([]).shape == (0,)


# ---- modules by name ---------------------------------------------------------------------------


def test_a_dict_of_modules():
    heads = nn.ModuleDict([("a", nn.Linear(2, 3)), ("b", nn.ReLU())])
    assert list(heads) == list(heads.keys()) == ["a", "b"] and len(heads) == 2
    assert "a" in heads and "c" not in heads
    assert list(heads.state_dict()) == ["a.weight", "a.bias"]
    heads["c"] = nn.Linear(3, 1)
    heads.update({"b": nn.Tanh()})
    assert [type(m).__name__ for m in heads.values()] == ["Linear", "Tanh", "Linear"]
    assert heads.pop("a").out_features == 3
    assert [name for name, _ in heads.items()] == ["b", "c"]
    assert len(list(heads.parameters())) == 2
    heads.clear()
    assert len(heads) == 0 and not list(heads.parameters())


def test_what_a_dict_of_modules_refuses():
    heads = nn.ModuleDict()
    with pytest.raises(TypeError, match="expected a Module as 'a'"):
        heads["a"] = np.tanh
    with pytest.raises(KeyError, match="attribute 'keys' exists already"):
        heads["keys"] = nn.ReLU()
    for call in (lambda: heads["a"], lambda: heads.pop("a"), lambda: heads.__delitem__("forward")):
        with pytest.raises(KeyError):
            call()


# ---- initial values ----------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(5, 5), (3, 7), (7, 3), (4, 3, 2, 2), (1, 1)])
def test_orthogonal(shape):
    w = init.orthogonal_(np.empty(shape), gain=2.0, rng=0).reshape(shape[0], -1)
    small = w @ w.T if w.shape[0] <= w.shape[1] else w.T @ w
    close(small, 4 * np.eye(len(small)), rtol=1e-12, atol=1e-12)


def test_orthogonal_is_uniform_over_signs():
    firsts = [init.orthogonal_(np.empty((2, 2)), rng=seed)[0, 0] for seed in range(400)]
    assert 0.4 < np.mean(np.array(firsts) > 0) < 0.6


@pytest.mark.parametrize("shape", [(), (5,)])
def test_orthogonal_needs_a_matrix(shape):
    with pytest.raises(ValueError, match="expected at least 2 dimensions"):
        init.orthogonal_(np.empty(shape))


@pytest.mark.parity
@pytest.mark.parametrize(
    ("mean", "std", "a", "b"), [(0, 1, -2, 2), (1, 0.5, 0.9, 3), (0, 0.02, -2, 2)]
)
def test_the_truncated_normal_is_pytorchs(mean, std, a, b, torch):
    x = init.trunc_normal_(np.empty(200_000), mean, std, a, b, rng=0)
    y = torch.nn.init.trunc_normal_(torch.empty(200_000), mean, std, a, b).numpy()
    assert a <= x.min() and x.max() <= b
    close(np.quantile(x, [0.1, 0.5, 0.9]), np.quantile(y, [0.1, 0.5, 0.9]), atol=0.02 * std, rtol=0)


@pytest.mark.parametrize("options", [{"a": 1, "b": 0}, {"std": 0}, {"a": 50, "b": 60}])
def test_an_interval_without_draws_is_refused(options):
    with pytest.raises(ValueError, match=r"expected \[a, b\] to hold some of N"):
        init.trunc_normal_(np.empty(3), **options)
