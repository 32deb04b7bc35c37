"""Case endings of country and city names: "в Москве", "w Warszawie", "v Praze", "στη Ρωσία", "Budapesten".

No grammar: a name takes the endings of its last letters' class, and a name of several words takes them in step. What
is not made here is not found; what is made too much ("Парижем" is right, "Осломом" is not) stands in no text.
"""

from __future__ import annotations

from collections.abc import Iterator

SCRIPT = {
    **dict.fromkeys(("pl", "cs", "sk", "hr", "sl", "bs", "ro", "hu", "fi"), "Latin"),
    **dict.fromkeys(("sv", "no", "nb", "da", "de", "nl"), "Latin"),
    **dict.fromkeys(("ru", "uk", "be", "sr", "mk", "el"), "other"),
}
"""Languages whose endings are known, and in which script their names stand."""

SHORTEST = 4
"""Letters of a name that takes endings; shorter ones become other words."""

# Per class of endings: what the nominative ends in, then the endings in the order of cases; "|" parts variants.
# "-" is nothing. The first class that fits is taken.
_RU = [
    ("ая", "ой ой ую ой ой"), ("яя", "ей ей юю ей ей"), ("ие", "их им ие ими их"), ("ые", "ых ым ые ыми ых"),
    ("ий", "ия|ого ию|ому ий ием|им ии|ом"), ("ия", "ии ии ию ией ии"), ("ка", "ки ке ку кой ке"),
    ("га", "ги ге гу гой ге"), ("а", "ы|и е у ой|ей е"), ("я", "и е ю ей е"), ("ай", "ая аю ай аем ае"),
    ("й", "я ю й ем е"), ("ь", "и|я и|ю ь ью|ем и|е"), ("ы", "- ам ы ами ах"),
    ("о", "о о о о о"), ("и", "и и и и и"), ("е", "е е е е е"), ("у", "у у у у у"), ("э", "э э э э э"),
    ("", "а у - ом е"),
]  # fmt: skip
_UK = [
    ("ія", "ії ії ію ією ії"), ("ка", "ки ці ку кою ці"), ("га", "ги зі гу гою зі"),
    ("на", "ни ні ну ною ні"), ("ків", "кова кову ків ковом кові"), ("їв", "єва єву їв євом єві"),
    ("ів", "ова ову ів овом ові"), ("а", "и|і і у ою|ею і"), ("я", "і|ї і|ї ю ею|єю і|ї"), ("й", "ю|я ю й єм ї"),
    ("ь", "і|я і|ю ь ю|ем і"), ("и", "- ам и ами ах"), ("о", "о о о о о"), ("і", "і і і і і"), ("", "а|у у - ом і"),
]  # fmt: skip
_PL = [
    ("ja", "ji ji ję ją ji"), ("ia", "ii|i ii|i ię ią ii|i"), ("ska", "ski sce skę ską sce"),
    ("ka", "ki ce kę ką ce"), ("ga", "gi dze gę gą dze"), ("wa", "wy wie wę wą wie"), ("na", "ny nie nę ną nie"),
    ("da", "dy dzie dę dą dzie"), ("ta", "ty cie tę tą cie"), ("ra", "ry rze rę rą rze"), ("a", "y|i ie|e ę ą ie|e"),
    ("ów", "owa owowi ów owem owie"), ("ń", "nia niowi ń niem niu"), ("chy", "ch chom chy chami szech"),
    ("gry", "gier grom gry grami grzech"), ("mcy", "miec mcom mcy mcami mczech"), ("ny", "n nom ny nami nach"),
    ("y", "- om y ami ach"), ("wo", "wa wu wo wem wie"), ("o", "a u o em ie|u"), ("k", "ka kowi k kiem ku"),
    ("g", "ga gowi g giem gu"), ("ż", "ża żowi ż żem żu"), ("d", "du|da dowi d dem dzie"),
    ("t", "tu|ta towi t tem cie"), ("r", "ru|ra rowi r rem rze"), ("", "a|u owi - em ie|u"),
]  # fmt: skip
_CS = [
    ("ie", "ie ii ii ií ii"), ("ha", "hy ze hu hou ze"), ("ga", "gy ze gu gou ze"), ("ka", "ky ce ku kou ce"),
    ("ra", "ry ře ru rou ře"), ("na", "ny ně nu nou ně"), ("va", "vy vě vu vou vě"), ("a", "y ě|e u ou ě|e"),
    ("sko", "ska sku sko skem sku"), ("cko", "cka cku cko ckem cku"), ("no", "na nu no nem ně"), ("o", "a u o em ě|u"),
    ("y", "- ům y ami ách"), ("", "u|a u - em u|ě|e"),
]  # fmt: skip
_SR = [
    ("ска", "ске ској ску ском ској"), ("чка", "чке чкој чку чком чкој"), ("ија", "ије ији ију ијом ији"),
    ("а", "е и у ом и"), ("о", "а у о ом у"), ("", "а у - ом|ем у"),
]  # fmt: skip
_HR = [
    ("ska", "ske skoj sku skom skoj"), ("čka", "čke čkoj čku čkom čkoj"), ("ija", "ije iji iju ijom iji"),
    ("a", "e i u om i"), ("o", "a u o om u"), ("", "a u - om|em u"),
]  # fmt: skip
_EL = [
    ("α", "ας α α"), ("η", "ης η η"), ("ος", "ου ο ο"), ("ο", "ου ο ο"), ("ές", "ών ές ές"), ("ι", "ιού ι ι"),
]  # fmt: skip
_RO = [
    ("ia", "iei ia"),
    ("ca", "căi ca"),
    ("a", "ei a"),
    ("ul", "ului ul"),
    ("u", "ului u"),
    ("i", "iului iul"),
    ("", "ului ul"),
]
_HU_CASES = "ban|ben ba|be ból|ből ra|re ról|ről nak|nek tól|től hoz|hez|höz ig t|ot|et|öt on|en|ön|n nál|nél"


def _lengthened(vowel: str) -> str:
    """Hungarian: Moszkva, but Moszkvában."""
    return " ".join("|".join(vowel + ending for ending in case.split("|")) for case in _HU_CASES.split())


_HU = [("a", _lengthened("á")), ("e", _lengthened("é")), ("", _HU_CASES)]
_FI = [
    ("i", "in issa|essa ista|estä|esta iin|een illa|ella"),
    ("ä", "än ässä ästä ään ällä"),
    ("a", "an assa asta aan alla"),
    ("", "n ssa|ssä sta|stä an|en lla|llä"),
]
_GENITIVE = [("s", "s"), ("z", "z"), ("x", "x"), ("", "s")]
_ADJECTIVES = {
    "uk": [("а", "ої ій у ою ій"), ("ий", "ого ому ий им ому")],
    "pl": [("ka", "kiej kiej ką ką kiej"), ("a", "ej ej ą ą ej"), ("y", "ego emu y ym ym"), ("i", "iego iemu i im im")],
    "cs": [("á", "é é ou ou é"), ("í", "í í í í í"), ("ý", "ého ému ý ým ém")],
    "sk": [("á", "ej ej ú ou ej"), ("ý", "ého ému ý ým om")],
}  # fmt: skip
"""The first of two words, where adjectives have endings of their own: "Wielkiej Brytanii"."""
_TABLES = {
    "ru": _RU, "be": _RU, "uk": _UK, "pl": _PL, "cs": _CS, "sk": _CS, "sr": [*_SR, *_HR], "mk": _SR, "hr": _HR,
    "bs": _HR, "sl": _HR, "el": _EL, "ro": _RO, "hu": _HU, "fi": _FI,
    **dict.fromkeys(("sv", "no", "nb", "da", "de", "nl"), _GENITIVE),
}  # fmt: skip


def forms(name: str, language: str) -> Iterator[str]:
    """The name with the language's endings, without the name itself; nothing for a language without a table."""
    table = _TABLES.get(language)
    words = name.split(" ")
    if table is None or len(words) > 3 or len(words[-1]) < SHORTEST:
        return
    if table is _GENITIVE or language in ("hu", "fi", "ro"):  # only the last word changes
        yield from (
            " ".join([*words[:-1], form]) for case in _cases(words[-1], table) for form in case if form != words[-1]
        )
        return
    first = _ADJECTIVES.get(language) if len(words) == 2 else None
    by_word = [_cases(words[0], first or table) or _cases(words[0], table)] if len(words) > 1 else []
    by_word += [_cases(word, table) for word in words[1:-1]]
    by_word.append(_cases(words[-1], table))
    for case in range(min(len(cases) for cases in by_word)):
        yield from (form for form in _in_step([cases[case] for cases in by_word]) if form != name)


def _cases(word: str, table: list[tuple[str, str]]) -> list[list[str]]:
    """Per case the variants of one word; a small word ("and", "of") stays as it is."""
    if word.islower():
        return [[word]] * 5
    for ending, cases in table:
        if word.endswith(ending) and len(word) > len(ending):
            stem = word[: len(word) - len(ending)]
            return [
                [stem + ("" if variant == "-" else variant) for variant in case.split("|")] for case in cases.split()
            ]
    return []


def _in_step(words: list[list[str]]) -> Iterator[str]:
    """Each variant of the last word with the first variants of those before: "Новой Зеландии"."""
    *before, last = words
    yield from (" ".join([*(variants[0] for variants in before), form]) for form in last)
