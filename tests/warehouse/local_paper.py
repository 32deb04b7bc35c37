"""Articles of one invented local paper: each on a subject of its own, or many on one running story."""

from __future__ import annotations

_SUBJECTS = {
    "harbour": "dredger crane quay pilot container dockers tonnage berth stevedore customs wharf ballast mooring tugboat",
    "school": "teacher pupils classroom exam headmaster uniform lessons playground textbook canteen tutor syllabus caretaker",
    "football": "striker goalkeeper penalty midfield league fixture referee defender supporters coach substitute corner pitch",
    "orchard": "apples cider harvest pruning beehives growers frost grafting pickers sapling barrels blossom tractors press",
    "hospital": "nurses surgeon ward ambulance patients clinic maternity vaccine consultant midwife pharmacy waiting beds",
    "railway": "locomotive signalling platform timetable commuters sleepers tunnel carriage conductor viaduct freight ticket",
    "museum": "curator exhibits paintings archive sculpture visitors gallery restoration collection bronze canvas portrait",
    "river": "flooding embankment anglers salmon pollution weir tributary sewage kayaks otters sluice reedbeds current",
    "budget": "councillors treasurer deficit rates spending borrowing auditors surplus levies pensions ledger savings motion",
    "court": "magistrate verdict barrister witness sentence custody burglary solicitor plea appeal forensic juror evidence",
    "theatre": "actors rehearsal playwright audience costume orchestra premiere matinee lighting script choreographer stage",
    "bakery": "sourdough ovens flour apprentices pastries yeast recipe loaves counter queues croissants wholesale mill",
}
SUBJECTS = tuple(_SUBJECTS)
_FORMS = (
    "Officials said on Monday that the {0} and the {1} would be discussed again, because nobody had counted the {2}.",
    "People who live there said the {3} mattered more than the {4}, and that the {5} had been promised before.",
    "A report which was read out on Monday said that the {6} cost more than before and the {7} would come later.",
)


def article(subject: str, number: int = 0) -> str:
    """Three paragraphs on a subject; another number gives another piece on it, with half of its words."""
    words = _SUBJECTS[subject].split()
    own = [words[(number * 3 + n) % len(words)] if n % 2 == 0 else f"{words[n]}{_ending(number)}" for n in range(8)]
    return "\n".join(form.format(*own) for form in _FORMS)


def paper(*, lines: dict[str, list[str]] | None = None) -> list[str]:
    """One article on each subject, with these lines at the end of those named."""
    return ["\n".join([article(subject), *(lines or {}).get(subject, [])]) for subject in SUBJECTS]


def _ending(number: int) -> str:
    """Letters that make a word another one."""
    return "".join(chr(ord("a") + int(digit)) for digit in str(number)) * 2
