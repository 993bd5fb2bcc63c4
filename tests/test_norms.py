"""Running statistics, as PyTorch keeps them, and what empty batches do to them."""

import numpy as np
import pytest
from arrays import close

import minitorch_np as mt
from minitorch_np import nn

SHAPES = [(5, 3), (2, 3), (4, 3, 7), (1, 3, 2), (6, 3)]


@pytest.mark.parity
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("momentum", [0.1, 0.7, 1.0, None])
def test_running_statistics_walk_with_pytorchs(momentum, dtype, torch, rng):
    module = nn.BatchNorm1d(3, momentum=momentum)
    twin = torch.nn.BatchNorm1d(3, momentum=momentum)
    if dtype == "float64":
        module, twin = module.double(), twin.double()
    rtol = 1e-5 if dtype == "float32" else 1e-12
    for shape in SHAPES:
        x = (3 + 2 * rng.standard_normal(shape)).astype(dtype)
        close(module(x), twin(torch.tensor(x)).detach(), rtol=rtol, atol=1e-5 if rtol > 1e-9 else 0)
        for name, value in twin.state_dict().items():
            close(module.state_dict()[name], value, rtol=rtol, what=name)
    module.eval(), twin.eval()
    x = rng.standard_normal((4, 3)).astype(dtype)
    close(module(x), twin(torch.tensor(x)).detach(), rtol=10 * rtol, atol=10 * rtol)


def test_a_large_mean_does_not_eat_the_variance(rng):
    x = (1000 + rng.standard_normal((4096, 2))).astype(np.float32)
    y = nn.BatchNorm1d(2, affine=False)(x)
    close(y.astype(np.float64).var(axis=0), [1, 1], rtol=1e-3)


def test_statistics_are_tracked_in_training_alone(rng):
    norm = nn.BatchNorm1d(3)
    x = rng.standard_normal((5, 3))
    norm.eval()(x)
    assert norm.num_batches_tracked == 0 and not norm.running_mean.any()
    with mt.no_grad():
        norm.train()(x)
    assert norm.num_batches_tracked == 1 and norm.running_mean.any()
    norm.reset_running_stats()
    assert norm.num_batches_tracked == 0 and not norm.running_mean.any()


def test_an_empty_batch_leaves_the_statistics_alone():
    norm = nn.BatchNorm1d(3)
    y = norm(np.zeros((0, 3)))
    assert y.shape == (0, 3) and norm.backward(y).shape == (0, 3)
    assert norm.num_batches_tracked == 0 and not norm.running_mean.any()
    assert not norm.weight.grad.any() and not norm.bias.grad.any()


def test_new_parameters():
    for norm in (nn.BatchNorm1d(3), nn.LayerNorm((2, 3))):
        norm.weight.data = np.full(norm.weight.shape, 5)
        norm.bias.data = np.full(norm.bias.shape, 5)
        norm.reset_parameters()
        assert (norm.weight.data == 1).all() and (norm.bias.data == 0).all()


def test_frozen_scales_get_no_gradient(rng):
    for norm in (nn.BatchNorm1d(4), nn.LayerNorm(4)):
        norm.requires_grad_(False)
        y = norm(rng.standard_normal((3, 4)))
        assert norm.backward(np.ones_like(y)).shape == (3, 4)
        assert not norm.weight.has_grad and not norm.bias.has_grad


def test_gradients_accumulate(rng):
    for norm in (nn.BatchNorm1d(4), nn.LayerNorm(4)):
        x, dy = rng.standard_normal((3, 4)), rng.standard_normal((3, 4))
        norm(x)
        norm.backward(dy)
        once = norm.weight.grad.copy(), norm.bias.grad.copy()
        norm(x)
        norm.backward(dy)
        close(norm.weight.grad, 2 * once[0], rtol=1e-5)
        close(norm.bias.grad, 2 * once[1], rtol=1e-5)


@pytest.mark.parametrize(
    "build",
    [lambda: nn.BatchNorm1d(2, affine=False), lambda: nn.LayerNorm(2, elementwise_affine=False)],
)
@pytest.mark.parametrize("integer", [np.int64, np.uint8, bool])
def test_integers_become_floats(build, integer):
    x = np.array([[1, 0], [0, 0], [1, 1]]).astype(integer)
    close(build()(x), build()(x.astype(np.float64)))


@pytest.mark.parity
def test_large_half_precision_numbers(torch):
    x = np.array([[300, -300, 100, 0]], np.float16)
    twin = torch.nn.LayerNorm(4, elementwise_affine=False)(torch.tensor(x))
    y = nn.LayerNorm(4, elementwise_affine=False)(x)
    assert y.dtype == np.float16
    close(y, twin, rtol=2e-3)
    close(nn.BatchNorm1d(1, affine=False)(x.T), twin.T, rtol=2e-3)
