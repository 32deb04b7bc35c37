"""Scores of one's own topics: by keywords, by examples, by both."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pipeline.errors import ConfigError
from pipeline.tag.interfaces import Reading, TagContext
from pipeline.tag.ner.model import ENCODER_FILES, SHIPPED, digest_of
from pipeline.tag.tagger import tag_text, tagger_with
from pipeline.tag.topics import background, example_store
from pipeline.tag.topics.background import BACKGROUND, load_background
from pipeline.tag.topics.own import OwnTopics, together
from tests.tag.topics.own_topics import HARBOUR, MATCH_NEWS, STRIKE_NEWS, STRIKES, evidence, scored, written


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "The new container terminal opens in May, the harbour master said. Ships of any size can dock there."),
        ("de", "Der Containerhafen wird im Mai eröffnet. Im Hafenbecken können Schiffe jeder Größe anlegen."),
        ("ar", "افتتح الوزير ميناء الحاويات الجديد، ويستقبل الميناء السفن من كل حجم."),
    ],
)
def test_keywords_in_three_languages(tmp_path: Path, language: str, text: str) -> None:
    files = written(tmp_path, HARBOUR)
    (topic,) = scored(files, text, language)
    assert (topic.code, topic.level, topic.is_assigned) == ("own:harbours", 2, True)
    assert scored(files, MATCH_NEWS, "en") == []


def test_words_of_another_language_do_not_speak_but_those_of_any_do(tmp_path: Path) -> None:
    text = "The harbour master of Portomar and the container terminal were praised."
    files = written(tmp_path, HARBOUR.replace("keywords:", "keywords:\n  any: {strong: [portomar]}"))
    assert [word for word, _ in evidence(files, text, "en").words] == [
        "container terminal",
        "harbour master",
        "portomar",
    ]
    assert [word for word, _ in evidence(files, text, "de").words] == ["portomar"]
    assert [word for word, _ in evidence(files, text, "sw").words] == ["portomar"]


def test_one_strong_word_counts_in_the_headline_and_less_far_down(tmp_path: Path) -> None:
    files = written(tmp_path, HARBOUR)
    long = " ".join(["nothing of note happened here today"] * 65)
    assert evidence(files, long, title="Harbour master resigns").is_assigned
    below = evidence(files, f"{long} The harbour master resigned.")
    assert 0.3 < below.score < 0.5
    assert not below.is_assigned


def test_examples_find_what_shares_no_keyword(tmp_path: Path) -> None:
    files = written(tmp_path, STRIKES)
    found = evidence(files, STRIKE_NEWS)
    assert found.is_assigned
    assert found.words == ()
    assert found.nearest == 0  # walked out, pay, pupils
    assert evidence(files, MATCH_NEWS).score < 0.05


def test_examples_do_not_speak_for_other_languages(tmp_path: Path) -> None:
    german = "Die Lehrer streiken seit Montag für höhere Löhne. Hunderte Schulen im Norden bleiben geschlossen."
    found = evidence(written(tmp_path, STRIKES), german, "de")
    assert (found.score, found.shown, found.nearest) == (0.0, None, None)


def test_words_and_examples_make_up_for_each_other(tmp_path: Path) -> None:
    words = "keywords: {en: {strong: [strike*], medium: [classrooms, walkout]}}\nexamples:"
    files = written(tmp_path, STRIKES.replace("examples:", words))
    both = evidence(files, STRIKE_NEWS)
    assert both.shown is not None
    assert (both.score, both.is_assigned) == (round(together(both.spoken, both.shown), 4), True)
    a_word_only = evidence(files, f"The winger's late strike won it. {MATCH_NEWS}")
    assert a_word_only.spoken > 0.5
    assert not a_word_only.is_assigned


def test_own_topics_do_not_hide_words_from_each_other(tmp_path: Path) -> None:
    text = "Press freedom is under threat, the press council said."
    freedom = 'code: "own:freedom"\nlabel: freedom\nkeywords: {en: {strong: [press freedom]}}\n'
    papers = 'code: "own:papers"\nlabel: papers\nkeywords: {en: {strong: [press*]}}\n'
    alone = scored(written(tmp_path, papers), text)
    beside = scored(written(tmp_path, freedom, papers), text)
    assert [t for t in beside if t.code == "own:papers"] == alone
    assert alone[0].is_assigned
    assert {t.code for t in beside} == {"own:freedom", "own:papers"}


def test_a_word_for_its_language_and_for_any_counts_once(tmp_path: Path) -> None:
    once = written(tmp_path, HARBOUR)
    twice = written(tmp_path, HARBOUR.replace("keywords:", "keywords:\n  any: {weak: [harbour master]}"))
    text = "The harbour master spoke."
    assert evidence(twice, text).words == evidence(once, text).words


def test_missing_words_count_against_a_topic_only_in_languages_that_have_some(tmp_path: Path) -> None:
    by_examples = evidence(written(tmp_path, STRIKES), STRIKE_NEWS).score
    for language, damped in (("de", False), ("en", True), ("any", True)):
        words = f"keywords: {{{language}: {{strong: [portomar]}}}}\nexamples:"
        score = evidence(written(tmp_path, STRIKES.replace("examples:", words)), STRIKE_NEWS).score
        assert (score < by_examples) is damped
        assert damped or score == by_examples


def test_topics_tell_what_speaks_for_them(tmp_path: Path) -> None:
    words = "keywords: {en: {strong: [pupils], medium: [a, b, c, d, e], weak: [schools]}}\nexamples:"
    files = written(tmp_path, STRIKES.replace("examples:", words))
    (both,) = scored(files, f"{STRIKE_NEWS} a b c d e schools pupils")
    assert both.because == ("text", "words")
    assert both.words == ("pupils", "a", "b", "c", "d")
    (words_only,) = scored(written(tmp_path, HARBOUR), "The container terminal opens.")
    assert (words_only.because, words_only.words) == (("words",), ("container terminal",))
    (examples_only,) = scored(written(tmp_path, STRIKES), STRIKE_NEWS)
    assert (examples_only.because, examples_only.words) == (("text",), ())


def test_the_more_of_either_the_higher_the_score() -> None:
    by_words = [together(spoken, 0.3) for spoken in (0.0, 0.2, 0.5, 0.9, 1.0)]
    by_examples = [together(0.3, shown) for shown in (0.0, 0.2, 0.5, 0.9, 1.0)]
    assert by_words == sorted(by_words)
    assert by_examples == sorted(by_examples)
    assert by_words[0] < 0.2 < 0.9 < by_words[-1]
    assert together(0.0, 0.5) < 0.5 < together(0.5, 0.5)


def test_counter_examples_push_away(tmp_path: Path) -> None:
    walkout = "Dockers walked out on Monday after talks on pay broke down, and their union called for a march."
    counter = (
        "counter_examples:\n"
        "  - Rail workers walked out after talks on pay broke down, and trains were cancelled across the country.\n"
        "  - Nurses will strike for three days next month, their union said, as salaries have not been paid.\n"
    )
    without, with_them = (written(tmp_path, STRIKES + more) for more in ("", counter))
    assert evidence(with_them, walkout).score < 0.6 * evidence(without, walkout).score
    assert evidence(with_them, STRIKE_NEWS).is_assigned


def test_the_threshold_is_the_topics_own(tmp_path: Path) -> None:
    text = "A ship came in. " + MATCH_NEWS
    (low,) = scored(written(tmp_path, HARBOUR + "threshold: 0.05\n"), text)
    assert low.is_assigned
    (usual,) = scored(written(tmp_path, HARBOUR), text)
    assert (usual.score, usual.is_assigned) == (low.score, False)


def test_the_same_scores_whether_examples_were_kept_or_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = written(tmp_path, STRIKES)
    texts = [sample.whole for sample in files[0].topic.examples]
    first = example_store.embeddings_of(texts, tmp_path / "kept")
    (kept,) = (tmp_path / "kept").iterdir()
    monkeypatch.setattr(example_store, "load", None)  # the encoder is not asked again
    assert np.array_equal(example_store.embeddings_of(texts, tmp_path / "kept"), first)
    monkeypatch.undo()
    for broken in (b"cut off", b"", b"PK\x03\x04 no archive", kept.read_bytes()[:200]):
        kept.write_bytes(broken)
        assert np.array_equal(example_store.embeddings_of(texts, tmp_path / "kept"), first)
        assert kept.stat().st_size > 384 * 8


def test_where_examples_cannot_be_kept_they_are_read(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    assert example_store.embeddings_of(["Eight words are enough to say something here."], tmp_path / "file").shape == (
        1,
        384,
    )


def test_the_background_is_of_the_encoder_in_force() -> None:
    news = load_background()
    assert news.directions.shape == (446, 384)
    assert np.allclose(np.linalg.norm(news.directions, axis=1), 1)
    assert abs(np.linalg.norm(news.centre)) < 1


def test_the_background_goes_by_what_decides_embeddings() -> None:
    with np.load(BACKGROUND) as stored:
        assert str(stored["encoder"]) == digest_of(SHIPPED, ENCODER_FILES)


@pytest.mark.parametrize("kept", [None, 0, 30, 1000, -1000, "flipped", "no archive"])
def test_a_broken_background_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kept: int | str | None
) -> None:
    whole = BACKGROUND.read_bytes()
    path = tmp_path / "background.npz"
    if kept == "flipped":
        path.write_bytes(whole[:5000] + bytes(byte ^ 0xFF for byte in whole[5000:9000]) + whole[9000:])
    elif kept == "no archive":
        path.write_bytes(b"PK\x03\x04" + b"nothing of the kind")
    elif isinstance(kept, int):
        path.write_bytes(whole[:kept])
    monkeypatch.setattr(background, "BACKGROUND", path)
    with pytest.raises(ConfigError, match=r"background.npz cannot be read \(.*restore it from the repository"):
        load_background.__wrapped__()


def test_without_own_topics_nothing_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.tag.topics.own.load_background", None)
    monkeypatch.setattr("pipeline.tag.topics.own.words_of", None)
    reading = Reading()
    given = OwnTopics(()).topics("Any text", title=None, language="en", context=TagContext(), reading=reading)
    assert given == ()
    assert OwnTopics().topics("Any text", title=None, language="en", context=TagContext(), reading=reading) == ()


def test_the_tagger_gives_own_topics_beside_iptc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    text = "The final was moved to the container terminal, where the cup was won. The harbour master scored the goal."
    tagger = replace(tagger_with(), own_topics=OwnTopics(written(tmp_path, HARBOUR)))
    tags = tagger.tag(text, title=None, language="en", context=TagContext())
    before = tag_text(text, title=None, language="en", context=TagContext())
    codes = [t.code for t in tags.topics]
    assert "own:harbours" in codes
    assert [t for t in tags.topics if t.code != "own:harbours"] == list(before.topics)
    assert [t.score for t in tags.topics] == sorted((t.score for t in tags.topics), reverse=True)
