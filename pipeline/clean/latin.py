"""Which Latin encoding a text is in: the one whose letters belong to the language the text is then in.

Detectors tell scripts apart well, but not windows-1250 from windows-1257 or windows-1252, whose bytes are all
letters. Read wrongly, Polish still looks Polish to a language identifier, but with letters no Pole writes.
"""

from __future__ import annotations

from pipeline.clean.language import detect_language

ENCODINGS = ("cp1252", "cp1250", "iso8859-2", "cp1254", "cp1257")
"""As Python's codecs call themselves. The commonest first: it wins where two read the text alike."""
CLEAR_GAIN = 0.15
"""Of the non-ASCII letters. Turkish and Polish read as Western have a third of theirs wrong; a few foreign names in
a text that is declared rightly are less."""
_ALPHABETS = {
    "de": "äöüß", "fr": "àâæçéèêëîïôœùûüÿ", "es": "áéíñóúü", "pt": "àáâãçéêíóôõú", "it": "àèéìíîòóùú",
    "nl": "áéëèïóöü", "ca": "àçèéíïòóúü", "sv": "åäöé", "no": "åæøéòô", "da": "åæøé", "fi": "äöåšž",
    "is": "áæðéíóöþúý", "en": "éèïçñöü", "pl": "ąćęłńóśźż", "cs": "áčďéěíňóřšťúůýž", "sk": "áäčďéíĺľňóôŕšťúýž",
    "hu": "áéíóöőúüű", "ro": "ăâîşţșț", "hr": "čćđšž", "bs": "čćđšž", "sl": "čšž", "sr": "čćđšž", "sq": "çë",
    "tr": "çğıöşüâîû", "az": "çəğıöşü", "lt": "ąčęėįšųūž", "lv": "āčēģīķļņšūž", "et": "äõöüšž",
}  # fmt: skip
_PUNCTUATION = frozenset("“”„‚‘’«»‹›–—…·•€£§°\xa0\xad©®™½")


def best_latin(sample: bytes) -> str:
    """The encoding in which most non-ASCII characters are letters of the text's language."""
    return _best(_fits(sample, ENCODINGS))


def suits_better(sample: bytes, declared: str) -> str:
    """`declared`, unless another Latin encoding turns clearly more of the sample into letters of its language."""
    fits = _fits(sample, (*ENCODINGS, declared))
    best = _best(fits)
    return best if fits[best] - fits[declared] > CLEAR_GAIN else declared


def _best(fits: dict[str, float]) -> str:
    return max(ENCODINGS, key=fits.__getitem__)


def _fits(sample: bytes, encodings: tuple[str, ...]) -> dict[str, float]:
    """How well each encoding suits; what several read alike is judged once, as its language must be found."""
    texts = {encoding: sample.decode(encoding, "replace") for encoding in encodings}
    by_text = {text: _fit(text) for text in set(texts.values())}
    return {encoding: by_text[text] for encoding, text in texts.items()}


def _fit(text: str) -> float:
    """The share of the non-ASCII letters that the text's language writes; 1 where there are none."""
    letters = [ch for ch in text.lower() if ch > "\x7f" and ch not in _PUNCTUATION]
    alphabet = _ALPHABETS.get(detect_language(text)[0] or "", "")
    return sum(ch in alphabet for ch in letters) / len(letters) if letters else 1.0
