"""Train a network on Fashion-MNIST, with backward passes written by hand.

    python examples/fashion_mnist.py
    python examples/fashion_mnist.py -nhl 4 -sz 128 -a sigmoid -o adam -lr 0.001 -w_i Xavier
    python examples/fashion_mnist.py --model cnn

Trains on 54,000 images, validates on 6,000 held out, tests on 10,000, and writes figures, curves
and the weights into a folder of their own.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

from lab.errors import UserError, importing, one_sentence

with importing("fashion_mnist.py"):
    import numpy as np
    from lab import build, figures
    from lab.command_line import parse
    from lab.config import Config
    from lab.first_loss import FirstLoss
    from lab.images import Images, load
    from lab.models import MODELS
    from lab.naming import run_name
    from lab.run_folder import Recorder, RunFolder
    from lab.tracking import Tracker, tracked

    import minitorch_np as mt
    from minitorch_np import nn, optim
    from minitorch_np.data import DataLoader
    from minitorch_np.serialization import FormatError
    from minitorch_np.training import (
        BestModel,
        Callback,
        Checkpoint,
        Interrupted,
        NonFiniteLossError,
        Progress,
        Schedule,
        evaluate,
        fit,
        predict,
    )


def main(argv: Sequence[str] | None = None) -> None:
    """Run the training script."""
    with one_sentence("fashion_mnist.py", FormatError):
        flags = parse(argv, (__doc__ or "").splitlines()[0])
        config = Config.of(flags)
        if flags.threads:
            mt.set_num_threads(flags.threads)
        row = MODELS[config.model]
        images = load(flags.dataset, flags.data_dir, row.default("dataset"), row.shape)
        images = images.first(flags.limit) if flags.limit else images
        mt.manual_seed(config.seed)
        model = build.network(config)
        optimizer = build.optimizer(config, model)
        name = run_name(config, images.name, flags.limit)
        folder = RunFolder(flags.out, name, flags.overwrite, flags.resume)
        if folder.is_finished(_identity(config, images)):
            print(f"the run in {folder.path} is finished; there is nothing to go on with")
            return
        checkpoint = Checkpoint(
            folder.file("checkpoint.safetensors"),
            every=flags.checkpoint_every,
            resume=True,
            config=_identity(config, images),
        )
        checkpoint.check()
        bar = not flags.no_progress and sys.stderr.isatty()
        with tracked(flags, name, _settings(config, images), folder.path) as tracker:
            train(config, images, model, optimizer, folder, bar, tracker, checkpoint)


def train(
    config: Config,
    images: Images,
    model: nn.Module,
    optimizer: optim.Optimizer,
    folder: RunFolder,
    bar: bool,
    tracker: Tracker,
    checkpoint: Checkpoint,
) -> dict[str, Any]:
    """Train, test, and write everything into ``folder``; return the metrics.

    Where ``folder`` has a checkpoint, training goes on from there.
    """
    criterion = build.criterion(config)
    loader = build.loader(config, images)
    validation = DataLoader(images.validation, 1000)
    schedule = build.schedule(config, optimizer, len(loader))
    print(f"{images.name}: {config}\n{mt.summary(model, MODELS[config.model].shape)}")

    figures.samples(images, folder.file("samples.png"))
    tracker.picture("samples", folder.path / "samples.png")
    recorder = Recorder(folder)
    callbacks: list[Callback] = [recorder, Progress(bar), tracker]
    callbacks += [FirstLoss(images.validation, len(images.classes))]
    callbacks += [Schedule(schedule)] if schedule is not None else []
    callbacks += [BestModel(folder.file("best.safetensors")), checkpoint]
    try:
        history = fit(
            model,
            criterion,
            optimizer,
            loader,
            epochs=config.epochs,
            validation=validation,
            callbacks=callbacks,
        )
    except NonFiniteLossError as error:
        raise UserError(f"{error}; what was written is in {folder.path}") from None
    except Interrupted:
        print(f"go on with the same flags and --out {folder.path} --resume", file=sys.stderr)
        raise
    except KeyboardInterrupt:
        print(f"what was written is in {folder.path}", file=sys.stderr)
        raise

    answering = build.answering(config, model)
    _, val_accuracy = evaluate(answering, criterion, validation)
    scores, labels = predict(answering, DataLoader(images.test, 1000))
    predicted = scores.argmax(axis=1)
    seconds = sum(row["seconds"] for row in history)
    metrics = {
        "dataset": images.name,
        "train_images": len(images.train),
        "config": config.as_dict(),
        "epochs": len(history),
        "train_accuracy": history[-1]["train_accuracy"],
        "val_accuracy": val_accuracy,
        "test_accuracy": float(np.mean(predicted == labels)),
        "test_loss": float(criterion(scores, labels)),
        "train_seconds": seconds,
        "images_per_second": len(images.train) * len(history) / seconds,
        "seed": config.seed,
    }
    folder.write_model("model.safetensors", model)
    losses = np.loadtxt(folder.path / "steps.csv", delimiter=",", skiprows=1, usecols=2, ndmin=1)
    title = f"{images.name}: {config}"
    figures.curves(history, losses, title, folder.file("curves.png"))
    matrix = mt.metrics.confusion_matrix(labels, predicted, len(images.classes))
    if tracker.tracks:
        figures.confusion(matrix, images.classes, title, folder.file("confusion.png"))
        tracker.confusion(labels, predicted, images.classes)
        tracker.picture("confusion_picture", folder.path / "confusion.png")
        artifact = f"{images.name}-{config.model}"
        tracker.result(artifact, metrics, folder.path / "model.safetensors")
    folder.write_json("metrics.json", metrics)
    print(_per_class(matrix, images.classes))
    way = "final weights, mean over several views" if config.views else "final weights"
    print(
        f"test accuracy on {images.name}: {metrics['test_accuracy']:.4f} "
        f"({way}; {seconds:.1f} s of training)"
    )
    print(f"wrote {', '.join(sorted(folder.written))} into {folder.path}")
    return metrics


def _identity(config: Config, images: Images) -> dict[str, Any]:
    """Return what a run has to have in common with one that it goes on with."""
    return {**config.as_dict(), "dataset": images.name, "train_images": len(images.train)}


def _settings(config: Config, images: Images) -> dict[str, Any]:
    """Return all that a run depends on."""
    return {**_identity(config, images), "minitorch_np": mt.__version__}


def _per_class(matrix: np.ndarray, classes: Sequence[str]) -> str:
    """Return a table of precision, recall and F1."""
    figures = zip(classes, *mt.metrics.precision_recall_f1(matrix), strict=True)
    head = f"{'class':<12} {'precision':>9} {'recall':>7} {'f1':>7}"
    return "\n".join([head] + [f"{k:<12} {p:>9.4f} {r:>7.4f} {f:>7.4f}" for k, p, r, f in figures])


if __name__ == "__main__":
    main()
