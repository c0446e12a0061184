"""Service level objectives: what the app must keep for a PASS."""

import math
from dataclasses import dataclass

from loadproof.errors import BadInput

TOTAL = "total"

#: Percentile behind each latency objective. The name says the unit.
PERCENTILES = {"p50Ms": 50.0, "p90Ms": 90.0, "p95Ms": 95.0, "p99Ms": 99.0, "p999Ms": 99.9, "maxMs": 100.0}
ERROR_RATIO = "errorRatio"
MIN_RATE = "minRate"
NAMES = (*PERCENTILES, ERROR_RATIO, MIN_RATE)


@dataclass(frozen=True)
class Slo:
    """One objective: a metric of one endpoint (or of all requests) and its limit.

    Latencies are in ms and ``errorRatio`` is failures / requests, both upper limits; ``minRate`` is the lower limit of
    successful requests per second.
    """

    metric: str
    limit: float
    endpoint: str = TOTAL

    @classmethod
    def parse(cls, text: str) -> "Slo":
        """Parse ``METRIC=LIMIT`` or ``ENDPOINT METRIC=LIMIT``, for instance ``p99Ms=250`` or ``GET /items p99Ms=100``.

        Raises BadInput for an unknown metric or a limit that makes no sense.
        """
        *endpoint, last = text.rsplit(maxsplit=1) or [""]
        metric, equals, limit_text = last.partition("=")
        if not equals:
            raise BadInput(f"SLO {text!r}: write METRIC=LIMIT or 'ENDPOINT METRIC=LIMIT', like p99Ms=250")
        if metric not in NAMES:
            raise BadInput(f"SLO {text!r}: unknown metric {metric!r}; known are {', '.join(NAMES)}")
        try:
            limit = float(limit_text)
        except ValueError:
            raise BadInput(f"SLO {text!r}: {limit_text!r} is not a number") from None
        if metric == ERROR_RATIO:
            if not 0 <= limit < 1:
                raise BadInput(f"SLO {text!r}: an error ratio is a number from 0 to less than 1")
        elif not (math.isfinite(limit) and limit > 0):
            raise BadInput(f"SLO {text!r}: the limit must be a finite number greater than 0")
        return cls(metric, limit, endpoint[0] if endpoint else TOTAL)

    @property
    def min_samples(self) -> int:
        """How many requests the metric needs before it means anything.

        A percentile q needs at least 1/(1-q) samples, otherwise it is just the maximum.
        """
        percentile = PERCENTILES.get(self.metric, 0.0)
        return round(100 / (100 - percentile)) if 0 < percentile < 100 else 1

    def allows(self, value: float) -> bool:
        """Whether a measured value keeps the objective."""
        return value >= self.limit if self.metric == MIN_RATE else value <= self.limit

    def __str__(self) -> str:
        sign = ">=" if self.metric == MIN_RATE else "<="
        return f"{self.endpoint}: {self.metric} {sign} {self.limit:g}"
