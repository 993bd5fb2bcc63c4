"""Kill a training at random moments, go on each time, and compare with one that was never stopped.

    python tests/kills.py --kills 200

The training has everything that a checkpoint has to hold: shuffled and augmented data, dropout with
a generator of its own, batch normalisation, a schedule, an average of the weights, early stopping.
It writes a checkpoint at every step, so that most of the kills come in the middle of one.
"""

import argparse
import os
import signal
import tempfile
import time
from pathlib import Path

import numpy as np

import minitorch_np as mt
from minitorch_np import nn, optim
from minitorch_np.data import DataLoader, TensorDataset
from minitorch_np.data.transforms import RandomHorizontalFlip
from minitorch_np.training import (
    BestModel,
    Checkpoint,
    EarlyStopping,
    GradientAccumulation,
    Schedule,
    WeightAveraging,
    fit,
)

EPOCHS, BATCHES = 4, 10


def train(folder, every=1):
    """Train, from the checkpoint in ``folder`` if there is one, and write the final weights."""
    mt.manual_seed(0)
    data = np.random.default_rng(0)
    x = data.normal(size=(16 * BATCHES, 1, 8, 8)).astype(np.float32)
    dataset = TensorDataset(x, (x.mean((1, 2, 3)) > 0).astype(np.int64))
    flip = RandomHorizontalFlip(rng=1)
    loader = DataLoader(dataset, 16, shuffle=True, rng=2, transform=flip)
    model = nn.Sequential(
        *(nn.Flatten(), nn.Linear(64, 700), nn.BatchNorm1d(700), nn.ReLU(), nn.Dropout(0.5, rng=3)),
        *(nn.Linear(700, 100), nn.Dropout(0.1), nn.Linear(100, 2)),
    )
    optimizer = optim.Adam(model.parameters())
    steps = EPOCHS * BATCHES // 2
    callbacks = [
        GradientAccumulation(2),
        Schedule(optim.lr_scheduler.OneCycleLR(optimizer, 0.01, total_steps=steps)),
        WeightAveraging(0.9),
        EarlyStopping("val_loss", patience=EPOCHS),
        BestModel(folder / "best.safetensors", "val_loss"),
        Checkpoint(folder / "checkpoint.safetensors", every=every, resume=True),
    ]
    history = fit(
        *(model, nn.CrossEntropyLoss(), optimizer, loader),
        epochs=EPOCHS,
        validation=loader,
        callbacks=callbacks,
    )
    figures = [{k: v for k, v in row.items() if "second" not in k} for row in history]
    mt.save(folder / "final.safetensors", {"model": model.state_dict(), "history": figures})


def killed(folder, delay):
    """Train in a child that is killed after ``delay`` seconds; False if it was done before."""
    child = os.fork()
    if not child:
        try:
            train(folder)
            os._exit(0)
        finally:
            os._exit(1)
    time.sleep(delay)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return True
    assert os.WEXITSTATUS(status) == 0, "the training failed"
    return False


def kills(wanted, folder, seed=0):
    """Kill at least so often; return kills, runs, and how many kills left half a file behind."""
    rng = np.random.default_rng(seed)
    reference, timed = folder / "reference", folder / "timed"
    reference.mkdir()
    train(reference, every=None)
    timed.mkdir()
    start = time.perf_counter()
    train(timed)
    longest = time.perf_counter() - start
    done, runs, halves = 0, 0, 0
    while done < wanted:
        run = folder / f"run{runs}"
        run.mkdir()
        while killed(run, rng.uniform(0.01, longest / 2)):
            done += 1
            halves += any(entry.suffix == ".tmp" for entry in run.iterdir())
            checkpoint = run / "checkpoint.safetensors"
            if checkpoint.exists():
                assert mt.load(checkpoint)["progress"]["step"] >= 1
        for name in ("final.safetensors", "best.safetensors"):
            assert (run / name).read_bytes() == (reference / name).read_bytes(), (run, name)
        names = {entry.name for entry in run.iterdir() if entry.suffix != ".tmp"}
        assert names == {"final.safetensors", "best.safetensors", "checkpoint.safetensors"}
        runs += 1
    return done, runs, halves


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0)
    flags = parser.parse_args()
    mt.set_engine("numpy")  # a forked child that is killed at once should not wait for a compiler
    with tempfile.TemporaryDirectory() as folder:
        done, runs, halves = kills(flags.kills, Path(folder), flags.seed)
    print(
        f"{done} kills, after {halves} of which half a file was there; no checkpoint lost, and the "
        f"weights of {runs} runs equal to the bit"
    )


if __name__ == "__main__":
    main()
