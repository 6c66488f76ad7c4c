"""Turns of visitors at pages that take long to make."""

import asyncio

from starlette.types import Message, Receive, Scope, Send

from rag.web.bounds.turns import Turns


async def nothing() -> Message:
    return {"type": "http.disconnect"}


def test_many_slow_pages_of_one_visitor_do_not_hold_up_another() -> None:
    begun: list[str] = []
    made = asyncio.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        begun.append(scope["client"][0])
        await made.wait()

    async def run() -> None:
        turns = Turns(app, at_once=2)

        def get(address: str, path: str = "/articles/x") -> "asyncio.Task[None]":
            scope = {"type": "http", "path": path, "client": (address, 1)}
            return asyncio.ensure_future(turns(scope, nothing, lambda message: asyncio.sleep(0)))

        tasks = [get("192.0.2.1") for _ in range(20)]
        tasks += [get("192.0.2.2"), get("192.0.2.3", "/widget.js")]
        await asyncio.sleep(0.01)
        assert sorted(begun) == ["192.0.2.1", "192.0.2.1", "192.0.2.3"]
        made.set()
        await asyncio.gather(*tasks)
        assert begun[3] == "192.0.2.2" and len(begun) == 22

    asyncio.run(run())


def test_a_client_who_reads_slowly_holds_no_place() -> None:
    reads = asyncio.Event()
    begun: list[Scope] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        begun.append(scope)
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def send(message: Message) -> None:
        await reads.wait()

    async def run() -> None:
        turns = Turns(app, at_once=1)
        scope = {"type": "http", "path": "/", "client": ("192.0.2.1", 1)}
        tasks = [asyncio.ensure_future(turns(dict(scope), nothing, send)) for _ in range(3)]
        await asyncio.sleep(0.01)
        assert len(begun) == 3
        reads.set()
        await asyncio.gather(*tasks)

    asyncio.run(run())
