"""detect_anomaly: the first layer whose output or gradient is not finite, by its full name."""

import threading
import warnings

import numpy as np
import pytest

import minitorch_np as mt
from minitorch_np import AnomalyError, detect_anomaly, nn

X = np.array([[1.0, -2.0, 3.0], [4.0, 5.0, -6.0]])


class Spoils(nn.Module):
    """Passes everything through, but for what it is told to spoil."""

    def __init__(self, forward=None, backward=None, parameter=None):
        super().__init__()
        self.weight = nn.Parameter(np.ones(3))
        self.in_forward, self.in_backward, self.in_parameter = forward, backward, parameter

    def forward(self, x):
        y = x.copy()
        if self.in_forward is not None:
            y[0, 1] = self.in_forward
        return y

    def backward(self, dy):
        self.weight.grad += np.ones(3)
        if self.in_parameter is not None:
            self.weight.grad[2] = self.in_parameter
        dx = dy.copy()
        if self.in_backward is not None:
            dx[:, 0] = self.in_backward
        return dx


def net_with(*middle):
    """A network whose layers '1.0', '1.1', ... are the ones that are given."""
    return nn.Sequential(nn.Linear(3, 3, rng=0), nn.Sequential(*middle), nn.Linear(3, 2, rng=1))


def untouched(*roots):
    return not any({"forward", "backward"} & set(vars(m)) for root in roots for m in root.modules())


def sentence(net, dy=1.0, x=X, criterion=None):
    """What is said of one pass there and back."""
    watched = (net,) if criterion is None else (net, criterion)
    with pytest.raises(AnomalyError) as caught, detect_anomaly(*watched):
        y = net(x)
        if criterion is not None:
            criterion(y, np.zeros_like(y))
        net.backward(np.full(y.shape, dy) if criterion is None else criterion.backward())
    assert untouched(*watched)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_an_output():
    assert sentence(net_with(nn.Identity(), Spoils(forward=np.nan))) == (
        "detect_anomaly: expected finite values in the output of Spoils '1.1' in the forward pass, "
        "got 1 NaN of 6; its input, parameters and buffers are finite: look for an overflow, a "
        "division by 0 or a logarithm of 0, and lower the learning rate"
    )


def test_the_gradient_of_an_input():
    assert sentence(net_with(Spoils(backward=-np.inf), nn.Identity())) == (
        "detect_anomaly: expected finite values in the gradient of the input of Spoils '1.0' in "
        "the backward pass, got 2 infinite of 6; the gradient that it was given is finite: look at "
        "its backward, and lower the learning rate"
    )


def test_the_gradient_of_a_parameter():
    said = sentence(net_with(Spoils(parameter=np.nan)))
    assert "in the gradient of parameter 'weight' of Spoils '1.0' in the backward pass" in said
    assert "got 1 NaN of 3; the gradient that it was given is finite" in said


def test_nan_and_infinity_are_counted_apart():
    class Both(nn.Module):
        def forward(self, x):
            return np.array([np.nan, np.inf, -np.inf, 0.0])

    assert "output of Both in the forward pass, got 1 NaN and 2 infinite of 4" in sentence(Both())


def test_what_came_in_is_told_from_what_was_made():
    x = X.copy()
    x[1, 2] = np.nan
    said = sentence(net_with(nn.ReLU()), x=x)
    assert "the output of Linear '0' in the forward pass, got 3 NaN of 6" in said
    assert said.endswith("its input holds 1 NaN of 6: look at the data")


def test_a_parameter_that_is_spoilt_already():
    net = net_with(nn.ReLU())
    net[2].weight.data[0, 1] = np.nan
    said = sentence(net)
    assert "the output of Linear '2' in the forward pass" in said
    assert "its parameter 'weight' holds 1 NaN of 6 already: lower the learning rate" in said


def test_a_buffer_that_is_spoilt_already():
    net = net_with(nn.BatchNorm1d(3)).eval()
    net[1][0].running_mean[1] = np.nan
    said = sentence(net)
    assert "in the output of BatchNorm1d '1.0'" in said
    assert said.endswith(
        "its buffer 'running_mean' holds 1 NaN of 3 already: look at what it was trained on"
    )


def test_an_upstream_gradient_that_is_not_finite():
    said = sentence(net_with(nn.Tanh()), dy=np.inf)
    assert "gradient of the input of Linear '2' in the backward pass" in said
    assert "the gradient that it was given holds 4 infinite of 4: look at the loss" in said


def test_a_loss():
    class Roots(nn.L1Loss):
        """Σ √|x - t|, whose derivative at 0 is infinite."""

        def forward(self, input, target):
            self.remember(input - target)
            return float(np.sqrt(abs(input - target)).sum())

        def backward(self, dy=1.0):
            (difference,) = self.remembered()
            return dy * np.sign(difference) / (2 * np.sqrt(abs(difference)))

    said = sentence(nn.ReLU(), x=np.array([-1.0, 4.0]), criterion=Roots())
    assert "the gradient of the input of Roots in the backward pass, got 1 NaN of 2" in said

    class Infinite(nn.L1Loss):
        def forward(self, input, target):
            return float("inf")

    said = sentence(nn.ReLU(), criterion=Infinite())
    assert "the output of Infinite in the forward pass, got 1 infinite of 1" in said


def test_a_shared_module_goes_by_all_its_names():
    shared = Spoils()
    net = nn.Sequential({"first": shared, "again": nn.Sequential(nn.ReLU(), shared)})
    with detect_anomaly(net):
        net.backward(net(X))
    shared.in_backward = np.nan
    assert "the input of Spoils 'first' and 'again.1' in the backward pass" in sentence(net)


def test_a_shared_module_that_fails_at_its_second_use():
    class Squares(nn.Module):
        def forward(self, x):
            self.save(x)
            return x * x

        def backward(self, dy):
            (x,) = self.saved()
            return dy * 2 * x

    square = Squares()
    said = sentence(nn.Sequential(square, square), x=np.array([1e100]))
    assert "the output of Squares '0' and '1' in the forward pass, got 1 infinite of 1" in said


def test_the_innermost_layer_is_named():
    net = nn.Residual(nn.Sequential(nn.Tanh(), nn.Residual(Spoils(forward=np.inf))))
    assert "output of Spoils 'body.1.body' in the forward pass" in sentence(net)


def test_a_composite_of_ones_own_is_named_for_what_it_does_itself():
    class Divides(nn.Module):
        def __init__(self):
            super().__init__()
            self.body = nn.Identity()

        def forward(self, x):
            return self.body(x) / 0.0

    assert "output of Divides '0' in" in sentence(nn.Sequential(Divides()))


def test_several_outputs():
    class Two(nn.Module):
        def forward(self, x):
            return {"a": x, "rest": [x[:1], (np.float32("inf"), 3, None)]}

    assert "output of Two in the forward pass, got 1 infinite of 1;" in sentence(Two())


def test_what_is_finite_passes_and_nothing_changes():
    def outcome(watched):
        mt.manual_seed(0)
        net = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Dropout(), nn.Linear(4, 2))
        criterion = nn.CrossEntropyLoss()
        optimizer = mt.optim.Adam(net.parameters())
        for _ in range(3):
            with detect_anomaly(*((net, criterion) if watched else ())):
                optimizer.zero_grad()
                criterion(net(X), [0, 1])
                net.backward(criterion.backward())
                optimizer.step()
        return net.state_dict()

    plain, watched = outcome(False), outcome(True)
    for name, value in plain.items():
        np.testing.assert_array_equal(watched[name], value)


def test_the_grad_of_a_parameter_that_has_none_is_not_marked():
    net = nn.Sequential(nn.Linear(3, 2, input_grad=False))
    net[0].bias.requires_grad_(False)
    with detect_anomaly(net):
        net.backward(net(X))
    assert net[0].weight.has_grad and not net[0].bias.has_grad


def test_old_gradients_do_not_count_after_zero_grad():
    net = nn.Sequential(nn.Linear(3, 2))
    net(X)
    net.backward(np.full((2, 2), np.nan))
    net.zero_grad()
    with detect_anomaly(net):
        net.backward(net(X))


def test_nested_and_left_by_an_exception():
    net = net_with(Spoils())
    with pytest.raises(KeyError), detect_anomaly(net):
        raise KeyError("something else")
    assert untouched(net)
    with detect_anomaly(net):
        with detect_anomaly(net[1]):
            net(X)
        assert not untouched(net[1])  # the outer one watches on
        net[1][0].in_forward = np.nan
        with pytest.raises(AnomalyError, match=r"Spoils '1.0'"):
            net(X)
    assert untouched(net)
    assert np.isnan(net(X)).any()


def test_training_goes_on_after_an_anomaly():
    net = net_with(Spoils(forward=np.nan))
    with pytest.raises(AnomalyError), detect_anomaly(net):
        net(X)
    net[1][0].in_forward = None
    assert not any(m._records for m in net.modules())
    assert np.isfinite(net.backward(net(X))).all()


def test_numpys_warnings_give_way_to_the_sentence():
    class Logs(nn.Module):
        def forward(self, x):
            return np.log(x)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        said = sentence(Logs(), x=np.array([1.0, 0.0, -1.0]))
        assert "output of Logs in the forward pass, got 1 NaN and 1 infinite of 3" in said
        with pytest.raises(RuntimeWarning):
            np.log(np.zeros(1))


def test_two_threads_with_two_nets():
    nets, said = [net_with(Spoils()), net_with(Spoils(forward=np.nan))], [None, None]

    def work(i):
        try:
            with detect_anomaly(nets[i]):
                for _ in range(20):
                    nets[i].backward(nets[i](X))
        except AnomalyError as error:
            said[i] = str(error)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert said[0] is None and "Spoils '1.0'" in said[1]
    assert untouched(*nets)


def test_within_fit(rng):
    from minitorch_np.data import DataLoader, TensorDataset
    from minitorch_np.training import fit

    x = rng.normal(size=(32, 3)).astype(np.float32)
    loader = DataLoader(TensorDataset(x, rng.integers(0, 2, 32)), batch_size=8)
    net, criterion = net_with(nn.ReLU()), nn.CrossEntropyLoss()
    optimizer = mt.optim.SGD(net.parameters(), lr=1e30)
    with pytest.raises(AnomalyError, match=r"of Linear '\d' in the"), detect_anomaly(net):
        fit(net, criterion, optimizer, loader, epochs=5)
