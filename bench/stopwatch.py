"""Wall and processor time of a stretch of work inside one process."""

import resource
from time import perf_counter, process_time

from bench.measure import Sample


class Stopwatch:
    """Runs from its making until `sample`."""

    def __init__(self) -> None:
        self._began, self._busy = perf_counter(), process_time()

    def sample(self, work: float, **side: float) -> Sample:
        """Work done since; `cpu` in microseconds per unit, `rss` the process's peak in MB."""
        seconds, busy = perf_counter() - self._began, process_time() - self._busy
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        return Sample(work, seconds, {"cpu": busy / work * 1e6, "rss": peak, **side})
