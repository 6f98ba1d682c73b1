"""An operator's proof on his own data: events against topic, and consumers against both (R13)."""

from libs.events.verification.findings import Finding, Findings
from libs.events.verification.inbox import verify_inbox
from libs.events.verification.table import verify_stage

__all__ = ["Finding", "Findings", "verify_inbox", "verify_stage"]
