from __future__ import annotations

import pytest
from redis.asyncio import Redis

from stack import redis
from stack.errors import PasswordRefused


async def test_it_refuses_another_password(redis_server: redis.Redis):
    await redis.probe(redis_server.url)
    with pytest.raises(PasswordRefused, match="Redis refuses the password"):
        await redis.probe(redis_server.url.replace(redis_server.password, "wrong"))


async def test_it_keeps_to_loopback_and_its_secrets_to_itself(redis_server: redis.Redis):
    async with Redis.from_url(redis_server.url, decode_responses=True) as client:
        assert (await client.config_get("bind"))["bind"] == "127.0.0.1"
        assert await client.config_get("save") == {"save": ""}
        assert await client.config_get("appendonly") == {"appendonly": "no"}
    assert (redis_server.data / "redis.conf").stat().st_mode & 0o077 == 0


async def test_it_has_the_commands_that_timelines_rely_on(redis_server: redis.Redis):
    async with Redis.from_url(redis_server.url, decode_responses=True) as client:
        key = "test:stack:timeline"
        await client.zadd(key, {"a": 1, "b": 2, "c": 3})
        page = await client.zrange(key, "+inf", "-inf", desc=True, byscore=True, offset=0, num=2)
        assert page == ["c", "b"]
        assert await client.eval("return redis.call('zcard', KEYS[1])", 1, key) == 3
        await client.delete(key)
