"""A backlog drained by members of one group: the metrics service as a process per member."""

import os
import signal
from contextlib import AbstractContextManager, ExitStack
from time import monotonic

from bench import plain, written
from bench.answers import expect
from bench.context import Bench
from bench.measure import Sample
from bench.site import Site, count, serving
from bench.written import Written
from deploy.local import services
from deploy.local.wait import until

PATIENCE = 600.0
DONE = "SELECT coalesce(sum(next_offset), 0)::bigint FROM offsets"


def drained(bench: Bench, cases: int, members: int) -> Sample:
    """The members join, stand still while the log is written, and then go on together until it is done.

    They stand still for less than their session lasts, so nobody loses a partition. Checked against the
    plain path's rows.
    """
    log = written.empty(bench.place, cases)
    dsn = plain.migrated(bench.place)
    with ExitStack() as stack:
        sites = [stack.enter_context(_member(bench, log, dsn, number)) for number in range(members)]
        until(lambda: all(services.is_ready(site.port) for site in sites), PATIENCE)
        _tell(bench, sites, signal.SIGSTOP)
        try:
            written.fill_all(bench.place, log)
        finally:
            _tell(bench, sites, signal.SIGCONT)
        began = monotonic()
        until(lambda: count(dsn, DONE) >= log.events, PATIENCE)
        seconds = monotonic() - began
    expect(plain.digest(dsn), bench.digest(log), "digest")
    bench.place.drop(dsn)
    return Sample(log.events, seconds)


def _tell(bench: Bench, sites: list[Site], what: signal.Signals) -> None:
    for site in sites:
        os.kill(bench.place.children[site.name].pid, what)


def _member(bench: Bench, log: Written, dsn: str, number: int) -> AbstractContextManager[Site]:
    told = {"postgres_dsn": dsn, "kafka_bootstrap": log.bootstrap, "kafka_prefix": log.prefix}
    name = f"metrics-{number}-{dsn[-4:]}"
    return serving(bench.place, name, ["services.metrics"], replica=str(number), **told)
