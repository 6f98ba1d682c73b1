"""Instants as replay reads them: text in one spelling."""

from collections.abc import Callable
from datetime import datetime

SEPARATORS = "--T::."


def is_instant(text: str, parse: Callable[[str], datetime] = datetime.fromisoformat) -> bool:
    """Whether the text is a real instant in the one spelling of `instant_text`.

    `fromisoformat` knows more spellings; the places of the separators and of the Z leave exactly ours.
    """
    if text[4:20:3] != SEPARATORS or text[26:] != "Z":
        return False
    try:
        parse(text)
    except ValueError:
        return False
    return True
