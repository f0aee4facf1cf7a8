"""The hash pool: few threads, a bounded queue, a loop that stays free."""

from __future__ import annotations

import asyncio
import threading

import pytest
from argon2 import PasswordHasher

from subgraphs.users.model.errors import HashingBusy
from subgraphs.users.service.passwords import HASHER, UNUSABLE, Passwords


class GatedHasher(PasswordHasher):
    """Stands still in each comparison until let go, and knows how many stand in it."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.gate = threading.Event()
        self.entered = threading.Semaphore(0)
        self.lock = threading.Lock()
        self.inside = 0
        self.most = 0
        self.compared = 0

    def verify(self, hash, password):
        with self.lock:
            self.inside += 1
            self.compared += 1
            self.most = max(self.most, self.inside)
        self.entered.release()
        assert self.gate.wait(10)
        with self.lock:
            self.inside -= 1
        return super().verify(hash, password)

    async def wait_until_inside(self, count: int) -> None:
        for _ in range(count):
            assert await asyncio.to_thread(self.entered.acquire, timeout=5)


async def test_100_comparisons_at_once_use_two_threads_and_leave_the_loop_free():
    hasher = GatedHasher()
    passwords = Passwords(threads=2, queue=200, hasher=hasher)
    all_at_once = [asyncio.create_task(passwords.matches("a", None)) for _ in range(100)]
    # The loop runs this while all hundred wait.
    await hasher.wait_until_inside(2)
    hasher.gate.set()
    assert await asyncio.gather(*all_at_once) == [False] * 100
    assert (hasher.most, hasher.compared) == (2, 100)
    passwords.close()


async def test_a_full_queue_refuses_at_once_and_has_room_again_later():
    hasher = GatedHasher()
    passwords = Passwords(threads=1, queue=2, hasher=hasher)
    waiting = [asyncio.create_task(passwords.matches("a", None)) for _ in range(3)]
    await hasher.wait_until_inside(1)
    with pytest.raises(HashingBusy) as busy:
        await passwords.matches("a", None)
    assert busy.value.retry_after_ms > 0
    hasher.gate.set()
    await asyncio.gather(*waiting)
    assert await passwords.matches("a", None) is False
    passwords.close()


async def test_those_who_give_up_make_room():
    hasher = GatedHasher()
    passwords = Passwords(threads=1, queue=1, hasher=hasher)
    first = asyncio.create_task(passwords.matches("a", None))
    await hasher.wait_until_inside(1)
    second = asyncio.create_task(passwords.matches("a", None))
    await asyncio.sleep(0)
    with pytest.raises(HashingBusy):
        await passwords.matches("a", None)
    second.cancel()
    with pytest.raises(asyncio.CancelledError):
        await second
    third = asyncio.create_task(passwords.matches("a", None))
    hasher.gate.set()
    assert await asyncio.gather(first, third) == [False, False]
    passwords.close()


@pytest.mark.parametrize("unusable", [None, UNUSABLE, "", "no hash at all"])
async def test_no_password_matches_where_there_is_no_hash(unusable):
    passwords = Passwords(threads=1)
    for password in ("nobody has this password", "", UNUSABLE):
        assert await passwords.matches(password, unusable) is False
    passwords.close()


def test_the_real_hash_is_argon2id_with_what_owasp_asks_at_least():
    kept = HASHER.hash("x").split("$")
    assert kept[1] == "argon2id"
    assert kept[3] == "m=19456,t=2,p=1"
