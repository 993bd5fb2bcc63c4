"""Callbacks of fit that keep, average and accumulate; what a checkpoint holds and refuses."""

import errno
import os
import signal
import threading

import numpy as np
import pytest

import minitorch_np as mt
from minitorch_np import nn, optim
from minitorch_np.data import DataLoader, TensorDataset
from minitorch_np.data.transforms import Compose
from minitorch_np.serialization import FormatError
from minitorch_np.training import (
    BestModel,
    Callback,
    Checkpoint,
    EarlyStopping,
    GradientAccumulation,
    Interrupted,
    Schedule,
    WeightAveraging,
    evaluate,
    fit,
)


class Noise:
    """An augmentation with a generator of its own."""

    def __init__(self, rng):
        self.rng = rng

    def __call__(self, x):
        return x + self.rng.normal(size=x.shape).astype(x.dtype)


class At(Callback):
    """Call a function when a step has been taken."""

    def __init__(self, step, function):
        self.step, self.function = step, function

    def on_step_end(self, state):
        if state.step == self.step:
            self.function()


class Stopped(Exception):
    pass


def stop():
    raise Stopped


def problem(n=60):
    x = np.random.default_rng(7).normal(size=(n, 4)).astype(np.float32)
    return TensorDataset(x, (x[:, 0] > 0).astype(np.int64))


def parts(rule=optim.Adam):
    """Network, optimizer and loader, all random in their own ways, as they are at first."""
    mt.manual_seed(0)
    model = nn.Sequential(
        nn.Linear(4, 8), nn.BatchNorm1d(8), nn.Dropout(0.3), nn.Dropout(0.3, rng=1), nn.Linear(8, 2)
    )
    noise = Compose([Noise(np.random.default_rng(2))])
    loader = DataLoader(problem(), 8, shuffle=True, rng=3, transform=noise)
    return model, rule(model.parameters(), lr=0.01), loader


def train(path, *between, epochs=4, rule=optim.Adam, parts=parts, **options):
    """Train beside a checkpoint; return the model and the history without times."""
    model, optimizer, loader = parts(rule)
    steps = epochs * len(loader)
    schedule = Schedule(optim.lr_scheduler.CosineAnnealingLR(optimizer, steps))
    callbacks = [schedule, *between, Checkpoint(path, resume=True, **options)]
    history = fit(
        *(model, nn.CrossEntropyLoss(), optimizer, loader),
        epochs=epochs,
        validation=DataLoader(problem(20), 10),
        callbacks=callbacks,
    )
    return model, [{k: v for k, v in row.items() if "second" not in k} for row in history]


def same(a, b):
    """Whether models and histories are equal to the bit."""
    ours, theirs = a[0].state_dict(), b[0].state_dict()
    return a[1] == b[1] and all(np.array_equal(ours[name], theirs[name]) for name in ours)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "checkpoint.safetensors"


# ---- going on is as if never stopped -----------------------------------------------------------


@pytest.mark.parametrize("step", [1, 7, 8, 9, 15, 16, 29, 32])
def test_stopped_after_any_step_and_gone_on_with(path, tmp_path, step):
    with pytest.raises(Stopped):
        train(path, At(min(step + 1, 32), stop), every=1)
    whole = train(tmp_path / "whole")
    assert same(train(path), whole)
    assert len(whole[1]) == 4


RULES = [optim.SGD, optim.RMSprop, optim.NAdam, optim.RAdam, optim.Adagrad, optim.Lion]


@pytest.mark.parametrize("rule", RULES)
def test_rules_go_on_within_an_epoch(path, tmp_path, rule):
    with pytest.raises(Stopped):
        train(path, At(13, stop), every=4, rule=rule)
    assert mt.load(path)["progress"]["batch"] == 4
    assert same(train(path, rule=rule), train(tmp_path / "whole", rule=rule))


def callbacks():
    return [GradientAccumulation(3), WeightAveraging(0.8), EarlyStopping("val_loss", patience=2)]


def test_callbacks_go_on_too(path, tmp_path):
    with pytest.raises(Stopped):
        train(path, *callbacks(), At(5, stop), epochs=20, every=1)
    resumed = train(path, *callbacks(), epochs=20)
    whole = train(tmp_path / "whole", *callbacks(), epochs=20)
    assert same(resumed, whole)
    assert len(whole[1]) < 20  # stopped early, at the same epoch


def test_a_finished_run_stays_finished(path):
    first = train(path, *callbacks(), epochs=20)
    again = train(path, *callbacks(), epochs=20)
    assert same(first, again)


def test_frozen_parameters_stay_frozen(path, tmp_path):
    class Freeze(Callback):
        def on_step_end(self, state):
            if state.step == 5:
                state.model[0].requires_grad_(False)

    with pytest.raises(Stopped):
        train(path, Freeze(), At(12, stop), every=1)
    resumed = train(path, Freeze())
    assert not resumed[0][0].weight.requires_grad
    assert same(resumed, train(tmp_path / "whole", Freeze()))


class Single(nn.CrossEntropyLoss):
    """A loss that gives NumPy's float32."""

    def forward(self, *args):
        return np.float32(super().forward(*args))


def test_numpys_numbers_go_on_as_pythons(path, tmp_path):
    def trained(path, *callbacks):
        model, optimizer, loader = parts()
        checkpoint = Checkpoint(path, every=1, resume=True)
        return model, fit(
            *(model, Single(), optimizer, loader),
            epochs=2,
            callbacks=[*callbacks, checkpoint],
            correct=lambda output, y: (output.argmax(axis=1) == y).sum(),
        )

    with pytest.raises(Stopped):
        trained(path, At(5, stop))
    resumed, history = trained(path)
    whole, reference = trained(tmp_path / "whole")
    assert np.array_equal(resumed[0].weight.data, whole[0].weight.data)
    for name in ("train_loss", "train_accuracy"):
        assert [row[name] for row in history] == [row[name] for row in reference]
        assert type(history[0][name]) is float


class NoisyGradient(Callback):
    def __init__(self):
        self.rng = np.random.default_rng(5)

    def on_backward_end(self, state):
        for p in state.model.parameters():
            p.grad += self.rng.normal(size=p.shape).astype(p.dtype)


def test_a_callbacks_generator_goes_on(path, tmp_path):
    with pytest.raises(Stopped):
        train(path, NoisyGradient(), At(12, stop), every=5)
    assert same(train(path, NoisyGradient()), train(tmp_path / "whole", NoisyGradient()))


def test_a_plateau_goes_on(path, tmp_path):
    def trained(path, *callbacks):
        model, optimizer, loader = parts()
        plateau = optim.lr_scheduler.ReduceLROnPlateau(optimizer, patience=0, threshold=0.5)
        schedule = Schedule(plateau, "epoch", "train_loss")
        checkpoint = Checkpoint(path, every=1, resume=True)
        options = {"epochs": 4, "callbacks": [schedule, *callbacks, checkpoint]}
        return model, fit(model, nn.CrossEntropyLoss(), optimizer, loader, **options)

    with pytest.raises(Stopped):
        trained(path, At(27, stop))
    resumed, history = trained(path)
    whole, reference = trained(tmp_path / "whole")
    assert np.array_equal(resumed[0].weight.data, whole[0].weight.data)
    rates = [row["lr"] for row in history]
    assert rates == [row["lr"] for row in reference]
    assert rates[-1] < rates[0]


def test_more_epochs_may_follow(path, tmp_path):
    def at_constant_rate(path, epochs):
        model, optimizer, loader = parts()
        checkpoint = Checkpoint(path, resume=True)
        options = {"epochs": epochs, "callbacks": [checkpoint]}
        return model, fit(model, nn.CrossEntropyLoss(), optimizer, loader, **options)

    at_constant_rate(path, 2)
    resumed, history = at_constant_rate(path, 5)
    assert [row["epoch"] for row in history] == [1, 2, 3, 4, 5]
    whole, _ = at_constant_rate(tmp_path / "whole", 5)
    assert np.array_equal(resumed[0].weight.data, whole[0].weight.data)


def test_without_resume_it_begins_anew(path):
    train(path)
    model, optimizer, loader = parts()
    rows = fit(
        *(model, nn.CrossEntropyLoss(), optimizer, loader), epochs=1, callbacks=[Checkpoint(path)]
    )
    assert len(rows) == 1
    assert mt.load(path)["progress"]["epoch"] == 1


# ---- what is refused ---------------------------------------------------------------------------


def test_another_configuration(path):
    train(path, config={"lr": 0.1, "width": (8, 8)})
    train(path, config={"lr": 0.1, "width": (8, 8)})
    for config, sentence in [
        ({"lr": 0.2, "width": (8, 8)}, "lr is 0.1, and here 0.2"),
        ({"lr": 0.1}, r"width is \(8, 8\), and here not set"),
        ({"lr": 0.1, "width": (8, 8), "seed": 1}, "seed is not set, and here 1"),
    ]:
        with pytest.raises(FormatError, match=sentence):
            train(path, config=config)


def test_a_file_can_be_checked_before(path):
    Checkpoint(path, resume=True).check()  # there is none
    train(path, config={"lr": 0.1})
    Checkpoint(path, resume=True, config={"lr": 0.1}).check()
    Checkpoint(path, config={"lr": 0.2}).check()  # it will not go on from there
    with pytest.raises(FormatError, match=r"lr is 0\.1, and here 0\.2"):
        Checkpoint(path, resume=True, config={"lr": 0.2}).check()


def wider(rule):
    model, _, loader = parts()
    model.add_module("5", nn.Linear(2, 2))
    return model, rule(model.parameters(), lr=0.01), loader


def other_batches(rule):
    model, optimizer, loader = parts(rule)
    return model, optimizer, DataLoader(loader.dataset, 4, shuffle=True, rng=3)


def without_rng(rule):
    model, optimizer, loader = parts(rule)
    model[3].rng = None
    return model, optimizer, loader


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"parts": wider}, "5.weight"),
        ({"parts": other_batches}, "'batch_size': 8"),
        ({"parts": without_rng}, "expected the generators"),
        ({"rule": optim.SGD}, "momentum"),
    ],
)
def test_another_run(path, options, sentence):
    rule = (lambda params, lr: optim.SGD(params, lr, momentum=0.9)) if "rule" in options else None
    train(path, rule=optim.Adam)
    if rule is not None:
        options = {"rule": rule}
    with pytest.raises(FormatError, match="expected a checkpoint of this run") as caught:
        train(path, **options)
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)


def test_other_callbacks(path):
    train(path)
    with pytest.raises(FormatError, match=r"callbacks \['Schedule'\], and this fit has \['Sched"):
        train(path, EarlyStopping())


@pytest.mark.parametrize("state", [{"a": np.zeros(2)}, [1, 2], {"config": {}, "progress": {}}])
def test_files_of_something_else(path, state):
    mt.save(path, state)
    with pytest.raises(FormatError, match="Checkpoint: expected"):
        train(path)


def test_it_has_to_be_the_last_callback(path):
    model, optimizer, loader = parts()
    with pytest.raises(ValueError, match="name it last"):
        fit(
            *(model, nn.CrossEntropyLoss(), optimizer, loader),
            callbacks=[Checkpoint(path), EarlyStopping("train_loss")],
        )


def test_a_loader_that_knows_where_it_stands(path):
    model, optimizer, loader = parts()
    with pytest.raises(TypeError, match="got a list; use a DataLoader"):
        fit(*(model, nn.CrossEntropyLoss(), optimizer, list(loader)), callbacks=[Checkpoint(path)])


def test_a_loader_that_is_used_elsewhere(path):
    model, optimizer, loader = parts()
    with pytest.raises(RuntimeError, match="stand at batch 2, got 0"):
        fit(
            *(model, nn.CrossEntropyLoss(), optimizer, loader),
            callbacks=[At(2, lambda: list(loader)), Checkpoint(path, every=1)],
        )


def test_a_full_disk_keeps_the_last_checkpoint(path, tmp_path, monkeypatch):
    real, count = os.fsync, []

    def fsync(descriptor):
        count.append(1)
        if len(count) == 9:  # of each write's two, the file's
            raise OSError(errno.ENOSPC, "No space left on device")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(OSError, match="No space left"):
        train(path, every=1)
    monkeypatch.undo()
    assert os.listdir(tmp_path) == [path.name]
    assert mt.load(path)["progress"]["step"] == 4
    assert same(train(path), train(tmp_path / "whole"))


# ---- interruptions -----------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_step_and_writes_the_checkpoint(path, tmp_path, number):
    before = signal.getsignal(number)
    with pytest.raises(Interrupted, match="after step 11, in epoch 2") as caught:
        train(path, At(11, lambda: os.kill(os.getpid(), number)))
    assert caught.value.signal == number
    assert signal.getsignal(number) == before
    assert mt.load(path)["progress"]["step"] == 11
    assert same(train(path), train(tmp_path / "whole"))


def test_a_second_signal_stops_at_once(path):
    def twice():
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt) as caught:
        train(path, At(11, twice))
    assert not isinstance(caught.value, Interrupted)
    assert mt.load(path)["progress"]["step"] == 8
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_signal_after_the_last_checkpoint_is_not_lost(path):
    class Late(Callback):
        def on_fit_end(self, state):
            seen.append(signal.getsignal(signal.SIGINT))

    class Signalled(Checkpoint):
        def on_epoch_end(self, state):
            super().on_epoch_end(state)
            if state.epoch == 2:
                os.kill(os.getpid(), signal.SIGINT)

    seen = []
    model, optimizer, loader = parts()
    with pytest.raises(KeyboardInterrupt):
        fit(
            *(model, nn.CrossEntropyLoss(), optimizer, loader),
            epochs=2,
            callbacks=[Late(), Signalled(path)],
        )
    assert seen == [signal.default_int_handler]


def test_training_in_a_thread_leaves_signals_alone(path):
    results = []
    thread = threading.Thread(target=lambda: results.append(train(path)))
    thread.start()
    thread.join()
    assert len(results[0][1]) == 4


# ---- best model, average, accumulation ---------------------------------------------------------


class Watch(Callback):
    """Set the history's accuracy, and keep the weights of each epoch."""

    def __init__(self, *accuracies):
        self.accuracies, self.weights = accuracies, []

    def on_epoch_end(self, state):
        state.history[-1]["val_accuracy"] = self.accuracies[state.epoch - 1]
        self.weights.append(state.model.state_dict())


def test_the_best_model_is_that_of_the_best_epoch(path, tmp_path):
    watch = Watch(0.5, 0.7, 0.7, 0.6)
    best = BestModel(tmp_path / "best.safetensors")
    train(path, watch, best)
    assert best.best_epoch == 2
    kept = mt.load(tmp_path / "best.safetensors")
    assert all(np.array_equal(kept[name], watch.weights[1][name]) for name in kept)


def test_the_best_so_far_is_known_after_going_on(path, tmp_path):
    watch, best = Watch(0.9, 0.7, 0.8, 0.6), BestModel(tmp_path / "best.safetensors")
    with pytest.raises(Stopped):
        train(path, watch, best, At(17, stop))
    (tmp_path / "best.safetensors").unlink()
    train(path, watch, best)
    assert best.best_epoch == 1
    assert not (tmp_path / "best.safetensors").exists()  # nothing better came


def test_a_figure_that_is_not_there(path):
    with pytest.raises(KeyError, match="BestModel: expected one of epoch, lr"):
        train(path, BestModel(path, "accuracy"))


def averaged(*callbacks, epochs=3):
    model, optimizer, loader = parts()
    validation = DataLoader(problem(20), 10)
    seen = []

    class Weights(Callback):
        def on_step_end(self, state):
            seen.append(model.state_dict())

    history = fit(
        *(model, nn.CrossEntropyLoss(), optimizer, loader),
        epochs=epochs,
        validation=validation,
        callbacks=[Weights(), *callbacks],
    )
    return model, history, seen, validation


def mean_of(seen, name, decay):
    mean = seen[0][name].astype(np.float64)
    for state in seen[1:]:
        mean = decay * mean + (1 - decay) * state[name]
    return mean


def test_the_average_is_validated_and_kept():
    model, history, seen, validation = averaged(WeightAveraging(0.8))
    expected = mean_of(seen, "0.weight", 0.8)
    np.testing.assert_allclose(model[0].weight.data, expected, rtol=1e-5, atol=1e-6)
    assert evaluate(model, nn.CrossEntropyLoss(), validation)[0] == history[-1]["val_loss"]
    assert not np.array_equal(seen[-1]["0.weight"], model[0].weight.data)


@pytest.mark.parametrize("order", [1, -1])
def test_early_stopping_keeps_the_best_average_in_either_order(order):
    watch = Watch(0.5, 0.7, 0.6)
    watch.on_epoch_end = lambda state: state.history[-1].update(
        val_accuracy=watch.accuracies[state.epoch - 1]
    )
    stopping = EarlyStopping("val_accuracy", patience=5)
    both = [WeightAveraging(0.8), stopping][::order]
    model, _, seen, _ = averaged(watch, *both)
    expected = mean_of(seen[:16], "0.weight", 0.8)
    np.testing.assert_allclose(model[0].weight.data, expected, rtol=1e-5, atol=1e-6)


def test_accumulation_is_one_larger_batch():
    def trained(batch_size, *callbacks):
        mt.manual_seed(0)
        model = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 2)).double()
        optimizer = optim.SGD(model.parameters(), lr=0.5, momentum=0.9)
        loader = DataLoader(problem(64), batch_size)
        steps = []

        class Count(Callback):
            def on_step_end(self, state):
                steps.append(state.step)

        callbacks = [*callbacks, Count()]
        options = {"epochs": 3, "callbacks": callbacks}
        history = fit(model, nn.CrossEntropyLoss(), optimizer, loader, **options)
        return model, history, steps

    whole, few = trained(16), trained(4, GradientAccumulation(4))
    np.testing.assert_allclose(whole[0][0].weight.data, few[0][0].weight.data, rtol=1e-9)
    assert whole[2] == few[2] == list(range(1, 13))
    unlike = trained(4)
    assert len(unlike[2]) == 48


def test_what_an_epoch_has_left_is_a_step():
    steps = []

    class Count(Callback):
        def on_backward_end(self, state):
            steps.append(state.batch)

    model, optimizer, loader = parts()
    callbacks = [GradientAccumulation(3), Count()]
    fit(model, nn.CrossEntropyLoss(), optimizer, loader, epochs=2, callbacks=callbacks)
    assert steps == [3, 6, 8] * 2


@pytest.mark.parametrize("batches", [0, 1.5, True])
def test_accumulation_over_no_batches(batches):
    with pytest.raises(ValueError, match="GradientAccumulation: expected batches"):
        GradientAccumulation(batches)


# ---- the loader's place ------------------------------------------------------------------------


@pytest.mark.parametrize("shuffle", [True, False])
def test_a_loader_goes_on_where_another_stood(shuffle):
    first, second = (DataLoader(np.arange(23), 4, shuffle=shuffle, rng=5) for _ in range(2))
    list(first)
    batches, states = [], []
    for batch in first:
        batches.append(batch.tolist())
        states.append(first.state_dict())
    for i, state in enumerate(states):
        second.load_state_dict(state)
        assert second.state_dict() == state
        assert [batch.tolist() for batch in second] == batches[i + 1 :]
    assert first.state_dict()["batch"] == 0
    assert sorted(np.concatenate(list(second))) == list(range(23))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"batch": 9}, "a place in 6 batches"),
        ({"batch": -1}, "at least 0"),
        ({"samples": 24}, "make the loader as it was"),
        ({"shuffle": False}, "make the loader as it was"),
        ({"drawn_from": None}, "state of a PCG64"),
        ({"drawn_from": {"bit_generator": "MT19937"}}, "state of a PCG64"),
    ],
)
def test_a_state_that_is_no_loaders(change, sentence):
    loader = DataLoader(np.arange(23), 4, shuffle=True, rng=5)
    next(iter(loader))
    state = loader.state_dict()
    with pytest.raises(ValueError, match=sentence):
        loader.load_state_dict({**state, **change})
    with pytest.raises(ValueError, match="what state_dict"):
        loader.load_state_dict({"batch": 1})
    assert loader.state_dict() == state
