"""What an outlet repeats is told from what a story repeats."""

from __future__ import annotations

import pytest

from pipeline.warehouse.habits import Habit, repeated_lines, title_suffixes
from tests.warehouse.local_paper import SUBJECTS, article, paper

PROMO = "Sign up for Morning Tide, our free newsletter, every weekday at 7."
BACKGROUND = (
    "The row began in October, when the harbour board announced that it would close two of its four terminals and move "
    "the work of three hundred people to a port on the other side of the bay."
)


def values(texts: list[str]) -> list[str]:
    return [habit.value for habit in repeated_lines(texts)]


def with_line(line: str, subjects: tuple[str, ...]) -> list[str]:
    return paper(lines={subject: [line] for subject in subjects})


def test_a_line_under_articles_that_have_nothing_else_in_common_is_the_outlets() -> None:
    (found,) = repeated_lines(with_line(PROMO, SUBJECTS[2:7]))
    folded = "sign up for morning tide our free newsletter every weekday at"
    assert found == Habit("repeated_line", folded, PROMO, 5, len(SUBJECTS))


def test_a_line_under_nearly_every_article_needs_no_comparison() -> None:
    assert len(values(with_line(PROMO, SUBJECTS))) == 1


def test_background_of_a_running_story_is_not_the_outlets() -> None:
    """Six pieces on one strike within three days repeat a paragraph word for word; the rest is about other things."""
    strike = [f"{article('harbour', n)}\n{BACKGROUND}" for n in range(6)]
    rest = paper()[1:]
    assert values([*strike, *rest]) == []
    assert len(values([*strike[:1], *with_line(BACKGROUND, SUBJECTS[1:6])])) == 1, "it is the company that decides"


@pytest.mark.parametrize(("height", "is_learnt"), [([1, 1, 1, 1, 1, 1], True), ([0, 9, 2, 14, 5, 11], False)])
def test_prose_must_stand_where_a_template_puts_it(height: list[int], is_learnt: bool) -> None:
    """Under articles on different subjects, of 16 paragraphs: always the second, or wherever it fits."""
    long = {subject: article(subject).split("\n") + [f"{subject} {n}" for n in range(12)] for subject in SUBJECTS}
    for place, subject in zip(height, SUBJECTS, strict=False):
        long[subject].insert(place, BACKGROUND)
    assert bool(values(["\n".join(lines) for lines in long.values()])) == is_learnt


def test_one_piece_updated_is_one_article() -> None:
    updates = [f"{article('harbour')}\n{PROMO}\nUpdate {n}: talks {'go on ' * n}tonight." for n in range(5)]
    assert values([*updates, *paper()[1:]]) == []


@pytest.mark.parametrize("count", [2, 3])
def test_too_few_articles_teach_nothing(count: int) -> None:
    assert values(with_line(PROMO, SUBJECTS[:count])) == []


def test_a_tenth_of_the_articles_must_have_it() -> None:
    many = [article(subject, n) for n in range(1, 5) for subject in SUBJECTS]
    assert len(values([*with_line(PROMO, SUBJECTS[:6]), *many])) == 1
    assert values([*with_line(PROMO, SUBJECTS[:5]), *many]) == []


def test_an_outlet_of_few_articles_teaches_nothing() -> None:
    assert values(with_line(PROMO, SUBJECTS)[:9]) == []


@pytest.mark.parametrize("line", ["No.", "Background", "***", "2026", "背景"])
def test_short_lines_stay(line: str) -> None:
    assert values(with_line(line, SUBJECTS[:8])) == []


def test_lines_that_differ_in_their_numbers_say_different_things() -> None:
    lines = {subject: [f"The index of local shares closed at {n}.{n} points."] for n, subject in enumerate(SUBJECTS)}
    assert values(paper(lines=lines)) == []
    lines = {subject: [f"{n} minutes to read"] for n, subject in enumerate(SUBJECTS)}
    assert values(paper(lines=lines)) == ["minutes to read"]


@pytest.mark.parametrize(
    ("line", "folded"),
    [
        ("تابعنا على قناتنا في واتساب", "تابعنا على قناتنا في واتساب"),
        ("この記事は会員限定です。", "この記事は会員限定です"),
        ("Подпишитесь на наш канал!", "подпишитесь на наш канал"),
    ],
)
def test_lines_of_every_script(line: str, folded: str) -> None:
    assert values(with_line(line, SUBJECTS[:5])) == [folded]


def test_stories_in_scripts_without_spaces_are_told_apart() -> None:
    said = "港湾委員会は十月に四つの埠頭のうち二つを閉鎖すると発表した。"
    pieces = [
        "労働組合は桟橋の荷役を拒否し、交渉は港湾事務所で夜まで続いた。",
        "桟橋の荷役は四日目も止まり、労働組合は港湾事務所の前に集まった。",
        "港湾事務所で交渉が再開され、労働組合は荷役の一部を認めた。",
        "労働組合の代表は桟橋で、荷役の交渉は終わっていないと述べた。",
    ]
    strike = [f"{piece}\n{said}" for piece in pieces]
    assert values([*strike, *paper()]) == []


def test_what_titles_end_with_is_counted_by_method() -> None:
    tagged = [(f"{subject.title()} news of the day — Tide & Tern", "title_tag") for subject in SUBJECTS[:5]]
    headings = [(f"What the {subject} did next", "h1") for subject in SUBJECTS]
    assert title_suffixes([*tagged, *headings]) == [Habit("title_suffix", "tidetern", "Tide & Tern", 5, 5)]


@pytest.mark.parametrize(
    ("form", "suffix"),
    [
        ("{} reopens | Sport | Tide", "tide"),
        ("{}、再開へ｜潮新聞", "潮新聞"),
        ("{}再開_潮新闻网", "潮新闻网"),
        ("The Tide | {} reopens after two years", "thetide"),
        ("{} reopens :: Tide24", "tide24"),
    ],
)
def test_separators_of_many_places(form: str, suffix: str) -> None:
    titles = [(form.format(subject.title()), "og") for subject in SUBJECTS]
    assert suffix in [habit.value for habit in title_suffixes(titles)]


def test_a_speaker_named_in_some_headlines_is_no_suffix() -> None:
    said = [(f"{subject.title()} will be ready by spring – Petrova", "h1") for subject in SUBJECTS[:5]]
    assert title_suffixes([*said, *((f"{subject.title()} reopens", "h1") for subject in SUBJECTS[:6])]) == []


@pytest.mark.parametrize("form", ["Strike: {} waits", "Strike - {} waits", "{}-Tide", "Why the {} waits"])
def test_a_story_named_before_its_headlines_is_no_name(form: str) -> None:
    assert title_suffixes([(form.format(subject), "h1") for subject in SUBJECTS]) == []
