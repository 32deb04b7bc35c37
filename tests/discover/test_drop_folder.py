"""Drop folders: which files count, how they are addressed, when one has changed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pipeline.discover.drop_folder import scan
from pipeline.errors import Reason, Skip
from pipeline.urls import url_key


def look(folder: Path, known: dict[str, str] | None = None, max_bytes: int = 1_000) -> tuple[list[str], int]:
    found = scan(folder, "clippings", known or {}, max_bytes=max_bytes)
    return [listing.url for listing in found.listings], found.refused_count


def test_files_of_the_known_kinds_in_all_subfolders(tmp_path: Path) -> None:
    for name in ("b.txt", "a.HTML", "2026/11/c.htm", "notes.pdf", ".hidden.txt", ".tmp/d.txt", "Größe & 50%?.txt"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("Quay reopens")
    (tmp_path / "empty.txt").touch()
    (tmp_path / "large.txt").write_text("x" * 1_001)
    urls, refused = look(tmp_path)
    assert urls == [
        "drop://clippings/Gr%C3%B6%C3%9Fe%20%26%2050%25%3F.txt",
        "drop://clippings/a.HTML",
        "drop://clippings/b.txt",
        "drop://clippings/2026/11/c.htm",
    ]
    assert refused == 3
    assert len({url_key(url) for url in urls}) == 4


def test_a_name_that_is_not_utf_8(tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.txt")).write_text("x")
    assert look(tmp_path) == (["drop://clippings/%FF.txt"], 0)


def test_links_that_lead_out_are_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.txt").write_text("x")
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "file.txt").symlink_to(outside / "secret.txt")
    (folder / "sub").symlink_to(outside)
    assert look(folder) == ([], 0)


def test_the_fingerprint_tells_touched_from_changed(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"

    def fingerprint(known: dict[str, str]) -> str:
        (listing,) = scan(tmp_path, "clippings", known, max_bytes=1_000).listings
        assert listing.fingerprint is not None
        return listing.fingerprint

    path.write_text("first")
    first = fingerprint({})
    key = url_key("drop://clippings/a.txt")
    assert fingerprint({key: first}) == first
    os.utime(path, ns=(1, 1_763_863_200_000_000_000))
    touched = fingerprint({key: first})
    assert touched != first
    assert touched.split("-")[2] == first.split("-")[2]
    path.write_text("other")
    assert fingerprint({key: touched}).split("-")[2] != first.split("-")[2]


def test_no_folder(tmp_path: Path) -> None:
    with pytest.raises(Skip) as caught:
        look(tmp_path / "missing")
    assert caught.value.reason is Reason.FILE_MISSING
