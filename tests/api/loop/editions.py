"""Reference data for the loop: the usual limits with their sources, on the committed calendar."""

from libs.reference import COLUMNS, Library, Row, build_library
from libs.reference.library import add
from tests.unit.reference.packs import header, tables

LIMITS = (
    "REVIEW|*|*|1wd||受理规定|2019-01-01|",
    "DISPATCH|*|*|4wh||派遣规定|2019-01-01|",
    "SIGN|*|*|1wd||签收规定|2019-01-01|",
    "HANDLE|*|*|5wd||条例第24条|2019-01-01|",
    "CHECK|*|*|2wd||核查规定|2019-01-01|",
    "CALLBACK|*|*|3wd||回访规定|2019-01-01|",
    "PERIOD|*|*|30sd||人民调解若干规定第33条|2019-01-01|",
    "CONFIRMATION|*|*|30sd||人民调解法第33条|2019-01-01|",
)
EDITION = "640202-2026.1"


def limits(*lines: str) -> list[Row]:
    return [dict(zip(COLUMNS["limits"], line.split("|"), strict=True)) for line in lines]


def usual() -> Library:
    """One edition, in force from 2026 on; 4 March is a local day off of the whole district."""
    return build_library(tables() | {"limits": limits(*LIMITS)}, header(version=EDITION))


def add_usual(library: Library) -> None:
    """The same edition into a library that knows others."""
    add(library, tables() | {"limits": limits(*LIMITS)}, header(version=EDITION))
