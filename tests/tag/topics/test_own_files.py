"""Files of one's own topics: what is accepted, and what each mistake is told as."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.errors import ConfigError
from pipeline.tag.topics import taxonomy
from pipeline.tag.topics.own_files import all_topics, load_own_topics, own_files, read_own_topics, with_own
from tests.tag.topics.own_topics import HARBOUR, STRIKES, written

HEAD = 'code: "own:harbours"\nlabel: harbours\n'
WORDS = "keywords: {en: {strong: [quay]}}\n"


def told(folder: Path, text: str, name: str = "harbours.yml") -> str:
    """What is said of a file, without its folder."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        read_own_topics([path])
    first, *lines = str(caught.value).splitlines()
    assert first.endswith("problem(s) in the files of your own topics:")
    return "\n".join(line.removeprefix(f"{folder}/") for line in lines)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (HEAD, "1: file: nothing says when it is met: add `keywords:`, `examples:` or both"),
        (HEAD + "keywords: {}\n", "1: file: nothing says when it is met"),
        ("label: harbours\n" + WORDS, "1: code: is missing: add `code:`"),
        (HEAD + WORDS + "tresholt: 0.4\n", "4: tresholt: there is no field of this name (did you mean `threshold`?)"),
        (HEAD + WORDS + "threshold: 1.4\n", "4: threshold: 1.4: input should be less than 1"),
        (HEAD + WORDS + "label: ports\n", "4: file: a field stands here twice: keep one of them"),
        (HEAD + "keywords:\n  en:\n    strongest: [quay]\n", "5: keywords.en.strongest: there is no field of this name"),
        (HEAD + "keywords:\n  en: {strong: []}\n", "4: keywords.en: holds no word"),
        (HEAD + "keywords:\n  en: {strong: quay}\n", "4: keywords.en.strong: must be a list"),
        (HEAD + "keywords:\n  english: {strong: [quay]}\n", "4: keywords.english: 'english' is no language: two small"),
        (HEAD + "keywords:\n  en:\n    strong:\n    - quay\n    - 1999\n", "7: keywords.en.strong[1]: must be text, not 1999"),
        (HEAD + "keywords: {en: {strong: [quay*s]}}\n", "3: keywords.en.strong[0]: 'quay*s' is not found in any text"),
        (HEAD + "keywords: {en: {strong: [U.N.]}}\n", "'U.N.' is not found in any text: give words without punctuation"),
        (HEAD + "keywords: {zh: {strong: [港口]}}\n", "'港口' is not found in any text: keywords do not work in scripts written w"),
        (HEAD + "keywords: {ja: {strong: [ストライキ]}}\n", "keywords do not work in scripts written without spaces"),
        (HEAD + "keywords: {th: {strong: [ท่าเรือ]}}\n", "keywords do not work in scripts written without spaces"),
        (HEAD + "keywords: {hi: {strong: [चुनाव]}}\n", "'चुनाव' is not found in any text: keywords do not work with vowel signs"),
        (HEAD + 'keywords: {en: {strong: ["qu\\0ay"]}}\n', "3: keywords.en.strong[0]: 'qu\\x00ay' is not found in any text"),
        ('code: "own:harbours"\nlabel: "a\\0b"\n' + WORDS, "2: label: holds the control character '\\x00', which no text"),
        (HEAD + WORDS + 'must_match: ["The\\x1b quay"]\n', "4: must_match[0].text: holds the control character '\\x1b'"),
        (HEAD + WORDS + 'must_match: [{text: a, title: "b\\x07"}]\n', "4: must_match[0].title: holds the control character"),
        (HEAD + "keywords: {en: {strong: [quay], weak: [Quay]}}\n", "3: keywords.en: 'quay' stands twice: keep one"),
        (HEAD + "examples:\n- Ferry sinks\n", "4: examples[0]: is too short to show what the topic is: give 8 words"),
        (HEAD + "examples:\n- ''\n", "4: examples[0].text: is empty: give it a value"),
        (
            HEAD + "examples:\n- Die Hafenarbeiter legten am Montag die Arbeit nieder, weil der Lohn zu niedrig ist.\n",
            "4: examples[0]: reads as language 'de', but examples are understood in English only: give keywords",
        ),
        (HEAD + "counter_examples: [The ferry left the quay at noon with all its passengers on board.]\n", "nothing says"),
        (HEAD + WORDS + "must_match:\n- {text: The quay, language: English}\n", "5: must_match[0].language: 'English' is no"),
        (HEAD + WORDS + "must_match: [{title: The quay}]\n", "4: must_match[0].text: is missing: add `text:`"),
        (HEAD + WORDS + "qid: 8434\n", "4: qid: must be text, not 8434: put it in quotes"),
        (HEAD + WORDS + "qid: X1\n", "4: qid: 'X1' is no Wikidata id"),
        (HEAD + WORDS + 'parent: "medtop:99"\n', "4: parent: there is no topic 'medtop:99': `mm taxonomy list` shows"),
        (HEAD + WORDS + 'parent: "own:harbours"\n', "4: parent: 'own:harbours' stands below this topic"),
        (HEAD.replace("own:harbours", "medtop:1") + WORDS, "1: code: 'medtop:1' is how IPTC's topics begin"),
        (HEAD.replace("own:harbours", "Harbours") + WORDS, "1: code: 'Harbours' is no code: write it like own:press"),
        (HEAD.replace("own:harbours", "own:ports") + WORDS, "differs from the file's name 'harbours.yml': call the file"),
        ("- harbours\n", "1: file: holds no topic: it must have fields like `code:`, `label:` and `keywords:`"),
        ("", "1: file: holds no topic"),
        (HEAD + "keywords: [\n", "file: is not valid YAML"),
        (HEAD + "? [a, b]\n: 1\n", "3: file: the name of a field is a list or has fields itself: put it in quotes"),
        (HEAD + WORDS + "{{name}}: 1\n", "4: file: the name of a field is a list or has fields itself"),
        (HEAD + WORDS + "must_match:\n- text: a\n  {b: 1}: 2\n", "6: file: the name of a field is a list or has"),
        (HEAD + WORDS + "a: &a {foo: 1}\nx: &x [*x]\n", "5: x: there is no field of this name"),
        (HEAD + WORDS + "must_match:\n- &a {text: a}\n- <<: *a\n  foo: 1\n", "7: must_match[1].foo: there is no field"),
        (HEAD + WORDS + "must_match:\n- <<: &a {foo: 1}\n  text: a\n", "5: must_match[0].foo: there is no field of"),
        (HEAD + "keywords: " + "[" * 4000, "1: file: is nested too deeply: check that brackets opened are closed again"),
        (HEAD + WORDS + "qid: 2026-13-45\n", "file: is not valid YAML (month must be in 1..12): put what is meant as text"),
    ],
)  # fmt: skip
def test_mistakes_are_told_in_place(tmp_path: Path, text: str, said: str) -> None:
    assert said in told(tmp_path, text)


def test_every_mistake_of_every_file_is_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text('code: "own:a"\nlabel: a\nthreshold: 2\n', encoding="utf-8")
    (tmp_path / "b.yml").write_bytes(b"code: \xff\n")
    with pytest.raises(ConfigError) as caught:
        read_own_topics([tmp_path / "a.yml", tmp_path / "b.yml"])
    assert [line.split(":")[1] for line in str(caught.value).splitlines()[1:]] == ["3", "1"]


def test_a_file_that_cannot_be_read_is_told_like_a_mistake(tmp_path: Path) -> None:
    (tmp_path / "folder.yml").mkdir()
    with pytest.raises(ConfigError) as caught:
        read_own_topics([tmp_path / "folder.yml", tmp_path / "gone.yml"])
    _, folder, gone = str(caught.value).splitlines()
    assert "folder.yml:1: file: cannot be read (Is a directory): check that it is there and who may read it" in folder
    assert "gone.yml:1: file: cannot be read (No such file or directory)" in gone


def test_one_code_in_two_files(tmp_path: Path) -> None:
    (tmp_path / "again").mkdir()
    for folder in (tmp_path, tmp_path / "again"):
        (folder / "harbours.yml").write_text(HARBOUR, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"again/harbours.yml:2: code: this code is taken by .*/harbours.yml: choose"):
        read_own_topics([tmp_path / "harbours.yml", tmp_path / "again" / "harbours.yml"])


def test_levels_follow_the_parents_over_files(tmp_path: Path) -> None:
    below = HARBOUR.replace("own:harbours", "own:cranes").replace("medtop:04000000", "own:harbours")
    topics = {t.code: t for t in with_own(written(tmp_path, HARBOUR, below, STRIKES))}
    assert [topics[f"own:{name}"].level for name in ("teacher-strikes", "harbours", "cranes")] == [1, 2, 3]
    assert topics["own:cranes"].parent == "own:harbours"
    assert topics["medtop:04000000"].level == 1


def test_a_circle_of_parents_is_refused(tmp_path: Path) -> None:
    above = HARBOUR.replace("medtop:04000000", "own:cranes")
    below = HARBOUR.replace("own:harbours", "own:cranes").replace("medtop:04000000", "own:harbours")
    with pytest.raises(ConfigError, match="a topic cannot be above itself"):
        written(tmp_path, above, below)


def test_norwegian_is_no_no_and_examples_may_say_their_language(tmp_path: Path) -> None:
    strikes = STRIKES.replace("examples:", "keywords: {no: {strong: [lærerstreik*]}}\nexamples:")
    strikes += "  - {text: Lærere streiker i hele landet og elevene blir sendt hjem mandag., language: en}\n"
    (file,) = written(tmp_path, strikes)
    assert list(file.topic.keywords) == ["no"]
    assert file.topic.examples[-1].language == "en"


def test_words_of_alphabets_with_spaces_and_texts_of_several_lines_are_accepted(tmp_path: Path) -> None:
    terms = "[ميناء, гавань, נמל, λιμάνι, 항구, cảng biển, порт*, l'île]"
    harbours = f'{HEAD}keywords: {{any: {{strong: {terms}}}}}\nmust_match:\n- "one\\ttext\\r\\nof two lines, 港口"\n'
    (file,) = written(tmp_path, harbours)
    assert len(file.topic.keywords["any"].strong) == 8


def test_only_the_files_of_own_topics_are_read(tmp_path: Path) -> None:
    for name in ("topics.yml", "sections.yml", "keywords.en.yml", "b.yaml", "a.yml", ".hidden.yml", "notes.md"):
        (tmp_path / name).write_text("x", encoding="utf-8")
    (tmp_path / "examples").mkdir()
    (tmp_path / "examples" / "c.yml").write_text("x", encoding="utf-8")
    assert [path.name for path in own_files(tmp_path)] == ["a.yml", "b.yaml"]


def test_the_checkout_has_none_switched_on() -> None:
    assert own_files(taxonomy.TAXONOMY_FOLDER) == []
    assert load_own_topics() == ()
    assert all_topics() == taxonomy.load_taxonomy()
