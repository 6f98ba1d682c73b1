"""One installation for the whole run, on the run's own servers."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from deploy.local import topics
from deploy.local.services import STAGES
from tests.conftest import in_own_thread, temporary_database
from tests.e2e.installation import Installation, installation


@pytest.fixture(scope="session")
def city(
    kafka_bootstrap: str, postgres_dsn: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installation]:
    """The four services, running."""
    in_own_thread(lambda: topics.ensure(kafka_bootstrap, topics.read()))
    with ExitStack() as made:
        databases = {stage: made.enter_context(temporary_database(postgres_dsn)) for stage in STAGES}
        running = installation(tmp_path_factory.mktemp("city"), kafka_bootstrap, databases)
        made.callback(
            lambda: in_own_thread(lambda: topics.delete(kafka_bootstrap, [t.name for t in topics.read()]))
        )
        made.callback(running.stop)
        running.start()
        yield running
