"""The quantile functions of the schema's distributions, each of two numbers."""

from __future__ import annotations

import math
from collections.abc import Callable
from statistics import NormalDist

__all__ = ["beta", "between", "exp", "inverse", "log_normal", "normal", "uniform"]


def uniform(low: float, high: float) -> Callable[[float], float]:
    return lambda u: low + u * (high - low)


def exp(low: float, high: float) -> Callable[[float], float]:
    """e to a uniform power, never beyond its bounds by rounding."""
    least, most = math.exp(low), math.exp(high)
    return lambda u: min(max(math.exp(low + u * (high - low)), least), most)


def between(low: float, high: float) -> Callable[[float], float]:
    """Uniform in the logarithm, between values."""
    inner = exp(math.log(low), math.log(high))
    return lambda u: min(max(inner(u), low), high)


def normal(mu: float, sigma: float) -> Callable[[float], float]:
    return NormalDist(mu, sigma).inv_cdf if sigma else lambda u: mu


def log_normal(mu: float, sigma: float) -> Callable[[float], float]:
    inner = normal(mu, sigma)
    return lambda u: math.exp(inner(u))


def beta(a: float, b: float) -> Callable[[float], float]:
    from scipy.stats import beta  # takes a second to import, and few need it

    return lambda u: float(beta.ppf(u, a, b))


def inverse(low: float, high: float) -> Callable[[float], float]:
    """log(1/x) is uniform."""
    return exp(-high, -low)
