"""Who may read what (roles, permission matrix). A route without an entry fails start-up."""

from collections.abc import Mapping

DISTRICT = frozenset({"CLS", "DSP", "LDR", "REV", "SUP"})
"""Roles that see the whole district; every other role sees what its organisation takes part in."""

_LOCAL = frozenset({"COM", "GRD", "MCM", "MED", "STR", "UHD", "UNT"})
_MATTERS = DISTRICT | _LOCAL | {"HOT"}
_INDICATORS = DISTRICT | _LOCAL | {"MTR"}

PERMISSIONS: Mapping[str, frozenset[str]] = {
    "ListIndicatorCases": _INDICATORS,
    "ListIndicators": _INDICATORS,
    "ListMatters": _MATTERS,
    "ReadIndicator": _INDICATORS,
    "ReadMatter": _MATTERS,
    "ReadTimeline": _MATTERS,
}


def visible_to(org: str, roles: frozenset[str], operation: str) -> str | None:
    """The organisation whose matters a caller may see by an operation; None for the whole district."""
    using = roles & PERMISSIONS[operation]
    return None if using & (DISTRICT | {"MTR"}) else org
