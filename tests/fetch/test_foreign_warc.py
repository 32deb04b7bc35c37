"""Foreign WARC files in every condition: each record is met once, and what is damaged is told, not passed over."""

from __future__ import annotations

import gzip
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.fetch.foreign_warc import ForeignRecord, looks_like_warc, read_records
from tests.foreign_files import Capture, packed, records, story

MADE = records([Capture(f"https://harbour.example/{n}", story(n) * (1 + 40 * (n == 3))) for n in range(8)])
PLAIN, MEMBERS, ONE_STREAM = b"".join(MADE), packed(MADE), gzip.compress(b"".join(MADE))
KINDS = ["warcinfo", *["request", "response"] * 8]


def read(data: bytes, most: int = 10_000_000) -> list[ForeignRecord]:
    return list(read_records(BytesIO(data), max_block_bytes=most))


def responses(found: list[ForeignRecord]) -> list[str]:
    return [record.url.rpartition("/")[2] for record in found if record.kind == "response" and record.url]


@pytest.mark.parametrize("data", [PLAIN, MEMBERS, ONE_STREAM], ids=["plain", "a member per record", "one stream"])
def test_every_record_of_a_sound_file(data: bytes) -> None:
    found = read(data)
    assert [record.kind for record in found] == KINDS
    assert found[2].block.endswith(b"\r\n\r\n" + story(0))
    assert found[2].written_at is not None
    assert found[2].written_at.isoformat() == "2019-03-05T06:07:08+00:00"
    assert looks_like_warc(BytesIO(data))


def test_an_offset_leads_back_to_its_record() -> None:
    for record in read(MEMBERS):
        assert read(MEMBERS[int(record.offset) :])[0].block == record.block
    for record in read(PLAIN):
        assert read(PLAIN[int(record.offset) :])[0].block == record.block
    for record in read(ONE_STREAM):
        assert read(PLAIN[int(record.offset.partition("+")[2] or 0) :])[0].block == record.block


@pytest.mark.parametrize("data", [PLAIN, MEMBERS, ONE_STREAM], ids=["plain", "a member per record", "one stream"])
def test_a_file_that_is_cut_off_keeps_what_came_before(data: bytes) -> None:
    found = read(data[: len(data) * 2 // 3])
    assert 3 < len(found) < len(KINDS)
    assert [record.kind for record in found[:-1]] == KINDS[: len(found) - 1]
    assert (found[-1].kind, found[-1].detail) == ("broken", "the file is cut off here")


@pytest.mark.parametrize("garbage", [b"<html>an error page of a proxy</html>", b"\0" * 700_000, b"\x1f\x8b\x08\0\0"])
@pytest.mark.parametrize("is_packed", [True, False])
def test_garbage_between_records(garbage: bytes, is_packed: bool) -> None:
    before, after = MADE[:7], MADE[7:]
    data = packed(before) + garbage + packed(after) if is_packed else b"".join([*before, garbage, b"\n", *after])
    found = read(data)
    assert responses(found) == [str(n) for n in range(8)]
    assert [record.kind for record in found].count("broken") == 1


def test_a_damaged_member_costs_its_record_only() -> None:
    members = [gzip.compress(record) for record in MADE]
    hurt = bytearray(members[8])
    hurt[len(hurt) // 2 : len(hurt) // 2 + 8] = b"\xff" * 8
    found = read(b"".join([*members[:8], bytes(hurt), *members[9:]]))
    assert responses(found) == ["0", "1", "2", "4", "5", "6", "7"]
    assert sum(record.kind == "broken" for record in found) == 1


@pytest.mark.parametrize("lie", [b"Content-Length: 9", b"Content-Length: 99999", b"Content-Length: 1\r\nX: ", b"X: "])
def test_a_length_that_lies_swallows_no_other_record(lie: bytes) -> None:
    """CC-NEWS of 2016 has such records."""
    assert MADE[4].count(b"Content-Length: ") == 1
    found = read(packed([*MADE[:4], MADE[4].replace(b"Content-Length: ", lie), *MADE[5:]]))
    assert [record.kind for record in found] == [*KINDS[:4], "broken", *KINDS[5:]]


def test_a_large_block_is_passed_over_and_a_bomb_does_not_fill_memory() -> None:
    found = read(MEMBERS, most=10_000)
    assert [record.url for record in found if record.is_too_large] == ["https://harbour.example/3"]
    assert all(not record.block for record in found if record.is_too_large)
    assert responses(found) == [str(n) for n in range(8)]
    bomb = gzip.compress(b"\0" * 50_000_000)
    assert responses(read(packed(MADE[:3]) + bomb + packed(MADE[3:]))) == [str(n) for n in range(8)]


@pytest.mark.parametrize(
    "data", [b"", b"x", b"\x1f\x8b", gzip.compress(b"", mtime=0), b"<html>\n" * 400_000, b"\r\n" * 9]
)
def test_what_is_no_warc_file_is_told(data: bytes) -> None:
    assert not looks_like_warc(BytesIO(data))
    assert all(record.kind == "broken" for record in read(data))


def test_a_header_line_that_is_cut_and_then_continued_is_passed_over() -> None:
    damaged = PLAIN.replace(b"WARC-Date: ", b"WARC-Da\n continued: ", 1)
    assert damaged != PLAIN
    assert len(read(damaged)) >= len(KINDS) - 1


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_no_damage_makes_reading_fail_or_hang(data: st.DataObject) -> None:
    whole = bytearray(data.draw(st.sampled_from([PLAIN, MEMBERS, ONE_STREAM])))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(whole) - 1))
        whole[at : at + data.draw(st.integers(0, 9))] = data.draw(st.binary(max_size=9))
    found = read(bytes(whole))
    assert len(found) <= 3 * len(KINDS)
