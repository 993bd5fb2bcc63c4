"""Reading the entries of ``parameters``: which distribution, and whether it is one."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from lab.errors import UserError
from lab.sweep import quantiles
from lab.sweep.distributions import Choice, Distribution, Number

__all__ = ["distribution"]

RANGE: dict[str, float | None] = {"min": None, "max": None}
GAUSS: dict[str, float | None] = {"mu": 0.0, "sigma": 1.0}
SHAPE: dict[str, float | None] = {"a": 1.0, "b": 1.0}
# Name: the quantile function of two numbers, these with their defaults, and Optuna's kind.
NUMBERS: dict[str, tuple[Any, dict[str, float | None], str]] = {
    "uniform": (quantiles.uniform, RANGE, "float"),
    "log_uniform": (quantiles.exp, RANGE, "log"),
    "log_uniform_values": (quantiles.between, RANGE, "log"),
    "inv_log_uniform": (quantiles.inverse, RANGE, "log"),
    "inv_log_uniform_values": (quantiles.between, RANGE, "log"),
    "normal": (quantiles.normal, GAUSS, "other"),
    "log_normal": (quantiles.log_normal, GAUSS, "other"),
    "beta": (quantiles.beta, SHAPE, "other"),
}
ROUNDED = ("uniform", "log_uniform", "log_uniform_values", "normal", "log_normal", "beta")
NAMES = (
    *("constant", "categorical", "categorical_w_probabilities", "int_uniform"),
    *NUMBERS,
    *(f"q_{name}" for name in ROUNDED),
)


def distribution(where: str, given: Any) -> Distribution:
    """Return what an entry of ``parameters`` describes.

    Raises
    ------
    UserError
        If it describes none.
    """
    if not isinstance(given, Mapping):
        raise UserError(f"{where}: expected value, values or a distribution, got {given!r}")
    if "parameters" in given:
        raise UserError(
            f"{where}: expected a flag of the script, got nested parameters, which it has no flag "
            "for; write them side by side"
        )
    name = given["distribution"] if "distribution" in given else _implied(where, given)
    if name not in NAMES:
        raise UserError(f"{where}: expected a distribution among {', '.join(NAMES)}, got {name!r}")
    if name in ("constant", "categorical", "categorical_w_probabilities"):
        return _choice(where, name, given)
    return _number(where, name, given)


def _implied(where: str, given: Mapping[str, Any]) -> str:
    """Return the distribution that goes without saying, as in wandb."""
    if "value" in given:
        return "constant"
    if "values" in given:
        return "categorical_w_probabilities" if "probabilities" in given else "categorical"
    if {"min", "max"} <= set(given):
        whole = isinstance(given["min"], int) and isinstance(given["max"], int)
        return "int_uniform" if whole else "uniform"
    raise UserError(
        f"{where}: expected value, values, min and max, or a distribution, got {dict(given)}"
    )


def _only(where: str, name: str, given: Mapping[str, Any], keys: tuple[str, ...]) -> None:
    for key in given:
        if key not in (*keys, "distribution"):
            raise UserError(
                f"{where}: expected of {name} only {', '.join(keys)}, got {key!r}; drop it"
            )


def _choice(where: str, name: str, given: Mapping[str, Any]) -> Choice:
    if name == "constant":
        _only(where, name, given, ("value",))
        if "value" not in given or isinstance(given["value"], Mapping):
            raise UserError(f"{where}: expected a value, got {dict(given)}")
        return Choice((given["value"],))
    keys = ("values", "probabilities") if name.endswith("probabilities") else ("values",)
    _only(where, name, given, keys)
    values = given.get("values")
    if not isinstance(values, list) or not values:
        raise UserError(f"{where}: expected a list of values, got {values!r}")
    if len({json.dumps(value) for value in values}) < len(values):
        raise UserError(f"{where}: expected values that differ, got {values}")
    if "probabilities" not in keys:
        return Choice(tuple(values))
    weights: Any = given.get("probabilities")
    fair = isinstance(weights, list) and all(_is_number(w) and w >= 0 for w in weights)
    if not fair or len(weights) != len(values) or not math.isclose(sum(weights), 1, abs_tol=1e-6):
        raise UserError(
            f"{where}: expected {len(values)} probabilities that add up to 1, one for each "
            f"value, got {weights!r}"
        )
    return Choice(tuple(values), tuple(map(float, weights)))


def _number(where: str, name: str, given: Mapping[str, Any]) -> Number:
    if name == "int_uniform":
        _only(where, name, given, ("min", "max"))
        low, high = _pair(where, name, given, RANGE)
        if not (float(low).is_integer() and float(high).is_integer()):
            raise UserError(f"{where}: expected whole numbers min and max, got {low} and {high}")
        least, count = int(low), int(high) - int(low) + 1
        return Number(lambda u: least + min(int(u * count), count - 1), 1, "int")
    rounded = name.startswith("q_")
    make, defaults, kind = NUMBERS[name.removeprefix("q_")]
    _only(where, name, given, (*defaults, "q") if rounded else tuple(defaults))
    a, b = _pair(where, name, given, defaults)
    if name.endswith("values") and a <= 0:
        raise UserError(f"{where}: expected of {name} a min above 0, got {a:g}")
    q: Any = given.get("q", 1) if rounded else None
    if rounded and not (_is_number(q) and q > 0):
        raise UserError(f"{where}: expected q above 0, got {q!r}")
    try:
        number = Number(make(a, b), q, "other" if rounded else kind)
        finite = all(math.isfinite(bound) for bound in number.bounds)
    except OverflowError:
        finite = False
    if not finite:
        hint = "; its bounds are exponents, those of log_uniform_values are not"
        raise UserError(
            f"{where}: expected finite numbers, got {name} of {a:g} and {b:g}"
            + (hint if name.endswith("log_uniform") else "")
        )
    return number


def _pair(
    where: str, name: str, given: Mapping[str, Any], defaults: Mapping[str, float | None]
) -> tuple[float, float]:
    found = {key: given.get(key, default) for key, default in defaults.items()}
    for key, value in found.items():
        if not _is_number(value):
            raise UserError(f"{where}: expected of {name} a number {key}, got {value!r}")
    a, b = found.values()
    assert a is not None and b is not None
    if defaults is RANGE and a > b:
        raise UserError(f"{where}: expected min at most max, got {a:g} and {b:g}")
    if defaults is GAUSS and b < 0:
        raise UserError(f"{where}: expected sigma of at least 0, got {b:g}")
    if defaults is SHAPE and min(a, b) <= 0:
        raise UserError(f"{where}: expected a and b above 0, got {a:g} and {b:g}")
    return a, b


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
