"""`core.search` on a real Postgres: which words find which article, in what order, and how it is shown."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from pipeline.errors import ConfigError
from pipeline.ops.takedown import take_down
from pipeline.urls import url_key
from pipeline.warehouse import db, embedded
from pipeline.warehouse.search import Asked, FoundArticle, search
from tests.warehouse.nights import FIRST_SEEN, NIGHT, Seen, rows, run

pytestmark = pytest.mark.db
HOME = "https://tribune.example/2026/11/19/"
TEXTS = {
    "elections": ("en", "Votes are counted", "The elections were close, said the Bank of England on Monday."),
    "prime": (
        "en",
        "Quiet day in parliament",
        "The prime minister met José Gutiérrez, a minister of prime importance.",
    ),
    "wahlen": ("de", "Wahlen in Bremen", "Die Häuser am Hafen und die Straße werden teurer."),
    "elus": ("fr", "Élection à Paris", "Les députés ont été élus ; les manifestants décidés sont restés."),
    "arabic": ("ar", "اجتماع في بريمن", "قال الرئيس إن الانتخابات قريبة جدا"),
    "urdu": ("ur", "کراچی میں بارش", "بندرگاہ پر کام رک گیا ہے"),
    "japanese": ("ja", "東京の天気", "東京都は雨です。"),
    "unknown": (None, "Zorbu kaltim", "Elections zorbu kaltim."),
}


@pytest.fixture
def articles(warehouse: None, landing_zone: object) -> None:
    run([Seen(HOME + key, title=title, text=body, language=code) for key, (code, title, body) in TEXTS.items()])


def found(words: str, **limits: Any) -> list[str]:
    return [article.url.removeprefix(HOME) for article in asked(words, **limits)]


def found_or_refused(words: str) -> list[str]:
    """Nothing else may happen: no error of Postgres, and a refusal says that there is no word."""
    told = ""
    try:
        return found(words)
    except ConfigError as error:
        told = str(error)
    assert "no word" in told
    return []


def asked(words: str, **limits: Any) -> list[FoundArticle]:
    with db.reading("analyst") as connection:
        return search(connection, Asked(words, **limits))


@pytest.mark.usefixtures("articles")
@pytest.mark.parametrize(
    ("words", "keys"),
    [
        ("election", {"elections", "elus"}),  # English plural; the French headline in its own form
        ("ELECTIONS", {"elections", "elus", "unknown"}),  # without a known language: as it is written
        ("Wahl", {"wahlen"}),
        ("haus", {"wahlen"}),
        ("strasse", {"wahlen"}), ("STRASSE", {"wahlen"}), ("Straße", {"wahlen"}),
        ("gutierrez", {"prime"}), ("Gutiérrez", {"prime"}), ("GUTIÉRREZ jose", {"prime"}),
        ("décidée", {"elus"}), ("député", {"elus"}), ("depute", {"elus"}),
        ("رئيس", {"arabic"}), ("الانتخابات", {"arabic"}), ("بارش", {"urdu"}),
        ("東京都は雨です", {"japanese"}), ("東京", set()),  # no word breaks: only whole runs of signs
        ('"prime minister"', {"prime"}), ('"minister prime"', set()), ("minister prime", {"prime"}),
        ('"bank of england"', {"elections"}), ('"bank england"', set()), ('"the elections were"', {"elections"}),
        ('"election were"', set()),  # within quotes nothing but the words as written
        ('"counted the"', set()),  # headline and text are no phrase
        ("election -england", {"elus"}), ("elections -election", {"unknown"}), ('minister -"prime minister"', set()),
        ("wahl OR minister", {"wahlen", "prime"}), ("die", {"wahlen"}),
        ("dying", set()),  # its English stem is a German article; languages are not mixed
        ("who", set()), ("of", {"elections", "prime"}), ("zorbu", {"unknown"}),
    ],
)  # fmt: skip
def test_words_find_articles(words: str, keys: set[str]) -> None:
    assert set(found(words)) == keys


@pytest.mark.usefixtures("articles")
def test_limits() -> None:
    assert found("election", language="en") == ["elections"]
    assert found("election", language="fr") == ["elus"]
    assert found("election", title_only=True) == ["elus"]
    assert found("minister", title_only=True) == []
    assert found("wahl", source="tribune", since=date(2026, 11, 19), until=date(2026, 11, 19)) == ["wahlen"]
    assert found("wahl", since=date(2026, 11, 20)) == found("wahl", until=date(2026, 11, 18)) == []
    assert len(found("elections", limit=1)) == 1


@pytest.mark.usefixtures("articles")
def test_a_headline_counts_more_than_a_text() -> None:
    run([Seen(HOME + "ports", title="Nothing new", text="Ports here. " * 3 + "Rain, wind and fog."),
         Seen(HOME + "port", title="The port", text="Rain, wind and fog on every day of the long week.")])  # fmt: skip
    assert found("port") == ["port", "ports"]


@pytest.mark.parametrize(
    ("words", "limits", "told"),
    [
        ("", {}, "no word to search for"), ("  ... !", {}, "no word to search for"),
        ("-fraud", {}, "no word that must be there"), ("bank OR -fraud", {}, "no word that must be there"),
        ("x" * 100_000, {}, "too long"), (" ".join(f"w{n}" for n in range(41)), {}, "too many words"),
        ("a " * 500, {}, "too many words: 500, 40 at most"), ("ﷺ " * 11, {}, "too many words: 44"),
        ("a\x00b", {}, "is not text"), ("caf\udce9", {}, "is not text"),
        ("bank", {"language": "d\x00e"}, "is not text"), ("bank", {"source": "caf\udce9"}, "is not text"),
        ("bank", {"language": "xx"}, "core.language"), ("bank", {"source": "x'y"}, "core.source"),
        ("bank", {"limit": 0}, "1 to 2000"),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("warehouse")
def test_what_cannot_be_searched_for_is_told(words: str, limits: dict[str, Any], told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        asked(words, **limits)


@pytest.mark.usefixtures("articles")
@pytest.mark.parametrize("words", ["'", "bank' | 'x", "a\\b", "\\'", "'' \\\\ bank", "bank:*", "bank & !x", '"', '"bank',
    "((", "x <-> y", "=en", "en:elect", "http://a.b/c?d='e'", "o'neill", "zz:A", "--x y", "%s %% :words", "\u200f\u202e x",
    "minister OR example.com/a[b", "minister OR x.example/(a", "minister OR a\\b/c*.d", "minister OR www.a.example/?q=[",
    "minister ـ"])  # fmt: skip
def test_odd_words_are_words(words: str) -> None:
    assert set(found_or_refused(words)) <= {"elections", "prime"}


@pytest.mark.usefixtures("articles")
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(alphabet=st.sampled_from("ab'\"\\ -|&!():*<>%=éßﱞ½…1./@\u200c OR"), max_size=30))
def test_any_words_are_searched_for_or_refused(words: str) -> None:
    assert len(found_or_refused(words)) <= len(TEXTS)


@pytest.mark.usefixtures("articles")
def test_the_snippet_is_the_text_as_written() -> None:
    (article,) = asked("gutierrez")
    assert article.snippet == "The prime minister met José **Gutiérrez**, a minister of prime importance."
    (article,) = asked('"bank of england"')
    assert article.snippet == "The elections were close, said the **Bank of England** on Monday."
    (article,) = asked("election", language="en")
    assert "The **elections** were" in article.snippet
    (article,) = asked("election", language="fr")
    assert article.snippet.startswith("Les députés"), "found in the headline: the text from its beginning"
    (article,) = asked("haus strasse")
    assert article.snippet == "Die **Häuser** am Hafen und die **Straße** werden teurer."


@pytest.mark.usefixtures("warehouse", "landing_zone")
def test_a_snippet_holds_no_markup_and_no_control_characters() -> None:
    body = 'Ferry <script>alert("x")</script> \x1b[31mred **bold** ***or*** ****x**** \u202efdp\u2066 <img src=x onerror=y> &lt;b&gt; ends\nhere.'
    run([Seen(HOME + "a", title="t", text=body, language="en")])
    (article,) = asked("ferry")
    assert not set(article.snippet) & set("<>\x1b\u202e\u2066\n\x02\x03")
    assert article.snippet.startswith("**Ferry** ‹script›alert")
    assert article.snippet.count("**") == 2, "no marks but those of the word found"


@pytest.mark.usefixtures("warehouse", "landing_zone")
def test_a_snippet_shows_the_place_in_a_long_text() -> None:
    run([Seen(HOME + "a", text="Fog came. " * 400 + "At noon the ferry sank. " + "Rain fell. " * 400)])
    snippet = asked("ferry")[0].snippet
    assert "the **ferry** sank" in snippet
    assert (snippet[:2], snippet[-2:]) == ("… ", " …")
    assert len(snippet) < 400


@pytest.mark.usefixtures("warehouse", "landing_zone")
def test_of_very_many_the_newest_are_ranked_and_that_is_told() -> None:
    run([Seen(HOME + "a", first_seen_at=FIRST_SEEN, language="en")])
    with db.engine("owner").begin() as connection:
        connection.execute(text(_MANY))
    result = asked("cranes", limit=2_000)
    assert len(result) == 2_000
    assert {article.looked_back_to for article in result} == {date(2026, 10, 11)}
    assert min(article.first_seen_at.date() for article in result) == date(2026, 10, 11)
    older = asked("cranes", limit=2_000, until=date(2026, 10, 11))
    assert len(older) == 549, "the 499 that were not looked at, and those of the day at which it was cut"
    assert {article.looked_back_to for article in older} == {None}
    assert asked("cranes", since=date(2026, 10, 12))[0].looked_back_to is None


@pytest.mark.usefixtures("warehouse", "landing_zone")
@pytest.mark.parametrize(("copies", "looked_back_to"), [(1_999, None), (2_000, date(2026, 11, 19))])
def test_of_a_day_with_very_many_the_rest_is_found_by_narrowing(copies: int, looked_back_to: date | None) -> None:
    """2,000 are all there are; of one more it is told, and that `until` does not show the rest of a day."""
    run([Seen(HOME + "a", first_seen_at=FIRST_SEEN, language="en")])
    with db.engine("owner").begin() as connection:
        connection.execute(text(_MANY.replace("2499", str(copies)).replace("(n - 1) / 50", "0")))
    assert {article.looked_back_to for article in asked("cranes", limit=2_000)} == {looked_back_to}
    told = _notices("cranes")
    assert ("More words, a source or a language" in told) == (looked_back_to is not None)
    assert ("until => '2026-11-18' looks further back" in told) == (looked_back_to is not None)


def _notices(words: str) -> str:
    told: list[str] = []
    with psycopg.connect(embedded.read_cluster().url("analyst", "warehouse", "postgresql")) as connection:
        connection.add_notice_handler(lambda each: told.append(str(each.message_primary)))
        connection.execute("SELECT FROM core.search(%s)", [words])
    return " ".join(told)


@pytest.mark.usefixtures("articles")
def test_quarantined_edited_and_removed_articles_are_not_found_by_what_they_said(landing_zone: object) -> None:
    later = NIGHT + timedelta(days=1)
    run([Seen(HOME + "teaser", text="Subscribe to zebras.", verdict="quarantined", verdict_reason="teaser")])
    assert found("zebras") == []
    run([Seen(HOME + "wahlen", title="Wahlen in Bremen", text="Die Läden am Markt werden teurer als in dem Jahr davor.",
              language="de", fetched_at=later)], night=later)  # fmt: skip
    assert (found("haus"), found("markt")) == ([], ["wahlen"])
    take_down([url_key(HOME + "prime")], (), reason="asked for", now=later)
    assert found("gutierrez") == []
    assert rows("SELECT count(*) FROM core.article_search") == rows("SELECT count(*) FROM core.article")


@pytest.mark.usefixtures("articles")
def test_the_query_counts_all_matches() -> None:
    with db.reading("analyst") as connection:
        statement = "SELECT count(*) FROM core.article_search WHERE words @@ core.search_query('wahl OR elections')"
        assert connection.scalar(text(statement)) == 4


def test_what_load_writes_is_what_the_database_would(warehouse: None, landing_zone: object) -> None:
    many = " ".join(f"https://a{n}.example/b-{n}/c{n}" for n in range(6_000))
    odd = "abcﱞ ŉ " + " ".join(f"wörd{n:05}en" for n in range(20_000))
    run(
        [
            Seen(HOME + "a", text=many),
            Seen(HOME + "b", text=odd, language="de"),
            Seen(HOME + "c", text=f"{odd} c", language="ar"),
        ]
    )
    assert rows(
        "SELECT count(*) FROM core.article_search s JOIN core.article a USING (article_id) JOIN core.article_revision r"
        " USING (article_id) WHERE s.words = core.article_words(r.title, r.text, a.language)"
    ) == [(3,)]  # fmt: skip
    assert found("wörd00007en")
    assert not found("wörd19999en"), "beyond 100,000 characters nothing is found"


@pytest.mark.usefixtures("warehouse", "landing_zone")
def test_an_article_with_a_lone_tatweel_is_loaded() -> None:
    run([Seen(HOME + "a", title="الوزير ـ في كلمته", text="قال الوزير ـ في كلمته إن العمل مستمر", language="ar")])
    assert found("الوزير") == found("الوزير ـ") == ["a"]


_MANY = """
WITH copied AS (
    INSERT INTO core.article (url_key, first_seen_on, source_id, url, revision_no, title, language, published_precision,
        first_seen_at, fetched_at, loaded_at, publisher_tags, word_count, quality, quality_reasons, is_paywalled,
        text_sha256, content_digest, clean_maker_id, tag_maker_id, run_key)
    SELECT 'k' || n, d.day, source_id, url || n, 1, title, language, 'none', d.day::timestamptz, d.day::timestamptz,
        loaded_at, '{}', word_count, quality, '{}', false, text_sha256, 'd', clean_maker_id, tag_maker_id, run_key
    FROM core.article, generate_series(1, 2499) AS n,
        LATERAL (SELECT date '2026-11-19' - (n - 1) / 50 AS day) AS d
    RETURNING article_id, first_seen_on, first_seen_at, source_id
), revision AS (
    INSERT INTO core.article_revision (article_id, first_seen_on, revision_no, cause, recorded_at, title, text,
        text_sha256, word_count, page_id, page_sha256, maker_id, run_key)
    SELECT c.article_id, c.first_seen_on, 1, 'new', c.first_seen_at, r.title, r.text, r.text_sha256, r.word_count,
        r.page_id, r.page_sha256, r.maker_id, r.run_key
    FROM copied c, core.article_revision r
)
INSERT INTO core.article_search (article_id, first_seen_on, first_seen_at, source_id, words)
SELECT c.article_id, c.first_seen_on, c.first_seen_at, c.source_id, s.words FROM copied c, core.article_search s
"""
