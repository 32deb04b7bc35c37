"""WARC files as others write them: the layout of CC-NEWS, made with warcio."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

WORDS = [
    "harbour",
    "council",
    "ferry",
    "quay",
    "repair",
    "winter",
    "budget",
    "fishermen",
    "morning",
    "decision",
    "timetable",
    "engine",
    "island",
    "crossing",
    "passengers",
    "storm",
    "ticket",
    "mayor",
    "shipyard",
    "contract",
    "welders",
    "dispute",
    "lantern",
    "pier",
    "captain",
    "autumn",
    "ledger",
    "vote",
]


def story(number: int, headline: str | None = None) -> bytes:
    """A page with an article of some 160 words, its own for each number."""
    title = headline or f"Ferry number {number} returns to the old quay"
    paragraphs = [
        " ".join(
            f"The {WORDS[(number * 7 + line * 5 + k * 3) % len(WORDS)]} of pier {number}.{line} and its "
            f"{WORDS[(number + line * 11 + k * 2) % len(WORDS)]} were discussed by the {WORDS[(number * 3 + k) % len(WORDS)]}."
            for k in range(4)
        )
        for line in range(4)
    ]
    text = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta property="article:published_time" content="2019-03-{1 + number % 28:02}T08:00:00Z"></head>'
        f"<body><nav><a href='/'>Home</a></nav><article><h1>{title}</h1>{text}</article></body></html>"
    ).encode()


@dataclass(frozen=True, slots=True)
class Capture:
    """One answer as it goes into a file."""

    url: str
    body: bytes
    at: str = "2019-03-05T06:07:08Z"
    status: str = "200 OK"
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "text/html; charset=utf-8"),)
    fields: dict[str, str] = field(default_factory=dict)  # further WARC headers


def records(captures: Sequence[Capture], *, with_requests: bool = True) -> list[bytes]:
    """A file's records, unpacked: warcinfo, then request and response of each."""
    made = []
    sink = BytesIO()
    writer = WARCWriter(sink, gzip=False, warc_version="1.0")

    def keep() -> None:
        made.append(sink.getvalue())
        sink.seek(0)
        sink.truncate()

    writer.write_record(writer.create_warcinfo_record("CC-NEWS-20190305060708-00001.warc.gz", {"format": "WARC 1.0"}))
    keep()
    for capture in captures:
        response = writer.create_warc_record(
            capture.url,
            "response",
            payload=BytesIO(capture.body),
            length=len(capture.body),
            http_headers=StatusAndHeaders(capture.status, list(capture.headers), protocol="HTTP/1.1"),
            warc_headers_dict={"WARC-Date": capture.at, "WARC-IP-Address": "192.0.2.7", **capture.fields},
        )
        if with_requests:
            request = writer.create_warc_record(
                capture.url,
                "request",
                http_headers=StatusAndHeaders("GET / HTTP/1.1", [("User-Agent", "CCBot/2.0")], is_http_request=True),
                warc_headers_dict={
                    "WARC-Date": capture.at,
                    "WARC-Concurrent-To": response.rec_headers.get_header("WARC-Record-ID"),
                },
            )
            writer.write_record(request)
            keep()
        writer.write_record(response)
        keep()
    return made


def packed(made: Sequence[bytes]) -> bytes:
    """One gzip member per record, as CC-NEWS and we do."""
    return b"".join(gzip.compress(record, 6) for record in made)


def write_cc_news(folder: Path, captures: Sequence[Capture], number: int = 1) -> Path:
    """A file in the layout of CC-NEWS."""
    path = folder / f"CC-NEWS-20190305060708-{number:05}.warc.gz"
    path.write_bytes(packed(records(captures)))
    return path


def moment(text: str) -> datetime:
    """A WARC-Date."""
    return datetime.fromisoformat(text).astimezone(UTC)
