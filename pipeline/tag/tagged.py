"""A text with its tags, as `mm tag` shows it: mentions put together by what they name, topics worth showing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pipeline.tag.interfaces import EntityMention, ScoredTopic, Tags
from pipeline.tag.texts import Text
from pipeline.tag.topics.own_files import all_topics
from pipeline.tag.topics.taxonomy import IPTC

NOT_UNLIKELY = 0.1
"""A topic that was not assigned is shown from this score on, as what else it might be."""


@dataclass(frozen=True, slots=True)
class NamedEntity:
    """What one text names, with every place that names it. `mentions` is never empty and in the order of the text."""

    mentions: tuple[EntityMention, ...]

    @property
    def kind(self) -> str:
        """Kind, of all mentions."""
        return self.mentions[0].kind

    @property
    def name(self) -> str:
        """Full name within the article, of all mentions."""
        return self.mentions[0].name

    @property
    def country(self) -> str | None:
        """ISO 3166 alpha-2, of all mentions."""
        return self.mentions[0].country

    @property
    def qid(self) -> str | None:
        """Wikidata, of all mentions."""
        return self.mentions[0].qid

    @property
    def role(self) -> str | None:
        """The role that most mentions give, the first of several."""
        roles = Counter(m.role for m in self.mentions if m.role)
        return roles.most_common(1)[0][0] if roles else None

    @property
    def place(self) -> EntityMention:
        """The mention that says most of where the place lies: one with a GeoNames id, else with coordinates."""
        return max(self.mentions, key=lambda m: (m.geonames_id is not None, m.latitude is not None))

    @property
    def best_score(self) -> float:
        """0 to 1, of the surest mention."""
        return max(m.score for m in self.mentions)

    @property
    def in_title(self) -> bool:
        """Whether the title names it, too."""
        return any(m.in_title for m in self.mentions)


@dataclass(frozen=True, slots=True)
class TaggedText:
    """One text and everything tagging says of it; a text that could not be read has a problem and no tags."""

    item: Text
    tags: Tags

    @property
    def entities(self) -> tuple[NamedEntity, ...]:
        """One per name, kind and link, in the order of the text."""
        return by_entity(self.tags.mentions)

    @property
    def topics(self) -> tuple[ScoredTopic, ...]:
        """Those assigned, by falling score; where none of IPTC's is, the likeliest of its top level too, with its low
        score."""
        assigned = [t for t in self.tags.topics if t.is_assigned]
        if not any(t.code.startswith(IPTC) for t in assigned):
            assigned += [t for t in self.tags.topics if t.code.startswith(IPTC) and t.level == 1][:1]
        return tuple(sorted(assigned, key=lambda t: -t.score))

    @property
    def topics_by_parent(self) -> tuple[tuple[ScoredTopic, tuple[ScoredTopic, ...]], ...]:
        """Topics with those anywhere below them, by falling score: assigned ones, and what was not unlikely."""
        likely = [t for t in self.tags.topics if t.is_assigned or t.score >= NOT_UNLIKELY] or list(self.topics)
        parents = {topic.code: topic.parent for topic in all_topics()}
        shown = {t.code for t in likely}
        groups: dict[str, list[ScoredTopic]] = {}
        for topic in likely:
            groups.setdefault(_highest_shown(topic.code, shown, parents), []).append(topic)
        by_code = {t.code: t for t in likely}
        return tuple((by_code[code], tuple(t for t in group if t.code != code)) for code, group in groups.items())


def _highest_shown(code: str, shown: set[str], parents: Mapping[str, str | None]) -> str:
    """The topic furthest above this one that is shown; itself if none is."""
    above, highest = parents.get(code), code
    while above is not None:
        highest = above if above in shown else highest
        above = parents.get(above)
    return highest


def by_entity(mentions: Iterable[EntityMention]) -> tuple[NamedEntity, ...]:
    """Mentions put together that agree in kind, name, country and Wikidata id."""
    groups: dict[tuple[str, str, str | None, str | None], list[EntityMention]] = {}
    for mention in mentions:
        groups.setdefault((mention.kind, mention.name, mention.country, mention.qid), []).append(mention)
    return tuple(NamedEntity(tuple(group)) for group in groups.values())


def most_named_first(entities: Iterable[NamedEntity]) -> list[NamedEntity]:
    """By number of mentions, then as in the text."""
    return sorted(entities, key=lambda e: -len(e.mentions))
