"""The watch over open requests."""

from __future__ import annotations

import asyncio

import pytest

from pipeline.http.time_limits import TimeLimits


def test_a_silent_request_ends_and_its_task_goes_on() -> None:
    async def main() -> str:
        limits = TimeLimits(total_s=10, silence_s=0.04)
        with pytest.raises(TimeoutError, match=r"silent for 0\.04 s"), limits.request():
            await asyncio.sleep(5)
        await asyncio.sleep(0)
        task = asyncio.current_task()
        assert task is not None
        assert task.cancelling() == 0
        with limits.request():  # and the next one is watched again
            await asyncio.sleep(0.01)
        return "done"

    assert asyncio.run(main()) == "done"


def test_one_that_is_heard_of_ends_at_the_total() -> None:
    async def drip() -> None:
        with TimeLimits(total_s=0.2, silence_s=0.08).request() as request:
            while True:
                request.heard(1)
                await asyncio.sleep(0.01)

    async def main() -> float:
        started = asyncio.get_running_loop().time()
        with pytest.raises(TimeoutError, match=r"not done after 0\.2 s"):
            await drip()
        return asyncio.get_running_loop().time() - started

    assert 0.2 < asyncio.run(main()) < 0.5


def test_a_cancellation_from_outside_stays_one() -> None:
    async def work(limits: TimeLimits) -> None:
        with limits.request():
            await asyncio.sleep(5)

    async def main() -> bool:
        task = asyncio.create_task(work(TimeLimits(total_s=10, silence_s=10)))
        await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return task.cancelled()

    assert asyncio.run(main())


def test_only_the_late_one_ends() -> None:
    async def work(limits: TimeLimits, silent_s: float) -> str:
        try:
            with limits.request():
                await asyncio.sleep(silent_s)
        except TimeoutError:
            return "late"
        return "in time"

    async def main() -> list[str]:
        limits = TimeLimits(total_s=10, silence_s=0.1)
        return await asyncio.gather(*(work(limits, silent_s) for silent_s in (0.01, 2, 0.05, 3)))

    assert asyncio.run(main()) == ["in time", "late", "in time", "late"]


def test_a_body_that_drips_below_the_least_rate_ends() -> None:
    async def drip() -> None:
        limits = TimeLimits(total_s=10, silence_s=1, min_bytes_per_s=1_000, slow_start_s=0.1)
        with limits.request() as request:
            request.heard(0)
            while True:
                request.heard(1)
                await asyncio.sleep(0.01)

    async def main() -> None:
        with pytest.raises(TimeoutError, match="less than 1000 per second"):
            await drip()

    asyncio.run(main())


def test_the_wait_before_a_body_is_no_slow_body() -> None:
    async def main() -> None:
        limits = TimeLimits(total_s=10, silence_s=10, min_bytes_per_s=1_000, slow_start_s=0.1)
        with limits.request() as request:
            await asyncio.sleep(0.3)  # the server makes the page
            request.heard(0)
            request.heard(50)
            request.end_if_late(asyncio.get_running_loop().time())
            await asyncio.sleep(0)  # a cancellation would strike here

    asyncio.run(main())
