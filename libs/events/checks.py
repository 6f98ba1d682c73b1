"""What msgspec would check too slowly, or not at all, of a decoded event: streams, instants and codes.

The check of a fact is a function written out from its contract, as `dataclasses` writes `__init__`: a loop
over the fields would take most of a rebuild's time. `source_of` shows what was written.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import cache
from typing import Any, Protocol, get_origin, get_type_hints

from pydantic import BaseModel

from libs.events.annotations import item_of, peel
from libs.events.compiled import compiled
from libs.events.contracts import Event
from libs.events.errors import Undecodable
from libs.events.instants import SEPARATORS, is_instant

_KNOWN_LIMIT = 65_536  # texts of a pattern remembered; a flood starts them afresh
_KNOWN_PREFIXES = 64  # of streams, likewise; a stage has one
_CODE_LENGTH = 64
_STREAM = re.compile(r"[a-z]+-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}").fullmatch
_RUN = re.compile(r"\^\[(?!\^)([^\]\\]+)\]\{([0-9]+),([0-9]+)\}\$").fullmatch
_LETTERS = bytes.maketrans(b"0123456789abcdefx", b"x" * 16 + b"!")
"""Makes one letter of all that an id is written with, and keeps what is between."""
_MATTER = b"xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx"
_HEAD = """
def check(event):
    occurred, recorded = event.occurred_at, event.recorded_at
    stream, subject = event.stream, event.subject
    if (
        occurred[26] != "Z"
        or recorded[26] != "Z"
        or occurred[4:20:3] != SEPARATORS
        or recorded[4:20:3] != SEPARATORS
        or stream[-36:] != subject
        or stream[:-36] not in prefixes
        or subject.encode().translate(LETTERS) != MATTER
    ):
        check_head(event)
    try:
        parse(occurred)
        parse(recorded)
    except ValueError:
        raise Undecodable("envelope") from None
    data = event.data"""


Check = Callable[[Any], None]
"""Raises Undecodable."""


class Decoded(Protocol):
    """What every event has, whatever its fact. Both instants are 27 letters long, the subject is 36."""

    @property
    def stream(self) -> str: ...
    @property
    def subject(self) -> str: ...
    @property
    def occurred_at(self) -> str: ...
    @property
    def recorded_at(self) -> str: ...


class Codes:
    """The texts of one pattern seen before, and None: codes repeat, so most of them need one look-up."""

    def __init__(self, pattern: str) -> None:
        self.seen: set[str | None] = {None}
        self._matches = re.compile(python_pattern(pattern)).search

    def learn(self, text: str) -> None:
        """Look at a new text. Raises Undecodable."""
        if not self._matches(text):
            raise Undecodable("data")
        if len(self.seen) >= _KNOWN_LIMIT:
            self.seen.clear()
            self.seen.add(None)
        self.seen.add(text)


_prefixes: set[str] = set()
_codes_of = cache(Codes)


def check_head(event: Decoded, prefixes: set[str] = _prefixes) -> None:
    """The stream is `<prefix>-<subject>`, and both instants have the one spelling. Raises Undecodable.

    A good head teaches its prefix, so most heads need only the few looks that each check begins with.
    """
    if not (_STREAM(event.stream) and event.stream.endswith(event.subject)):
        raise Undecodable("stream")
    if not (is_instant(event.occurred_at) and is_instant(event.recorded_at)):
        raise Undecodable("envelope")
    if len(prefixes) >= _KNOWN_PREFIXES:
        prefixes.clear()
    prefixes.add(event.stream[:-36])


def python_pattern(pattern: str) -> str:
    r"""The pattern with `$` as pydantic means it: the end of the text, never before a last line break."""
    return re.sub(r"(?<!\\)\$$", r"\\Z", pattern)


def left_over(constraint: dict[str, Any]) -> dict[str, Any]:
    """The constraint of a text without its pattern, which the check looks at; of a run, its bounds remain."""
    rest = {name: value for name, value in constraint.items() if name != "pattern"}
    run = _run(constraint)
    return rest if run is None else rest | {"min_length": run[1], "max_length": run[2]}


def _run(constraint: dict[str, Any]) -> tuple[bytes, int, int] | None:
    """The letters and bounds of a long text made of some letters; a shorter one is a code that repeats."""
    found = _RUN(constraint.get("pattern", ""))
    if found is None or int(found[3]) <= _CODE_LENGTH:
        return None
    letter = re.compile(f"[{found[1]}]")
    return bytes(n for n in range(128) if letter.match(chr(n))), int(found[2]), int(found[3])


class _Writer:
    """The lines of one check, and what they name."""

    def __init__(self) -> None:
        self.names: dict[str, Any] = {
            "SEPARATORS": SEPARATORS,
            "Undecodable": Undecodable,
            "check_head": check_head,
            "is_instant": is_instant,
            "LETTERS": _LETTERS,
            "MATTER": _MATTER,
            "parse": datetime.fromisoformat,
            "prefixes": _prefixes,
        }

    def name(self, word: str, value: object) -> str:
        """The name of a value in the lines."""
        name = f"{word}_{len(self.names)}"
        self.names[name] = value
        return name

    def check(self, contract: type[BaseModel]) -> str:
        """The whole function."""
        return "\n".join([*_HEAD.splitlines(), *(f"    {line}" for line in self.value(contract, "data"))])

    def value(self, contract: type[BaseModel], value: str) -> Iterator[str]:
        """What to look at in every field of a contract; `value` is the expression that holds it."""
        hints = get_type_hints(contract, include_extras=True)
        for name in contract.model_fields:
            yield from self._field(*peel(hints[name]), f"{value}.{name}")

    def _field(self, plain: Any, constraint: dict[str, Any], place: str) -> Iterator[str]:
        if plain is datetime:
            yield f"if (text := {place}) is not None and text != occurred and not is_instant(text):"
            yield '    raise Undecodable("data")'
        elif (run := _run(constraint)) is not None:
            # Deleting the letters leaves nothing: less than half the price of a regular expression.
            letters = self.name("letters", run[0])
            yield f"if (text := {place}) is not None and text.encode().translate(None, {letters}):"
            yield '    raise Undecodable("data")'
        elif "pattern" in constraint:
            codes = _codes_of(constraint["pattern"])
            yield f"if (text := {place}) not in {self.name('seen', codes.seen)}:"
            yield f"    {self.name('learn', codes.learn)}(text)"
        else:
            yield from self._part(plain, place)

    def _part(self, plain: Any, place: str) -> Iterator[str]:
        """A value in the value, or a tuple of them."""
        part = place.replace(".", "_")
        if get_origin(plain) is tuple:
            begin, inner = f"for {part} in {place} or ():", peel(item_of(plain))[0]
        else:
            begin, inner = f"if {part} := {place}:", plain
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from _block(begin, list(self.value(inner, part)))


def _block(begin: str, lines: Sequence[str]) -> Iterator[str]:
    if lines:
        yield begin
        yield from (f"    {line}" for line in lines)


def source_of(contract: type[BaseModel]) -> str:
    """The check of a fact as it is written."""
    return _Writer().check(contract)


@cache
def check_of(contract: type[Event]) -> Check:
    """What looks at an event with this fact. Raises Undecodable."""
    writer = _Writer()
    source = writer.check(contract)
    check: Check = compiled("check", source, writer.names, f"check of {contract.kind}")
    return check
