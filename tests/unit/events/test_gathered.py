"""Head and body of an answer are one piece on the wire, and nothing waits longer than it must."""

import asyncio
from dataclasses import dataclass, field

from libs.events.gathered import MOST, Gathered


@dataclass
class Wire:
    """What left, in which pieces."""

    pieces: list[bytes] = field(default_factory=list)
    ended: str = ""

    def write(self, data: bytes) -> None:
        assert not self.ended
        self.pieces.append(data)

    def write_eof(self) -> None:
        self.ended = "eof"

    def close(self) -> None:
        self.ended = "closed"

    def abort(self) -> None:
        self.ended = "aborted"

    def is_closing(self) -> bool:
        return bool(self.ended)

    def get_extra_info(self, name: str) -> str:
        return f"the {name}"


def gathered() -> tuple[Wire, Gathered]:
    wire = Wire()
    return wire, Gathered(wire, asyncio.get_running_loop())


async def test_head_and_body_leave_together_when_the_answer_is_complete() -> None:
    wire, out = gathered()
    out.write(b"head")
    out.write(b"body")
    assert wire.pieces == []
    out.flush()
    out.flush()
    assert wire.pieces == [b"headbody"]


async def test_an_answer_that_is_not_complete_leaves_when_the_loop_turns() -> None:
    wire, out = gathered()
    out.write(b"part 1")
    await asyncio.sleep(0)
    out.write(b"part 2")
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert wire.pieces == [b"part 1", b"part 2"]


async def test_a_long_answer_does_not_gather_in_memory() -> None:
    wire, out = gathered()
    for _ in range(5):
        out.write(bytes(MOST))
    assert [len(piece) for piece in wire.pieces] == [2 * MOST, 2 * MOST]


async def test_closing_sends_what_waits_and_aborting_does_not() -> None:
    for end, left in (("close", [b"last"]), ("write_eof", [b"last"]), ("abort", [])):
        wire, out = gathered()
        out.write(b"last")
        getattr(out, end)()
        await asyncio.sleep(0)
        assert (wire.pieces, wire.is_closing(), out.is_closing()) == (left, True, True)


async def test_everything_else_is_the_transports_own() -> None:
    assert gathered()[1].get_extra_info("socket") == "the socket"


async def test_what_is_sent_at_once_does_not_overtake_what_waits() -> None:
    wire, out = gathered()
    out.send(b"whole")
    assert wire.pieces == [b"whole"]
    out.write(b"first")
    out.send(b"second")
    assert wire.pieces == [b"whole", b"firstsecond"]
