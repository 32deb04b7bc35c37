"""What strangers wrote, on a terminal and on a page."""

from __future__ import annotations

from pipeline.shown import for_page, for_terminal, page_template


def test_terminals_get_no_control_characters() -> None:
    assert for_terminal("red \x1b[31m\u202eback\x9b\nnext") == "red [31mback next"


def test_pages_get_nothing_that_html_or_utf8_cannot_carry() -> None:
    shown = for_page("a\ud800b\x00c\x1bd\n\té😀 \u202e")
    assert shown == "a\ufffdb\ufffdc\ufffdd\n\té😀 \u202e"
    assert shown.encode("utf-8")


def test_templates_of_every_package_may_include_the_look() -> None:
    for package, name in (("pipeline.clean", "page.html.jinja"), ("pipeline.tag", "tagged.html.jinja")):
        source, _, _ = page_template(package, name).environment.loader.get_source(  # type: ignore[union-attr]
            page_template(package, name).environment, "look.css"
        )
        assert "prefers-color-scheme: dark" in source
