"""Services as their processes run anywhere, on databases and topics of their own."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial

from bench.place import Place
from bench.site import Site, count, serving
from deploy.local import services
from deploy.local.wait import until

TOPICS = ("case.intake", "case.dispatch", "case.mediation", "case.dead-letter")
PATIENCE = 300.0
TO_DO = "SELECT count(*) FROM outbox"
STORED = "SELECT count(*) FROM events"
SHOWN = "SELECT sum(report_version + case_version + dispute_version)::bigint FROM matters"


class NeverSettled(RuntimeError):
    """Something that was stored did not come out at the other end."""


@dataclass(frozen=True)
class City:
    """Running services and their databases by stage name."""

    place: Place
    sites: dict[str, Site]
    dsn: dict[str, str]
    prefix: str

    def settled(self) -> None:
        """Wait until nothing is left to publish and metrics shows every event of every stage."""
        if not until(self._quiet, PATIENCE):
            raise NeverSettled(f"{self._stored()} events stored, {self._shown()} shown")

    def _quiet(self) -> bool:
        return not any(count(self.dsn[stage], TO_DO) for stage in self._writers()) and (
            self._shown() == self._stored()
        )

    def _writers(self) -> list[str]:
        return [stage for stage in self.sites if stage != "metrics"]

    def _stored(self) -> int:
        return sum(count(self.dsn[stage], STORED) for stage in self._writers())

    def _shown(self) -> int:
        return count(self.dsn["metrics"], f"SELECT coalesce(({SHOWN}), 0)")


@contextmanager
def city(place: Place, stages: tuple[str, ...], **told: str) -> Iterator[City]:
    """These services from start to end, ready when given; `told` are more of their settings."""
    prefix = place.topics(12, *TOPICS)
    dsn = {stage: place.database() for stage in stages}
    with ExitStack() as stack:
        sites = {
            stage: stack.enter_context(
                serving(
                    place,
                    f"{stage}-{prefix}",
                    [f"services.{stage}"],
                    postgres_dsn=dsn[stage],
                    kafka_bootstrap=place.bootstrap,
                    kafka_prefix=prefix,
                    log_level="WARNING",
                    **told,
                )
            )
            for stage in stages
        }
        for site in sites.values():
            if not until(partial(services.is_ready, site.port), PATIENCE):
                raise NeverSettled(f"{site.name} is not ready")
        yield City(place, sites, dsn, prefix)
