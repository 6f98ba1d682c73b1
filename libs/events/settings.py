"""What a process of a stage is told from outside: environment variables with the prefix BIHUAN_."""

from pathlib import Path

from pydantic import field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from libs.events.clock import drill_clock


class Settings(BaseSettings):
    """Read once at start-up. Durations are seconds, sizes bytes."""

    model_config = SettingsConfigDict(env_prefix="BIHUAN_", extra="ignore", frozen=True)

    deployment: str = "local"
    host: str = "127.0.0.1"
    port: int = 8000
    replica: int = 0

    postgres_dsn: str = ""
    kafka_bootstrap: str = "127.0.0.1:9092"
    kafka_prefix: str = ""
    """Before every topic and group, where several deployments share a cluster."""

    jwks_file: Path | None = None
    jwks_url: str | None = None
    issuer: str = ""
    audience: str = "bihuan"
    sealing_key_file: Path | None = None

    clock: str = ""
    """What the business runs by, as `2026-02-10T09:00+08:00x60@2026-11-22T10:00:00Z`; empty: real time."""
    reference_wait: float = 30.0
    """How long a consumed event waits for the edition of the reference data that it names."""

    log_level: str = "INFO"
    otlp_endpoint: str | None = None
    open_metrics: bool = True
    open_openapi: bool = True

    max_body: int = 1024 * 1024
    max_in_flight: int = 512
    request_deadline: float = 2.2
    """For all that one request asks of its dependencies; a 503 shall be with the caller within 3 s (R10)."""
    import_deadline: float = 10.0
    """The same for a batch of register rows, which computes for longer than any command."""
    after_deadline: float = 1.9
    drain_deadline: float = 25.0
    stuck_after: float = 30.0

    @field_validator("clock")
    @classmethod
    def _readable(cls, text: str) -> str:
        if text:
            drill_clock(text)
        return text

    @property
    def token_issuer(self) -> str:
        """Who must have signed the tokens: `BIHUAN_ISSUER`, or the deployment's own name."""
        return self.issuer or f"bihuan-{self.deployment}"

    def topic(self, name: str) -> str:
        """The topic as the cluster knows it."""
        return f"{self.kafka_prefix}{name}"

    def source(self, stage: str) -> str:
        """The CloudEvents `source` of the stage's events (interfaces section 2)."""
        return f"/bihuan/{self.deployment}/{stage}"
