from __future__ import annotations

import asyncio
from typing import Self

import nats as client
import pytest
from nats.aio.msg import Msg
from nats.js.api import AckPolicy, ConsumerConfig, StreamConfig
from nats.js.errors import Error as JetStreamError

from stack import nats

STREAMS = [
    StreamConfig(name="MT", subjects=["mt.v1.>", "mt.replay.>"]),
    StreamConfig(name="MT_DLQ", subjects=["mt.dlq.>"]),
]
FORBIDDEN = (
    "$JS.API.STREAM.DELETE.MT",
    "$JS.API.STREAM.PURGE.MT",
    "$JS.API.STREAM.MSG.DELETE.MT",
    "$JS.API.STREAM.CREATE.OTHER",
    "$JS.API.CONSUMER.DELETE.MT.search",
    "$SYS.REQ.SERVER.PING",
    "anything",
)


class Connected:
    """A connection of one user that keeps what it was refused."""

    def __init__(self, server: nats.Nats, user: str) -> None:
        self.server = server
        self.user = user
        self.refused: list[str] = []

    async def __aenter__(self) -> Self:
        self.nc = await client.connect(
            self.server.url_for(self.user),
            error_cb=self._keep,
            inbox_prefix=f"_INBOX.{self.user}",
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.nc.close()

    async def _keep(self, error: Exception) -> None:
        self.refused.append(str(error))

    async def may_publish(self, subject: str) -> bool:
        """Whether the server takes a message on `subject`; it tells only by an error."""
        self.refused.clear()
        await self.nc.publish(subject, b"")
        await self._pass_through()
        return not any(subject.lower() in line.lower() for line in self.refused)

    async def may_subscribe(self, subject: str) -> bool:
        self.refused.clear()
        subscription = await self.nc.subscribe(subject)
        await self._pass_through()
        await subscription.unsubscribe()
        return not any(subject.lower() in line.lower() for line in self.refused)

    async def _pass_through(self) -> None:
        """What the server had to say before is here with its answers; see chassis.bus.settle."""
        await self.nc.flush()
        await self.nc.flush()


@pytest.mark.parametrize("service", nats.SERVICES)
async def test_a_service_publishes_its_own_subjects_and_no_other(
    nats_server: nats.Nats, service: str
):
    async with Connected(nats_server, service) as connected:
        assert await connected.may_publish(f"mt.v1.{service}.thing.done")
        assert await connected.may_publish("mt.dlq.search")
        assert await connected.may_publish("mt.ask.users.cards")
        for other in (*nats.SERVICES, "router"):
            if other != service:
                assert not await connected.may_publish(f"mt.v1.{other}.thing.done")
                assert not await connected.may_subscribe(f"mt.ask.{other}.cards")
        for subject in FORBIDDEN:
            assert not await connected.may_publish(subject), subject
        assert not await connected.may_publish("mt.replay.tweets_author_cards")
        assert await connected.may_subscribe(f"mt.ask.{service}.cards")
        assert not await connected.may_subscribe("mt.v1.>")
        assert not await connected.may_subscribe(">")


REVOKED = "mt.v1.users.session.revoked"


async def test_the_router_follows_revocations_and_nothing_else_of_the_stream(
    nats_server: nats.Nats,
):
    create = "$JS.API.CONSUMER.CREATE.MT"
    async with Connected(nats_server, "router") as connected:
        assert await connected.may_publish(f"{create}.any.{REVOKED}")
        others = ["mt.v1.>", "mt.v1.users.>", "mt.v1.users.account.created", f"{REVOKED}.more"]
        refused = [f"{create}.any.{other}" for other in others]
        refused += [f"{create}.any", create, f"{create}_DLQ.any.{REVOKED}"]
        refused += ["$JS.API.CONSUMER.DURABLE.CREATE.MT.any", "$JS.API.CONSUMER.MSG.NEXT.MT.any"]
        refused += ["$JS.ACK.MT.any.1.1.1.1.0", "mt.live.feed.x", "mt.replay.any"]
        for subject in refused:
            assert not await connected.may_publish(subject), subject


async def test_the_router_neither_asks_nor_tells(nats_server: nats.Nats):
    told = ("mt.v1.users.thing.done", "mt.dlq.x", "mt.ask.users.cards", "mt.live.feed.x")
    async with Connected(nats_server, "router") as connected:
        for subject in (*told, "$JS.API.STREAM.INFO.MT", *FORBIDDEN):
            assert not await connected.may_publish(subject), subject
        for subject in ("mt.live.feed.x", "mt.live.thread.x", "mt.ask.users.cards", "mt.v1.>"):
            assert not await connected.may_subscribe(subject), subject


@pytest.mark.parametrize("user", [user for user in nats.USERS if user != "admin"])
async def test_bells_are_rung_and_heard_by_their_owner_alone(nats_server: nats.Nats, user: str):
    owners = {"mt.live.feed.x": "timeline", "mt.live.thread.x": "tweets", "mt.live.x": None}
    async with Connected(nats_server, user) as connected:
        for bell, owner in owners.items():
            assert await connected.may_publish(bell) == (user == owner), bell
            assert await connected.may_subscribe(bell) == (user == owner), bell


async def test_an_answer_is_read_by_who_asked_and_written_by_who_was_asked(
    nats_server: nats.Nats,
):
    async with Connected(nats_server, "users") as asked, Connected(nats_server, "tweets") as asker:

        async def answer(question: Msg) -> None:
            await question.respond(b"card")

        await asked.nc.subscribe("mt.ask.users.any", cb=answer)
        await asked.nc.flush()
        assert (await asker.nc.request("mt.ask.users.any", b"", timeout=5)).data == b"card"
        for stranger in (asked, asker):
            theirs = "tweets" if stranger is asked else "users"
            for subject in (f"_INBOX.{theirs}.any", "_INBOX.any", "_INBOX.>"):
                assert not await stranger.may_publish(subject), subject
                assert not await stranger.may_subscribe(subject), subject


@pytest.mark.parametrize("service", nats.SERVICES)
async def test_a_service_makes_streams_consumes_and_acknowledges(own_nats_server, service: str):
    server: nats.Nats = own_nats_server.server
    async with Connected(server, service) as connected:
        js = connected.nc.jetstream()
        for stream in STREAMS:
            await js.add_stream(stream)
            await js.update_stream(stream)
        await js.publish(f"mt.v1.{service}.thing.done", b"one", headers={"Nats-Msg-Id": "1"})
        config = ConsumerConfig(durable_name=f"{service}-things", ack_policy=AckPolicy.EXPLICIT)
        subscription = await js.pull_subscribe("mt.v1.>", config.durable_name, "MT", config)
        (message,) = await subscription.fetch(1, timeout=5)
        await message.ack_sync()
        assert (await subscription.consumer_info()).num_ack_pending == 0
        with pytest.raises((JetStreamError, TimeoutError)):
            await asyncio.wait_for(js.delete_stream("MT"), 1)
        assert any("permissions violation" in line.lower() for line in connected.refused)


async def test_a_wrong_password_and_no_password_are_refused(nats_server: nats.Nats):
    for url in (
        nats_server.url.replace(nats_server.passwords["admin"], "wrong"),
        f"nats://127.0.0.1:{nats_server.port}",
    ):
        with pytest.raises(Exception, match="Authorization Violation"):
            await nats.probe(url)


def test_neither_websocket_nor_a_user_without_password_is_configured(nats_server: nats.Nats):
    written = nats_server.configuration()
    assert "websocket" not in written
    assert "no_auth_user" not in written
    assert (nats_server.data / "nats.json").stat().st_mode & 0o077 == 0
