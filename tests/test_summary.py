"""The summary of a network."""

import numpy as np

import minitorch_np as mt
from minitorch_np import nn


def test_rows_shapes_and_counts():
    net = nn.Sequential(
        nn.Flatten(),
        nn.Linear(784, 32),
        nn.Residual(nn.Linear(32, 32), nn.Dropout()),
        nn.Linear(32, 10, bias=False),
    )
    net[1].requires_grad_(False)
    net[2].eval()
    modes = [m.training for m in net.modules()]
    found = mt.summary(net, (28, 28))
    assert [(row.name, row.kind, row.output_shape, row.parameters) for row in found.rows] == [
        ("0", "Flatten", (1, 784), 0),
        ("1", "Linear", (1, 32), 25_120),
        ("2.body.0", "Linear", (1, 32), 1_056),
        ("2.body.1", "Dropout", (1, 32), 0),
        ("3", "Linear", (1, 10), 320),
    ]
    assert found.total == 26_496
    assert found.trainable == 1_376
    assert modes == [m.training for m in net.modules()]
    assert all(not m._records and "forward" not in vars(m) for m in net.modules())
    assert "26,496 parameters, 1,376 trainable" in str(found)


def test_shared_layers_run_twice_and_count_once():
    layer = nn.Linear(4, 4)
    found = mt.summary(nn.Sequential(layer, nn.ReLU(), layer), (4,))
    assert len(found.rows) == 3
    assert found.total == 20


def test_float64_networks():
    assert mt.summary(nn.Sequential(nn.Linear(2, 2)).double(), (2,)).total == 6


def test_parameters_beside_layers_have_a_row():
    class Scaled(nn.Module):
        def __init__(self):
            super().__init__()
            self.linear = nn.Linear(3, 2)
            self.scale = nn.Parameter(np.ones(2, np.float32))

        def forward(self, x):
            return self.scale.data * self.linear(x)

    found = mt.summary(nn.Sequential(Scaled()), (3,))
    assert [(row.name, row.kind, row.parameters) for row in found.rows] == [
        ("0.linear", "Linear", 8),
        ("0", "Scaled", 2),
    ]
    assert [row.name for row in mt.summary(Scaled(), (3,)).rows] == ["linear", ""]
