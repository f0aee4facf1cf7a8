"""The operations that run on one WebSocket beside each other."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing

from chassis.telemetry import attach, session_scope
from supergraph.serve.answer_stream import AnswerStream
from supergraph.serve.graphql_transport_ws.closing import OperationExists
from supergraph.serve.graphql_transport_ws.messages import answered, completed, is_last
from supergraph.serve.outgoing import Outgoing, SlowReader
from supergraph.serve.pipeline import refused
from supergraph.serve.refusals import TooMuchOpen
from supergraph.serve.request import Answer, GraphQLRequest

Subscribing = Callable[[GraphQLRequest], Awaitable[Answer | AnswerStream]]


class Operations:
    """Runs operations and puts what comes of them into the outgoing messages.

    Args:
        subscribe: the pipeline.
        outgoing: of the WebSocket.
        maximum: at one time.
        too_slow: called when the client does not read.
    """

    def __init__(
        self,
        subscribe: Subscribing,
        outgoing: Outgoing,
        maximum: int,
        too_slow: Callable[[], None],
    ) -> None:
        self._subscribe = subscribe
        self._outgoing = outgoing
        self._maximum = maximum
        self._too_slow = too_slow
        self._running: dict[str, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, id: str, request: GraphQLRequest) -> None:
        """Run an operation, or refuse it where too many run.

        Raises:
            OperationExists: one of this id runs.
            SlowReader: the refusal finds no place to wait.
        """
        if id in self._running:
            raise OperationExists
        # Those that the client has ended count until they have.
        if len(self._tasks) >= self._maximum:
            refusal = TooMuchOpen("per_socket", self._maximum)
            self._outgoing.put(answered(id, refused(refusal)))
            return
        task = asyncio.create_task(self._run(id, request))
        self._running[id] = task
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def stop(self, id: str) -> None:
        """End an operation; of one that runs no more, nothing happens."""
        task = self._running.pop(id, None)
        if task is not None:
            task.cancel()
            self._outgoing.forget(id)

    async def close(self) -> None:
        """End them all, and wait until they have let go of everything."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _run(self, id: str, request: GraphQLRequest) -> None:
        # A trace and a session of its own: the WebSocket's may be hours long.
        trace: object = request.extensions.get("traceparent")
        try:
            with attach(trace if isinstance(trace, str) else None), session_scope():
                await self._answer(id, request)
        except SlowReader:
            self._too_slow()

    async def _answer(self, id: str, request: GraphQLRequest) -> None:
        begun = await self._subscribe(request)
        if isinstance(begun, AnswerStream):
            async with aclosing(begun):
                async for answer in begun:
                    if is_last(answer):
                        self._end(id, answered(id, answer))
                        return
                    self._outgoing.put(answered(id, answer), id)
                    # Let it be sent before the next one comes, or a burst looks like a slow reader.
                    await asyncio.sleep(0)
            self._end(id, completed(id))
        elif is_last(begun):
            self._end(id, answered(id, begun))
        else:
            self._outgoing.put(answered(id, begun), id)
            self._end(id, completed(id))

    def _end(self, id: str, last: str) -> None:
        # The id is free as soon as the client reads the last message.
        del self._running[id]
        self._outgoing.put(last, id)
