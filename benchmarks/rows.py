"""A row of the benchmark's table, and how many measurements become two of its columns."""

from __future__ import annotations

import statistics

Row = dict[str, object]


def percentiles(seconds: list[float]) -> Row:
    ordered = sorted(seconds)
    last = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    return {"p50_ms": round(statistics.median(ordered) * 1000, 2), "p99_ms": round(last * 1000, 2)}
