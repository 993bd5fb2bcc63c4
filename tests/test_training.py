"""The training loop and its callbacks."""

import math

import numpy as np
import pytest

import minitorch_np as mt
from minitorch_np import nn, optim
from minitorch_np.data import DataLoader, TensorDataset
from minitorch_np.training import (
    Callback,
    EarlyStopping,
    NonFiniteLossError,
    Progress,
    Schedule,
    evaluate,
    fit,
    predict,
)


def problem(n=96, rng=0):
    rng = np.random.default_rng(rng)
    x = rng.normal(size=(n, 4)).astype(np.float32)
    return TensorDataset(x, (x[:, 0] + x[:, 1] > 0).astype(np.int64))


def network():
    return nn.Sequential(nn.Linear(4, 8, input_grad=False), nn.ReLU(), nn.Linear(8, 2))


def trained(**options):
    mt.manual_seed(0)
    model = network()
    optimizer = optim.Adam(model.parameters(), lr=0.01)
    loader = DataLoader(problem(), 16, shuffle=True)
    history = fit(model, nn.CrossEntropyLoss(), optimizer, loader, **{"epochs": 4, **options})
    return model, history


def test_fit_is_the_five_line_loop():
    model, history = trained()
    mt.manual_seed(0)
    other = network()
    optimizer = optim.Adam(other.parameters(), lr=0.01)
    criterion = nn.CrossEntropyLoss()
    loader = DataLoader(problem(), 16, shuffle=True)
    for _ in range(4):
        for x, y in loader:
            optimizer.zero_grad()
            loss = criterion(other(x), y)
            other.backward(criterion.backward())
            optimizer.step()
    for name, value in model.state_dict().items():
        assert np.array_equal(value, other.state_dict()[name])
    assert [row["epoch"] for row in history] == [1, 2, 3, 4]
    assert history[-1]["train_loss"] < history[0]["train_loss"]
    assert math.isfinite(loss)


def test_history_speaks_the_truth():
    validation = DataLoader(problem(40, rng=1), 7)
    model, history = trained(validation=validation)
    loss, accuracy = evaluate(model, nn.CrossEntropyLoss(), validation)
    assert history[-1]["val_loss"] == loss
    assert history[-1]["val_accuracy"] == accuracy
    scores, labels = predict(model, validation)
    assert scores.shape == (40, 2)
    assert mt.metrics.accuracy(scores, labels) == accuracy
    assert loss == pytest.approx(nn.CrossEntropyLoss()(scores, labels), rel=1e-6)


def test_validation_leaves_mode_and_no_records():
    model = network().train()
    model[1].eval()
    evaluate(model, nn.CrossEntropyLoss(), DataLoader(problem(), 32))
    assert [m.training for m in model.modules()] == [True, True, False, True]
    assert all(not m._records for m in model.modules())


def test_callbacks_are_told_in_order():
    events = []

    class Log(Callback):
        pass

    for name in ("fit_begin", "epoch_begin", "backward_end", "step_end", "epoch_end", "fit_end"):
        setattr(Log, f"on_{name}", lambda self, state, name=name: events.append(name))
    trained(epochs=2, callbacks=[Log()])
    one = ["epoch_begin", *["backward_end", "step_end"] * 6, "epoch_end"]
    assert events == ["fit_begin", *one, *one, "fit_end"]


def test_a_loss_that_is_not_finite_stops_before_the_parameters_are_spoiled():
    ended = []

    class End(Callback):
        def on_fit_end(self, state):
            ended.append((state.epoch, state.batch, state.step))

    dataset = problem()
    dataset.tensors[0][50] = np.nan
    model = network()
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    with pytest.raises(NonFiniteLossError, match=r"got nan at epoch 1, batch 4") as caught:
        fit(model, nn.CrossEntropyLoss(), optimizer, DataLoader(dataset, 16), callbacks=[End()])
    assert "\n" not in str(caught.value)
    assert ended == [(1, 4, 3)]
    assert all(np.isfinite(p.data).all() for p in model.parameters())


def test_diverging_says_one_sentence_and_warns_of_nothing():
    model = network()
    optimizer = optim.SGD(model.parameters(), lr=1e30)
    with pytest.raises(NonFiniteLossError):
        fit(model, nn.CrossEntropyLoss(), optimizer, DataLoader(problem(), 16), epochs=3)


def test_early_stopping_restores_the_best():
    states = []

    class Worse(Callback):
        def on_epoch_end(self, state):
            state.history[-1]["val_loss"] = [3.0, 1.0, 2.0, 2.0, 2.0, 2.0][state.epoch - 1]
            states.append(state.model.state_dict())

    model, history = trained(
        epochs=6,
        validation=DataLoader(problem(), 32),
        callbacks=[Worse(), EarlyStopping("val_loss", patience=2)],
    )
    assert len(history) == 4
    assert np.array_equal(model.state_dict()["0.weight"], states[1]["0.weight"])
    assert not np.array_equal(states[1]["0.weight"], states[3]["0.weight"])


def test_early_stopping_on_something_unknown():
    with pytest.raises(KeyError, match="val_los"):
        trained(callbacks=[EarlyStopping("val_los")])


def test_accuracy_is_watched_upwards():
    stop = EarlyStopping("train_accuracy", patience=1, restore_best=False)
    _, history = trained(epochs=50, callbacks=[stop])
    best = max(row["train_accuracy"] for row in history)
    assert len(history) < 50
    assert history[stop.best_epoch - 1]["train_accuracy"] == best


@pytest.mark.parametrize("every", ["batch", "epoch"])
def test_schedule_steps(every):
    rates = []

    class Watch(Callback):
        def on_step_end(self, state):
            rates.append(state.optimizer.param_groups[0]["lr"])

    mt.manual_seed(0)
    model = network()
    optimizer = optim.Adam(model.parameters(), lr=0.01)
    steps = 12 if every == "batch" else 2
    scheduler = optim.lr_scheduler.OneCycleLR(optimizer, 0.01, total_steps=steps)
    loader = DataLoader(problem(), 16)
    callbacks = [Watch(), Schedule(scheduler, every)]
    fit(model, nn.CrossEntropyLoss(), optimizer, loader, epochs=2, callbacks=callbacks)
    assert len(set(rates)) == (12 if every == "batch" else 2)
    assert scheduler.last_epoch == steps - 1


def test_a_plateau_lowers_the_rate():
    mt.manual_seed(0)
    model = network()
    optimizer = optim.SGD(model.parameters(), lr=0.5)
    scheduler = optim.lr_scheduler.ReduceLROnPlateau(optimizer, "max", patience=0, threshold=9)
    history = fit(
        *(model, nn.CrossEntropyLoss(), optimizer, DataLoader(problem(), 16)),
        epochs=4,
        callbacks=[Schedule(scheduler, "epoch", "train_accuracy")],
    )
    assert scheduler.best == history[0]["train_accuracy"]
    np.testing.assert_allclose([row["lr"] for row in history], [0.5, 0.5, 0.05, 0.005])


def test_a_plateau_needs_a_figure():
    optimizer = optim.SGD(network().parameters(), lr=0.5)
    plateau = optim.lr_scheduler.ReduceLROnPlateau(optimizer)
    with pytest.raises(ValueError, match="Schedule: expected every 'epoch' for ReduceLROnPlateau"):
        Schedule(plateau)
    with pytest.raises(KeyError, match=r"Schedule: expected one of epoch, lr.* got 'val_loss'"):
        trained(callbacks=[Schedule(plateau, "epoch")])


def test_what_is_right_is_counted():
    def fraction(output, target):
        return float(np.mean(output.argmax(axis=1) == target))

    with pytest.raises(TypeError, match=r"fit: expected correct.* to count what is right, got 0"):
        trained(correct=fraction)
    loader = DataLoader(problem(), 16)
    with pytest.raises(TypeError, match="evaluate: expected correct"):
        evaluate(network(), nn.CrossEntropyLoss(), loader, fraction)


def test_regression_has_no_accuracy():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(32, 4)).astype(np.float32)
    loader = DataLoader(TensorDataset(x, x[:, :1]), 8)
    model = nn.Linear(4, 1)
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    history = fit(model, nn.MSELoss(), optimizer, loader, epochs=3, validation=loader, correct=None)
    assert "train_accuracy" not in history[-1]
    assert history[-1]["val_loss"] < history[0]["val_loss"]


def test_progress_shows_a_bar_and_a_line(capsys):
    trained(epochs=2, callbacks=[Progress(every=0)], validation=DataLoader(problem(), 32))
    captured = capsys.readouterr()
    lines = captured.out.strip().splitlines()
    assert len(lines) == 2
    assert lines[1].startswith("epoch 2/2  train loss")
    assert "images/s" in lines[1]
    assert "epoch 1/2" in captured.err
    assert "loss=" in captured.err
    assert "accuracy=" in captured.err


def test_progress_without_a_bar(capsys):
    trained(epochs=1, callbacks=[Progress(bar=False)])
    captured = capsys.readouterr()
    assert captured.err == ""
    assert len(captured.out.splitlines()) == 1
