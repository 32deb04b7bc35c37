"""Hosts shared by workers: holds, wishes, back-offs and robots.txt in a real database, with real clients on top."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp import web
from sqlalchemy import event, text

from pipeline.errors import Reason, Retryable
from pipeline.http import Client, HostWaitError, holds
from pipeline.http.hosts import Backoff, Exchanged, HostFacts, HostNews, RobotsCopy
from pipeline.http.worker import is_gone, this_worker
from pipeline.settings import Settings
from pipeline.warehouse import db
from pipeline.warehouse.hosts import HostRow, SharedMemory, exchange, host_row
from tests.conftest import CHECKOUT

pytestmark = pytest.mark.db

AT = datetime(2026, 3, 14, 2, 0, tzinfo=UTC)
REST = Backoff(AT, AT + timedelta(hours=1), Reason.TOO_MANY_REQUESTS)
COPY = RobotsCopy("https://a.example", AT, AT + timedelta(days=1), 200, b"User-agent: *\nDisallow: /x\n\0\xff")


def ask(worker: str, wanted: Sequence[str] = (), news: Sequence[HostNews] = ()) -> Exchanged:
    return db.in_transaction(lambda connection: exchange(connection, worker, news, wanted))


def tells(host: str, *, keeps: bool = True, **fields: Any) -> HostNews:
    return HostNews(host, keeps, **{"last_request_at": AT, "backoff": None, "failure_count": 0, **fields})


def row(host: str) -> HostRow:
    with db.reading() as connection:
        found = host_row(connection, host)
    assert found is not None
    return found


def run_out(host: str) -> None:
    """As if the hold had not been renewed."""

    def work(connection: Any) -> None:
        sql = "UPDATE ops.host SET held_until = clock_timestamp() - interval '1 s' WHERE host = :host"
        connection.execute(text(sql), {"host": host})

    db.in_transaction(work)


def test_one_worker_holds_a_host_and_another_gets_it_afterwards(warehouse: None) -> None:
    first = ask("one", ["a.example", "b.example:8080", "a.example"])
    assert sorted(first.taken, key=lambda f: f.host) == [HostFacts("a.example"), HostFacts("b.example:8080")]
    second = ask("two", ["a.example", "c.example"])
    assert [facts.host for facts in second.taken] == ["c.example"]
    assert [(other.host, other.worker) for other in second.busy] == [("a.example", "one")]
    assert timedelta(seconds=80) < second.busy[0].until - datetime.now(UTC) <= timedelta(seconds=90)

    told = ask("one", news=[tells("a.example"), tells("b.example:8080")])
    assert (told.lost, told.wanted) == (set(), {"a.example"})
    ask("one", news=[tells("a.example", keeps=False)])
    assert [facts.host for facts in ask("one", ["a.example"]).taken] == []  # who waits comes first
    assert ask("two", ["a.example"]).taken == [HostFacts("a.example", AT)]
    assert [other.worker for other in ask("one", ["a.example"]).busy] == ["two"]


def test_a_hold_that_is_not_renewed_runs_out(warehouse: None) -> None:
    ask("one", ["a.example"])
    run_out("a.example")
    assert [facts.host for facts in ask("two", ["a.example"]).taken] == ["a.example"]
    late = ask("one", news=[tells("a.example", failure_count=7)])
    assert late.lost == {"a.example"}
    assert (row("a.example").held_by, row("a.example").failure_count) == ("two", 0)


def test_a_wish_is_forgotten_when_it_is_not_repeated(warehouse: None) -> None:
    ask("one", ["a.example"])
    ask("two", ["a.example"])
    ask("one", news=[tells("a.example", keeps=False)])
    db.in_transaction(lambda c: c.execute(text("UPDATE ops.host SET wanted_until = now() - interval '1 s'")))
    assert [facts.host for facts in ask("one", ["a.example"]).taken] == ["a.example"]


def test_a_killed_worker_on_this_machine_is_seen_at_once(warehouse: None) -> None:
    program = "from pipeline.http.worker import this_worker; print(this_worker(), flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", program], cwd=CHECKOUT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        other = process.stdout.readline().strip()
        ask(other, ["a.example"])
        assert not is_gone(other)
        assert [busy.worker for busy in ask(this_worker(), ["a.example"]).busy] == [other]
        process.kill()
    assert is_gone(other)
    assert [facts.host for facts in ask(this_worker(), ["a.example"]).taken] == ["a.example"]
    assert not is_gone(this_worker())
    assert not is_gone("elsewhere-1234-5678/17.1795500000.00")  # cannot be seen from here


def test_what_is_known_of_a_host_is_kept(warehouse: None) -> None:
    ask("one", ["a.example"])
    ask("one", news=[tells("a.example", keeps=False, backoff=REST, failure_count=3, robots=COPY)])
    assert ask("two", ["a.example"]).taken == [HostFacts("a.example", AT, REST, 3, COPY)]
    ask("two", news=[tells("a.example", keeps=False, last_request_at=AT - timedelta(hours=1))])  # good again
    assert ask("one", ["a.example"]).taken == [HostFacts("a.example", AT, None, 0, COPY)]
    assert row("a.example") == HostRow(
        "a.example", "one", row("a.example").held_until, AT, None, None, None, 0,
        "https://a.example", COPY.read_at, COPY.until, 200,
    )  # fmt: skip
    with db.reading() as connection:
        assert host_row(connection, "never.example") is None


class Outlet:
    """A server on loopback that knows how many requests each host has open, and when they came."""

    def __init__(self) -> None:
        self.port = 0
        self.open: Counter[str] = Counter()
        self.most: Counter[str] = Counter()
        self.starts: dict[str, list[float]] = {}
        self.status, self.headers = 200, dict[str, str]()

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        host = request.host
        if request.path == "/robots.txt":
            return web.Response(text="User-agent: *\nDisallow: /private/")
        self.starts.setdefault(host, []).append(time.monotonic())
        self.open[host] += 1
        self.most[host] = max(self.most[host], self.open[host])
        await asyncio.sleep(0.01)
        self.open[host] -= 1
        return web.Response(status=self.status, headers=self.headers)

    def url(self, host: str, path: str = "/") -> str:
        return f"http://{host}.localhost:{self.port}{path}"


@asynccontextmanager
async def outlet() -> AsyncIterator[Outlet]:
    served = Outlet()
    runner = web.ServerRunner(web.Server(served.answer), shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    served.port = runner.addresses[0][1]
    try:
        yield served
    finally:
        await runner.cleanup()


def client(worker: str, served: Outlet, memory: Any = None, **values: Any) -> Client:
    hosts = frozenset(f"{name}{n}.localhost" for name in "abc" for n in range(80)) | {"a.localhost"}
    settings = Settings(_env_file=None, **{"host_delay_s": 0.0, "retry_pause_s": 0.01, **values})
    return Client(settings, hosts, memory=memory or SharedMemory(worker))


@pytest.mark.slow
def test_two_workers_never_ask_a_host_at_the_same_time_and_both_come_through(warehouse: None) -> None:
    statements = 0

    def count(*_: object) -> None:
        nonlocal statements
        statements += 1

    async def work(worker: str, served: Outlet) -> None:
        async with client(worker, served, host_delay_s=0.02) as mine, asyncio.TaskGroup() as group:
            for number in range(60):
                group.create_task(line(mine, served, f"a{number}"))

    async def line(mine: Client, served: Outlet, host: str) -> None:
        for number in range(5):
            await mine.get(served.url(host, f"/{number}"), obey_robots=True)
        mine.leave(f"{host}.localhost:{served.port}")

    async def main() -> Outlet:
        async with outlet() as served:
            await asyncio.gather(work("one", served), work("two", served))
        return served

    event.listen(db.engine(), "before_cursor_execute", count)
    served = asyncio.run(main())
    event.remove(db.engine(), "before_cursor_execute", count)
    assert len(served.starts) == 60
    assert {len(starts) for starts in served.starts.values()} == {10}
    assert set(served.most.values()) == {1}
    assert statements < 150  # for 660 requests
    with db.reading() as connection:
        assert connection.scalar(text("SELECT count(*) FROM ops.host WHERE held_by IS NOT NULL")) == 0


def test_the_pause_and_the_peace_hold_for_the_next_worker(warehouse: None) -> None:
    async def main() -> None:
        async with outlet() as served:
            async with client("one", served) as one:
                await one.get(served.url("a"))
            async with client("two", served, host_delay_s=0.5) as two:
                await two.get(served.url("a"))
                first, second = served.starts[f"a.localhost:{served.port}"]
                assert second - first > 0.45  # the hosts' pause counts from the other worker's request
                served.status, served.headers = 429, {"Retry-After": "1800"}
                await two.get(served.url("a"))
                await two.get(served.url("a"))
            async with client("three", served) as three:
                with pytest.raises(HostWaitError, match=r"a\.localhost.* is left in peace since .* until") as caught:
                    await three.get(served.url("a"))
                assert caught.value.reason is Reason.HOST_BACKOFF
                assert caught.value.cause is Reason.TOO_MANY_REQUESTS
                assert caught.value.wait_s == pytest.approx(1800, abs=20)
            assert len(served.starts[f"a.localhost:{served.port}"]) == 4

    asyncio.run(main())


def test_a_held_host_is_waited_for_and_then_given_up(warehouse: None) -> None:
    async def main() -> float:
        async with outlet() as served:
            host = f"a.localhost:{served.port}"
            await asyncio.to_thread(ask, "elsewhere/1.0", [host])
            async with client("one", served, host_wait_s=1.2) as one:
                started = time.monotonic()
                with pytest.raises(HostWaitError, match="being asked by another worker") as caught:
                    await one.get(served.url("a"))
                assert caught.value.reason is Reason.HOST_BUSY
                took = time.monotonic() - started
                with pytest.raises(HostWaitError):  # and the next address does not wait as long again
                    await one.get(served.url("a"))
                assert time.monotonic() - started < took + 0.5
                assert served.starts == {}
                await asyncio.to_thread(ask, "elsewhere/1.0", (), [tells(host, keeps=False)])
                await one.get(served.url("a"))
        return took

    assert 1.2 <= asyncio.run(main()) < 4


def test_a_database_that_is_away_stops_nobody(warehouse: None) -> None:
    class Flaky:
        """A memory that is away for a while: as `SharedMemory` says it."""

        def __init__(self) -> None:
            self.real, self.is_away, self.failed = SharedMemory("one"), True, 0

        async def exchange(self, news: Sequence[HostNews], wanted: Sequence[str]) -> Exchanged:
            if self.is_away:
                self.failed += 1
                raise Retryable(Reason.DATABASE_UNAVAILABLE, "the database is starting up")
            return await self.real.exchange(news, wanted)

    memory = Flaky()

    async def main() -> None:
        async with outlet() as served:
            async with client("one", served, memory) as one:
                for number in range(20):
                    await one.get(served.url("a", f"/{number}"), obey_robots=True)
                memory.is_away = False
            assert len(served.starts[f"a.localhost:{served.port}"]) == 20

    asyncio.run(main())
    assert memory.failed == 1


def test_the_real_database_away(warehouse: None, monkeypatch: pytest.MonkeyPatch) -> None:
    db.dispose()
    monkeypatch.setattr(db, "url_for", lambda *_, **__: "postgresql+psycopg://nobody@127.0.0.1:1/none")
    with pytest.raises(Retryable) as caught:
        asyncio.run(SharedMemory("one").exchange([], ["a.example"]))
    assert caught.value.reason is Reason.DATABASE_UNAVAILABLE
    db.dispose()


@pytest.mark.slow
def test_a_long_line_gives_way_to_who_waits(warehouse: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(holds, "RENEW_S", 0.2)
    order: list[str] = []

    async def main() -> None:
        async with outlet() as served, client("one", served) as one, client("two", served) as two:

            async def ask_often() -> None:
                for number in range(150):
                    await one.get(served.url("a", f"/{number}"))
                    order.append("one")

            working = asyncio.create_task(ask_often())
            await asyncio.sleep(0.3)
            await two.get(served.url("a", "/feed"))
            order.append("two")
            two.leave(f"a.localhost:{served.port}")
            await working

    asyncio.run(main())
    assert 0 < order.index("two") < 150
    assert len(order) == 151


def test_hosts_taken_while_the_database_was_away_are_agreed_on_afterwards(
    warehouse: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(holds, "_AWAY_PAUSE_S", 0.1)
    monkeypatch.setattr(holds, "IDLE_S", 60)

    class Away(SharedMemory):
        is_away = True

        async def exchange(self, news: Sequence[HostNews], wanted: Sequence[str]) -> Exchanged:
            if self.is_away:
                raise Retryable(Reason.DATABASE_UNAVAILABLE, "the database is starting up")
            return await super().exchange(news, wanted)

    async def main() -> None:
        async with outlet() as served:
            free, taken = f"a1.localhost:{served.port}", f"a2.localhost:{served.port}"
            await asyncio.to_thread(ask, "two", [taken])
            memory = Away("one")
            async with client("one", served, memory, host_wait_s=0.1) as one:
                await one.get(served.url("a1"))
                await one.get(served.url("a2"))
                memory.is_away = False
                await asyncio.sleep(1.5)
                assert (row(free).held_by, row(taken).held_by) == ("one", "two")
                await one.get(served.url("a1"))
                with pytest.raises(HostWaitError):
                    await one.get(served.url("a2"))

    asyncio.run(main())


def test_a_bug_in_sharing_stops_every_request(warehouse: None) -> None:
    class Broken(SharedMemory):
        async def exchange(self, news: Sequence[HostNews], wanted: Sequence[str]) -> Exchanged:
            raise KeyError(f"a bug with {len(news) + len(wanted)} hosts")

    async def main() -> None:
        async with outlet() as served, client("one", served, Broken("one")) as one:
            for _ in range(2):
                with pytest.raises(KeyError, match="a bug"):
                    await one.get(served.url("a"))
            assert served.starts == {}

    asyncio.run(main())
