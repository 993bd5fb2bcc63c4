"""A sweep's file, in wandb's own schema: what it may say, and what it says."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from lab.errors import UserError
from lab.sweep.distributions import Distribution
from lab.sweep.parameters import distribution

__all__ = ["METHODS", "EarlyTerminate", "Metric", "Sweep", "read"]

METHODS = ("grid", "random", "bayes")
KEYS = (
    *("program", "method", "metric", "parameters", "early_terminate", "run_cap"),
    *("name", "description", "project", "entity", "apiVersion", "kind"),
)
REMEDIES = {
    "command": "put fixed flags under parameters, with value",
    "controller": "the search runs where sweep.py does",
    "metrics": "give one metric",
}


@dataclass(frozen=True)
class Metric:
    """What is sought: the name of a run's figure, and whether it should be large."""

    name: str = "val_accuracy"
    maximize: bool = True
    target: float | None = None

    def reached(self, value: float | None) -> bool:
        """Whether a value ends the search."""
        if self.target is None or value is None:
            return False
        return value >= self.target if self.maximize else value <= self.target


@dataclass(frozen=True)
class EarlyTerminate:
    """Hyperband: from which epoch on, up to which, and what share goes on (one in ``eta``)."""

    min_iter: int
    max_iter: int | None
    eta: int


@dataclass(frozen=True)
class Sweep:
    """A sweep's file, read and checked."""

    raw: Mapping[str, Any]
    method: str
    program: str
    metric: Metric
    parameters: Mapping[str, Distribution]
    early_terminate: EarlyTerminate | None
    run_cap: int | None

    @property
    def identity(self) -> dict[str, Any]:
        """All that makes two sweeps the same search."""
        parts = ("program", "metric", "parameters", "early_terminate")
        return {"method": self.method, **{part: self.raw.get(part) for part in parts}}

    @classmethod
    def of(cls, raw: Any) -> Sweep:
        """Check the content of a file.

        Raises
        ------
        UserError
            If it says what the schema, or this project, does not have.
        """
        if not isinstance(raw, Mapping):
            raise UserError(f"expected keys such as method and parameters, got {raw!r}")
        for key in raw:
            if key not in KEYS:
                remedy = REMEDIES.get(key, "drop it")
                raise UserError(f"{key}: expected a key among {', '.join(KEYS)}; {remedy}")
        method = raw.get("method")
        if method not in METHODS:
            raise UserError(f"method: expected one of {', '.join(METHODS)}, got {method!r}")
        parameters = raw.get("parameters")
        if not isinstance(parameters, Mapping) or not parameters:
            raise UserError(f"parameters: expected hyperparameters, got {parameters!r}")
        space = {
            str(name): distribution(f"parameters.{name}", given)
            for name, given in parameters.items()
        }
        if method == "grid":
            for name, values in space.items():
                if values.support is None:
                    raise UserError(
                        f"parameters.{name}: expected values in a grid, got a distribution that "
                        "has no end of them; list some, or take method random"
                    )
        if method == "bayes" and "metric" not in raw:
            raise UserError("metric: expected one with method bayes, got none; say what to seek")
        for key in ("name", "description", "project", "entity"):
            _text(raw, key, "not said")
        early = raw.get("early_terminate")
        return cls(
            raw=raw,
            method=method,
            program=_text(raw, "program", "fashion_mnist.py"),
            metric=_metric(raw.get("metric")),
            parameters=space,
            early_terminate=None if early is None else _early(early),
            run_cap=_whole("run_cap", raw["run_cap"]) if "run_cap" in raw else None,
        )


def read(path: Path) -> dict[str, Any]:
    """Return the content of a YAML file.

    Raises
    ------
    UserError
        If there is no such file, or it is no YAML.
    """
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)
    except OSError as error:
        raise UserError(f"expected a sweep's file that can be read, got {error}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: expected YAML, got {' '.join(str(error).split())}") from None
    return content


class _Loader(yaml.SafeLoader):
    """Reads 1e-3 as a number, as everybody means it; YAML 1.1 takes it for text.

    And refuses a key that comes twice: YAML does, too, but PyYAML keeps the last one silently.
    """

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Return the keys and values of a mapping."""
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key.value!r} twice; drop one", key.start_mark
                )
            if isinstance(key, yaml.ScalarNode):
                seen.add(key.value)
        return super().construct_mapping(node, deep)


_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"[-+]?\d+(\.\d*)?[eE][-+]?\d+$"), list("-+0123456789")
)


def _text(raw: Mapping[str, Any], key: str, default: str) -> str:
    value = raw.get(key, default)
    if not isinstance(value, str) or not value:
        raise UserError(f"{key}: expected text, got {value!r}")
    return value


def _whole(where: str, value: Any, least: int = 1) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise UserError(f"{where}: expected a whole number of at least {least}, got {value!r}")
    return value


def _keys(where: str, given: Any, known: tuple[str, ...]) -> Mapping[str, Any]:
    if not isinstance(given, Mapping):
        raise UserError(f"{where}: expected {', '.join(known)}, got {given!r}")
    for key in given:
        if key not in known:
            raise UserError(f"{where}: expected only {', '.join(known)}, got {key!r}; drop it")
    return given


def _metric(given: Any) -> Metric:
    if given is None:
        return Metric()
    given = _keys("metric", given, ("name", "goal", "target"))
    name, goal, target = given.get("name"), given.get("goal", "minimize"), given.get("target")
    if not isinstance(name, str):
        raise UserError(f"metric.name: expected text, got {name!r}")
    if goal not in ("minimize", "maximize"):
        raise UserError(f"metric.goal: expected minimize or maximize, got {goal!r}")
    if "accuracy" in name and goal == "minimize":
        raise UserError(
            f"metric.goal: expected maximize for {name}, got "
            f"{goal if 'goal' in given else 'none, which means minimize'}"
        )
    if target is not None and not isinstance(target, int | float):
        raise UserError(f"metric.target: expected a number, got {target!r}")
    return Metric(name, goal == "maximize", target)


def _early(given: Any) -> EarlyTerminate:
    where = "early_terminate"
    given = _keys(where, given, ("type", "min_iter", "max_iter", "s", "eta"))
    if given.get("type") != "hyperband":
        raise UserError(f"{where}.type: expected hyperband, got {given.get('type')!r}")
    eta = _whole(f"{where}.eta", given.get("eta", 3), 2)
    most = _whole(f"{where}.max_iter", given["max_iter"]) if "max_iter" in given else None
    if "min_iter" in given:
        least = _whole(f"{where}.min_iter", given["min_iter"])
    elif most is not None and "s" in given:
        least = max(1, most // eta ** _whole(f"{where}.s", given["s"]))
    else:
        raise UserError(f"{where}: expected min_iter, or max_iter and s, got {dict(given)}")
    if most is not None and most < least:
        raise UserError(f"{where}: expected max_iter of at least min_iter, got {most} and {least}")
    return EarlyTerminate(least, most, eta)
