"""Functions that are written as text, because they are faster without the choices that made them."""

from typing import Any


def compiled(name: str, source: str, names: dict[str, Any], about: str) -> Any:
    """The function of this name in the source, which finds `names`; a traceback says `about`."""
    exec(compile(source, f"<{about}>", "exec"), names)  # noqa: S102 - source is made of our own classes alone
    return names[name]
