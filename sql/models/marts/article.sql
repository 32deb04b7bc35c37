{{ config(
    indexes=[
        {'columns': ['url_key'], 'unique': true},
        {'columns': ['day', 'source_key']},
        {'columns': ['published_at']},
        {'columns': ['people'], 'type': 'gin'},
        {'columns': ['organisations'], 'type': 'gin'},
        {'columns': ['places'], 'type': 'gin'},
        {'columns': ['topic_codes'], 'type': 'gin'},
    ]
) }}

with recursive

-- An entity that was merged stands for the one it was merged into, however many merges ago.
surviving_entity as (
    select
        entity_id,
        entity_id as surviving_id
    from {{ source('core', 'entity') }}
    where merged_into is null

    union all

    select
        merged.entity_id,
        surviving_entity.surviving_id
    from {{ source('core', 'entity') }} as merged
    inner join surviving_entity on merged.merged_into = surviving_entity.entity_id
),

named as (
    select
        article_entity.article_id,
        entity.kind,
        entity.name,
        max(article_entity.salience) as salience,
        sum(article_entity.mention_count) as mention_count,
        min(article_entity.first_offset) as first_offset
    from {{ source('core', 'article_entity') }} as article_entity
    inner join surviving_entity on article_entity.entity_id = surviving_entity.entity_id
    inner join {{ source('core', 'entity') }} as entity on surviving_entity.surviving_id = entity.entity_id
    group by article_entity.article_id, entity.entity_id
),

ranked as (
    select
        article_id,
        kind,
        name,
        row_number() over (
            partition by article_id, kind
            order by salience desc, mention_count desc, first_offset asc, name asc
        ) as rank
    from named
),

entities as (
    select
        article_id,
        array_agg(name order by rank) filter (where kind = 'PER') as people,
        array_agg(name order by rank) filter (where kind = 'ORG') as organisations,
        array_agg(name order by rank) filter (where kind = 'LOC') as places
    from ranked
    where rank <= 10
    group by article_id
),

topics as (
    select
        article_topic.article_id,
        array_agg(topic.label order by topic.level asc, article_topic.score desc, topic.code asc) as topics,
        array_agg(topic.code order by topic.level asc, article_topic.score desc, topic.code asc) as topic_codes,
        array_agg(article_topic.score order by topic.level asc, article_topic.score desc, topic.code asc) as topic_scores
    from {{ source('core', 'article_topic') }} as article_topic
    inner join {{ source('core', 'topic') }} as topic on article_topic.topic_id = topic.topic_id
    group by article_topic.article_id
),

bylines as (
    select
        article_author.article_id,
        array_agg(author.name order by article_author.position) as authors
    from {{ source('core', 'article_author') }} as article_author
    inner join {{ source('core', 'author') }} as author on article_author.author_id = author.author_id
    group by article_author.article_id
),

-- Only what the publisher changed counts as an edit; a better extraction does not.
history as (
    select
        article_id,
        count(*) as revision_count,
        count(*) filter (where cause = 'publisher_edit') as edit_count,
        max(recorded_at) filter (where cause = 'publisher_edit') as edited_at
    from {{ source('core', 'article_revision') }}
    group by article_id
)

select
    article.url_key,
    article.url,
    source.source_key,
    source.name as source_name,
    source.country,
    article.language,
    article.title,
    left(split_part(revision.text, e'\n', 1), 300) as lead,
    article.section,
    coalesce(bylines.authors, '{}') as authors,
    article.published_at,
    article.published_precision,
    article.published_method,
    article.published_confidence,
    article.first_seen_at,
    article.first_seen_on as day,
    article.fetched_at,
    article.loaded_at,
    coalesce(entities.people, '{}') as people,
    coalesce(entities.organisations, '{}') as organisations,
    coalesce(entities.places, '{}') as places,
    coalesce(topics.topics, '{}') as topics,
    coalesce(topics.topic_codes, '{}') as topic_codes,
    coalesce(topics.topic_scores, '{}') as topic_scores,
    article.publisher_tags,
    article.word_count,
    article.quality,
    article.is_paywalled,
    article.is_live_blog,
    article.is_opinion,
    article.is_sponsored,
    article.agency,
    article.extractor,
    coalesce(history.revision_count, 0) as revision_count,
    coalesce(history.edit_count, 0) as edit_count,
    history.edited_at,
    article.copy_of_key is not null as is_exact_copy,
    original.url as copy_of_url,
    article.run_key
from {{ source('core', 'article') }} as article
inner join {{ source('core', 'source') }} as source on article.source_id = source.source_id
left join {{ source('core', 'article_revision') }} as revision
    on
        article.article_id = revision.article_id
        and article.first_seen_on = revision.first_seen_on
        and article.revision_no = revision.revision_no
left join {{ source('core', 'article') }} as original on article.copy_of_key = original.url_key
left join bylines on article.article_id = bylines.article_id
left join entities on article.article_id = entities.article_id
left join topics on article.article_id = topics.article_id
left join history on article.article_id = history.article_id
