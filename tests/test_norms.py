"""What the four proofs do not ask of norms: running statistics, many values, layouts, threads."""

import numpy as np
import pytest
from arrays import close
from engines import on_engines
from passes import channels_last, images, there_and_back

import minitorch_np as mt
from minitorch_np import nn
from minitorch_np.nn.batchnorm import arrays, columns

BATCHES = {
    "BatchNorm1d": [(5, 3), (2, 3), (4, 3, 7), (1, 3, 2), (0, 3), (6, 3)],
    "BatchNorm2d": [(5, 3, 2, 2), (1, 3, 4, 3), (40, 3, 16, 16), (0, 3, 1, 2), (2, 3, 1, 1)],
}


pytestmark = pytest.mark.usefixtures("the_number_of_threads_as_it_was")


# ---- batch normalisation: statistics -----------------------------------------------------------


@pytest.mark.parity
@on_engines
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("momentum", [0.1, 0.7, 1.0, None])
@pytest.mark.parametrize("name", BATCHES)
def test_running_statistics_walk_with_pytorchs(name, momentum, dtype, engine, torch, rng):
    mt.set_engine(engine)
    module = getattr(nn, name)(3, momentum=momentum)
    twin = getattr(torch.nn, name)(3, momentum=momentum)
    if dtype == "float64":
        module, twin = module.double(), twin.double()
    rtol, atol = (1e-5, 1e-5) if dtype == "float32" else (1e-10, 1e-12)
    for shape in BATCHES[name]:
        x = (3 + 2 * rng.standard_normal(shape)).astype(dtype)
        close(module(x), twin(torch.tensor(x)).detach(), rtol=rtol, atol=atol)
        for key, value in twin.state_dict().items():
            close(module.state_dict()[key], value, rtol=rtol, what=key)
    module.eval(), twin.eval()
    x = rng.standard_normal(BATCHES[name][0]).astype(dtype)
    dy = rng.standard_normal(x.shape).astype(dtype)
    x_torch = torch.tensor(x, requires_grad=True)
    with mt.enable_grad():
        y = module(x)
    y_torch = twin(x_torch)
    y_torch.backward(torch.tensor(dy))
    close(y, y_torch.detach(), rtol=10 * rtol, atol=10 * atol)
    close(module.backward(dy), x_torch.grad, rtol=10 * rtol, atol=10 * atol)
    for p, q in zip(module.parameters(), twin.parameters(), strict=True):
        close(p.grad, q.grad, rtol=10 * rtol, atol=10 * atol)


def test_a_backward_pass_in_eval_uses_the_statistics_of_its_forward_pass(rng):
    norm, x, dy = nn.BatchNorm1d(3).eval(), rng.standard_normal((5, 3)), rng.standard_normal((5, 3))
    with mt.enable_grad():
        norm(x)
    norm.running_mean += 100
    norm.running_var *= 100
    close(norm.backward(dy), dy, rtol=1e-5, atol=1e-5)
    close(norm.weight.grad, (dy * x).sum(axis=0), rtol=1e-4, atol=1e-4)


@on_engines
@pytest.mark.parametrize("mean", [1e3, 1e6])
@pytest.mark.parametrize("shape", [(4096, 2), (40_000, 20)])
def test_a_large_mean_does_not_eat_the_variance(shape, mean, engine):
    mt.set_engine(engine)
    y = nn.BatchNorm1d(shape[1], affine=False)(images(*shape, mean=mean))
    close(y.astype(np.float64).var(axis=0), np.ones(shape[1]), rtol=1e-3)


@on_engines
@pytest.mark.parametrize("far", [0, 1e4])
@pytest.mark.parametrize("odd", [slice(0, 0), slice(0, 1), slice(1, None), slice(None, None, 196)])
def test_statistics_are_exact_with_rows_far_from_all_others(odd, far, engine, rng):
    mt.set_engine(engine)
    x = rng.standard_normal((50_176, 3)).astype(np.float32) + np.float32(far)
    x[odd] += 1e4
    norm = nn.BatchNorm1d(3, momentum=1.0)
    norm(x)
    exact = x.astype(np.float64)
    close(norm.running_mean, exact.mean(0), rtol=1e-6, atol=1e-6)
    close(norm.running_var, exact.var(0, ddof=1), rtol=3e-6)


@on_engines
@pytest.mark.parametrize("rows", [200, 5000])
def test_squares_may_leave_the_range_of_numbers(rows, engine):
    """Those of the distances from the mean do not."""
    mt.set_engine(engine)
    x = images(rows, 3, dtype=np.float64)
    norm = nn.BatchNorm1d(3, momentum=1.0)
    y = norm((3e18 * (1 + 1e-3 * x)).astype(np.float32))
    close(norm.running_var, 9e30 * x.var(0, ddof=1), rtol=1e-3)
    close(y, (x - x.mean(0)) / x.std(0), rtol=1e-3, atol=1e-3)
    norm(1e-30 * x)
    assert (norm.running_var >= 0).all()


@on_engines
def test_half_precision_numbers_are_summed_in_single(engine, rng):
    mt.set_engine(engine)
    x = (3.9 + rng.standard_normal((200, 3)) / 4).astype(np.float16)
    norm = nn.BatchNorm1d(3, affine=False, momentum=1.0)
    norm(x)
    exact = x.astype(np.float64)
    close(norm.running_mean, exact.mean(0), rtol=1e-6)
    close(norm.running_var, exact.var(0, ddof=1), rtol=1e-5)


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


@on_engines
@pytest.mark.parametrize("shape", [(0, 3), (0, 3, 4), (0, 3, 2, 2), (2, 3, 0, 4)])
def test_an_empty_batch_is_counted_and_leaves_the_statistics_alone(shape, engine):
    """As in PyTorch, which the walk of the running statistics compares."""
    mt.set_engine(engine)
    norm = nn.BatchNorm2d(3) if len(shape) == 4 else nn.BatchNorm1d(3)
    y = norm(np.zeros(shape))
    assert y.shape == shape and norm.backward(y).shape == shape
    assert norm.num_batches_tracked == 1
    assert not norm.running_mean.any() and (norm.running_var == 1).all()
    assert not norm.weight.grad.any() and not norm.bias.grad.any()


# ---- batch normalisation: many values ----------------------------------------------------------


@pytest.mark.parity
@on_engines
@pytest.mark.parametrize("layout", [np.asarray, channels_last])
@pytest.mark.parametrize(
    "shape",
    [
        (64, 1, 28, 28),
        (16, 3, 31, 17),
        (63, 6, 13, 11),
        (32, 20, 23, 23),
        (2, 96, 56, 56),
        (64, 600, 3, 3),
    ],
    ids=str,
)
def test_float32_on_images_of_a_net(shape, layout, engine, torch):
    mt.set_engine(engine)
    x, dy = images(*shape, mean=2), images(*shape, seed=1, mean=0.5)
    ours, theirs = nn.BatchNorm2d(shape[1]), torch.nn.BatchNorm2d(shape[1])
    for name, values in (("weight", images(shape[1])), ("bias", images(shape[1], seed=1))):
        getattr(ours, name).data = values
        getattr(theirs, name).data = torch.tensor(values)
    xt = torch.tensor(x, requires_grad=True)
    yt = theirs(xt)
    yt.backward(torch.tensor(dy))
    twins = [yt, xt.grad, theirs.weight.grad, theirs.bias.grad]
    results = there_and_back(ours, layout(x), layout(dy))
    for a, b in zip(results, twins, strict=True):
        b = b.detach().numpy()
        assert np.abs(a - b).max() <= 1e-5 * np.abs(b).max()


@pytest.mark.parametrize("shape", [(7, 3, 4, 4), (5, 2, 3, 3), (9, 20, 3, 2)], ids=str)
def test_blocks_engines_and_short_rows_change_nothing_but_rounding(shape, monkeypatch):
    norm = nn.BatchNorm2d(shape[1]).double()
    x, dy = images(*shape, mean=3, dtype=np.float64), images(*shape, seed=1, dtype=np.float64)
    mt.set_engine("numpy")
    expected = there_and_back(norm, x, dy)

    def check():
        for a, b in zip(there_and_back(norm, x, dy), expected, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-12)

    for small, long, at_once in ((0, 1, 1), (0, 7, 30), (0, 200, 1), (0, 10_000, 1), (0, 64, 500)):
        monkeypatch.setattr(arrays, "SMALL", small)
        monkeypatch.setattr(arrays, "LONG", long)
        monkeypatch.setattr(arrays, "MIDDLING", long)
        monkeypatch.setattr(arrays, "AT_ONCE", at_once)
        monkeypatch.setattr(arrays, "LEAST", 1)
        check()
    mt.set_engine("auto")
    for block, rows, narrow in ((1, 1, 1), (1, 5, 16), (40, 2, 100), (8192, 64, 16)):
        monkeypatch.setattr(columns, "BLOCK", block)
        monkeypatch.setattr(columns, "LEAST", rows)
        monkeypatch.setattr(columns, "ROWS", rows)
        monkeypatch.setattr(columns, "NARROW", narrow)
        check()


def test_threads_without_numba_change_nothing_but_rounding(monkeypatch):
    mt.set_engine("numpy")
    sizes = {"SMALL": 0, "LONG": 100, "MIDDLING": 50, "AT_ONCE": 700, "LEAST": 1, "GRAIN": 1}
    for name, value in sizes.items():
        monkeypatch.setattr(arrays, name, value)
    for channels in (1, 5, 32):
        x, dy = (images(33, channels, 9, 9, seed=i) for i in (0, 1))
        norm = nn.BatchNorm2d(channels)
        mt.set_num_threads(1)
        expected = there_and_back(norm, x, dy)
        for threads in (2, 3, 9):
            mt.set_num_threads(threads)
            results = there_and_back(norm, x, dy)
            for a, b in zip(results, expected, strict=True):
                np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-5)
            for a, b in zip(there_and_back(norm, x, dy), results, strict=True):
                assert a.tobytes() == b.tobytes()


@on_engines
def test_the_number_of_threads_changes_nothing(engine, monkeypatch):
    mt.set_engine(engine)
    monkeypatch.setattr(columns, "GRAIN", 1)
    for channels in (5, 32):
        norm, x, dy = (
            nn.BatchNorm2d(channels),
            *(images(33, channels, 9, 9, seed=i) for i in (0, 1)),
        )
        mt.set_num_threads(1)
        expected = there_and_back(norm, x, dy)
        for threads in (2, 3, 9):
            mt.set_num_threads(threads)
            for a, b in zip(there_and_back(norm, x, dy), expected, strict=True):
                assert a.tobytes() == b.tobytes()


@on_engines
@pytest.mark.parametrize("shape", [(6, 3, 5, 4), (3, 20, 5), (4, 5)], ids=str)
def test_images_whose_channels_lie_side_by_side_are_not_copied(shape, engine):
    mt.set_engine(engine)
    norm = nn.BatchNorm2d(shape[1]) if len(shape) == 4 else nn.BatchNorm1d(shape[1])
    x, dy = images(*shape), images(*shape, seed=1)
    expected = there_and_back(norm, x, dy)
    last, upstream = channels_last(x), channels_last(dy)
    results = there_and_back(norm, last, upstream)
    for a, b in zip(results, expected, strict=True):
        np.testing.assert_array_equal(a, b)
    for image in results[:2]:
        assert np.moveaxis(image, 1, -1).flags.c_contiguous
    norm(last)
    assert np.shares_memory(norm.saved()[0], last)


# ---- all norms ---------------------------------------------------------------------------------


def test_new_parameters():
    for norm in (nn.BatchNorm2d(3), nn.GroupNorm(1, 3), nn.LayerNorm((2, 3))):
        norm.weight.data = np.full(norm.weight.shape, 5)
        norm.bias.data = np.full(norm.bias.shape, 5)
        norm.reset_parameters()
        assert (norm.weight.data == 1).all() and (norm.bias.data == 0).all()


def test_frozen_scales_get_no_gradient(rng):
    for norm in (nn.BatchNorm1d(4), nn.GroupNorm(2, 4), nn.LayerNorm(4)):
        norm.requires_grad_(False)
        y = norm(rng.standard_normal((3, 4)))
        assert norm.backward(np.ones_like(y)).shape == (3, 4)
        assert not norm.weight.has_grad and not norm.bias.has_grad


def test_gradients_accumulate(rng):
    for norm in (nn.BatchNorm1d(4), nn.GroupNorm(2, 4), nn.LayerNorm(4)):
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
    [
        lambda: nn.BatchNorm1d(2, affine=False),
        lambda: nn.GroupNorm(1, 2, affine=False),
        lambda: nn.LayerNorm(2, elementwise_affine=False),
    ],
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
    close(nn.GroupNorm(1, 4, affine=False)(x), twin, rtol=2e-3)
    norm = nn.BatchNorm1d(1, affine=False)
    close(norm(x.T), twin.T, rtol=2e-3)
    assert np.isfinite(norm.backward(x.T)).all()


# ---- group normalisation -----------------------------------------------------------------------


@pytest.mark.parity
@pytest.mark.parametrize("layout", [np.asarray, channels_last])
@pytest.mark.parametrize("groups", [1, 4, 12])
def test_groups_of_images_in_float32(groups, layout, torch):
    x, dy = images(3, 12, 40, 40, mean=3), images(3, 12, 40, 40, seed=1)
    ours, theirs = nn.GroupNorm(groups, 12), torch.nn.GroupNorm(groups, 12)
    xt = torch.tensor(x, requires_grad=True)
    yt = theirs(xt)
    yt.backward(torch.tensor(dy))
    results = there_and_back(ours, layout(x), layout(dy))
    for a, b in zip(results, [yt, xt.grad, theirs.weight.grad, theirs.bias.grad], strict=True):
        b = b.detach().numpy()
        assert np.abs(a - b).max() <= 2e-5 * np.abs(b).max()
    for image in results[:2]:
        assert image.strides == layout(x).strides


def test_groups_of_one_value_each_are_the_bias():
    """Alone, too; PyTorch refuses that."""
    norm = nn.GroupNorm(3, 3)
    norm.bias.data = [1, 2, 3]
    for samples in (1, 2):
        y = norm(images(samples, 3))
        np.testing.assert_array_equal(y, samples * [[1, 2, 3]])
        assert not norm.backward(np.ones_like(y)).any()


def test_groups_of_no_values():
    norm = nn.GroupNorm(2, 4)
    y = norm(np.ones((3, 4, 0)))
    assert y.shape == norm.backward(y).shape == (3, 4, 0)


def test_readable():
    assert repr(nn.GroupNorm(2, 4)) == "GroupNorm(2, 4, eps=1e-05, affine=True)"
    assert repr(nn.BatchNorm2d(4, momentum=None)) == (
        "BatchNorm2d(4, eps=1e-05, momentum=None, affine=True, track_running_stats=True)"
    )
