"""A connection that the server has closed is not used again."""

import asyncio

from bench.load import at_hand, connect
from tests.waiting import until


async def test_the_connection_used_last_is_at_hand_unless_the_server_hung_up() -> None:
    served: list[asyncio.StreamWriter] = []
    server = await asyncio.start_server(lambda _, writer: served.append(writer), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    living = await connect(port)
    gone = [await connect(port) for _ in range(2)]

    async def all_served() -> bool:
        return len(served) == 3

    async def noticed() -> bool:
        return not any(connection.open for connection in gone)

    await until(all_served)
    for writer in served[1:]:
        writer.close()
    await until(noticed)
    idle = [living, *gone]
    assert at_hand(idle) is living
    assert at_hand(idle) is None
    living.close()
    served[0].close()
    server.close()
