"""Speeds as plain dictionaries, for a file."""

from collections.abc import Sequence
from dataclasses import asdict

from harness import Measurement

from .speed import Speed


def speeds_as_json(speeds: Sequence[Speed]) -> list[dict[str, object]]:
    """Return every measured block."""
    return [
        {
            "rule": speed.rule.name,
            "parameters": speed.size,
            "tensors": speed.tensors,
            "bytes_moved": speed.traffic.moved,
            "bytes_held": speed.traffic.held,
            "largest_difference": speed.worst,
            "contestants": {name: plain(m) for name, m in speed.measurements.items()},
        }
        for speed in speeds
    ]


def plain(measurement: Measurement) -> dict[str, object]:
    """Return a measurement without the parameters that were compared."""
    found = asdict(measurement)
    del found["first"]
    return found
