"""All that training depends on, as state that can be saved, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from minitorch_np.serialization import load_random_state, random_state
from minitorch_np.training.callback import Callback, State

__all__ = ["restore", "snapshot"]

# Where training stands, besides what has a state_dict of its own, and of which types it is.
PROGRESS: dict[str, tuple[type, ...]] = {
    **dict.fromkeys(("epoch", "batch", "step", "seen", "right"), (int,)),
    **dict.fromkeys(("loss", "mean_loss", "loss_sum", "lr", "seconds"), (float, int)),
    "correct": (float, int, type(None)),
    "stop": (bool,),
    "history": (list,),
}


def snapshot(state: State) -> dict[str, Any]:
    """Return copies of the model, the optimizer, the callbacks, the generators, and the place."""
    return {
        "model": state.model.state_dict(),
        "trained": {name: p.requires_grad for name, p in state.model.named_parameters()},
        "optimizer": state.optimizer.state_dict(),
        "loader": state.loader.state_dict(),
        "callbacks": [[type(c).__name__, saved] for c, saved in _with_state(state)],
        "random": random_state(**_holders(state)),
        "progress": {name: getattr(state, name) for name in PROGRESS},
    }


def restore(state: State, saved: Mapping[str, Any]) -> None:
    """Let everything be as it was when ``saved`` was taken.

    Raises
    ------
    ValueError
        If it was taken of another model, optimizer, loader, or with other callbacks.
    """
    try:
        progress = saved["progress"]
        _check(progress, saved["loader"])
        callbacks = [callback for callback, _ in _with_state(state)]
        own = [type(callback).__name__ for callback in callbacks]
        names = [name for name, _ in saved["callbacks"]]
        if own != names:
            raise ValueError(f"it has the callbacks {names}, and this fit has {own}")
        state.model.load_state_dict(saved["model"])
        for name, p in state.model.named_parameters():
            p.requires_grad = saved["trained"][name]
        state.optimizer.load_state_dict(saved["optimizer"])
        state.loader.load_state_dict(saved["loader"])
        for name in PROGRESS:
            setattr(state, name, progress[name])
        for callback, (_, kept) in zip(callbacks, saved["callbacks"], strict=True):
            callback.load_state_dict(kept)
        load_random_state(saved["random"], **_holders(state))
    except KeyError as error:
        raise ValueError(error.args[0]) from None
    except (AttributeError, IndexError, OverflowError, TypeError) as error:
        raise ValueError(f"{type(error).__name__}: {error}") from None


def _check(progress: Mapping[str, Any], loader: Mapping[str, Any]) -> None:
    """Raise ValueError if training cannot stand where a file says."""
    for name, types in PROGRESS.items():
        value: Any = progress[name]
        is_negative = types == (int,) and isinstance(value, int) and value < 0
        if is_negative or not isinstance(value, types):
            raise ValueError(f"{name} is {value!r}")
    if not all(isinstance(row, dict) for row in progress["history"]):
        raise ValueError("the history is not one of rows")
    within = progress["epoch"] - len(progress["history"])  # 1 within an epoch, 0 between two
    batch = progress["batch"] if within else 0
    if within not in (0, 1) or loader.get("batch", batch) != batch:
        raise ValueError(
            f"it stands at epoch {progress['epoch']}, batch {batch}, with the figures of "
            f"{len(progress['history'])} epochs and the loader at batch {loader.get('batch')}"
        )


def _with_state(state: State) -> list[tuple[Callback, dict[str, Any]]]:
    pairs = [(callback, callback.state_dict()) for callback in state.callbacks]
    return [(callback, saved) for callback, saved in pairs if saved]


def _holders(state: State) -> dict[str, Any]:
    """Return what may hold random generators."""
    names = ("model", "criterion", "optimizer", "loader", "validation")
    # Of callbacks no more than their own: they may hold half of another library.
    own = [
        {k: v for k, v in vars(callback).items() if isinstance(v, np.random.Generator)}
        for callback in state.callbacks
    ]
    return {**{name: getattr(state, name) for name in names}, "callbacks": own}
