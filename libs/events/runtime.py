"""One runtime for every service: data and pure functions in, a running process out (design 11.7)."""

from libs.events.service import build, read_only
from libs.events.settings import Settings
from libs.events.stage import Reader, Stage

__all__ = ["Reader", "Settings", "Stage", "build", "read_only"]
