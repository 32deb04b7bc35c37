{{ config(
    indexes=[
        {'columns': ['day', 'source_key'], 'unique': true},
        {'columns': ['source_key', 'day']},
    ]
) }}

with

-- The last moment the warehouse knows anything of. Not the clock: the same rows give the same mart.
known as (
    select
        greatest(
            (select max(polled_at) from {{ source('raw', 'poll') }}),
            (select max(last_polled_at) from {{ source('raw', 'poll_day') }}),
            (select max(first_seen_at) from {{ source('raw', 'entry') }})
        ) at time zone 'utc' as until
),

feeds as (
    select
        feed.feed_id,
        feed.source_id,
        feed.url,
        feed.every_minutes,
        feed.added_at at time zone 'utc' as added,
        least(feed.retired_at at time zone 'utc', known.until) as ended
    from {{ source('core', 'feed') }} as feed
    cross join known
),

-- Each feed on each day it was in force, and for how long.
feed_days as (
    select
        feeds.*,
        day::date as day,
        extract(epoch from least(feeds.ended, day + interval '1 day') - greatest(feeds.added, day)) / 60 as minutes
    from feeds
    cross join lateral generate_series(date_trunc('day', feeds.added), feeds.ended, interval '1 day') as day
),

-- Polls of the last months one by one, older ones as sums.
all_polls as (
    select
        poll.feed_id,
        poll.polled_on as day,
        poll.url <> feeds.url as is_child,
        poll.outcome,
        1 as poll_count
    from {{ source('raw', 'poll') }} as poll
    inner join feeds on poll.feed_id = feeds.feed_id
    union all
    select
        feed_id,
        polled_on as day,
        is_child,
        outcome,
        poll_count
    from {{ source('raw', 'poll_day') }}
),

-- A sitemap's children are polls of the same feed under other addresses: they prove an answer, but were not due.
polls as (
    select
        feed_id,
        day,
        coalesce(sum(poll_count) filter (where not is_child), 0) as poll_count,
        coalesce(sum(poll_count) filter (where not is_child and outcome <> 'failed'), 0) as answered_count,
        coalesce(sum(poll_count) filter (where outcome = 'failed'), 0) as failed_count,
        bool_or(outcome <> 'failed') as is_answered
    from all_polls
    group by feed_id, day
),

-- A feed is expected on a day once its turn came, or it was asked before its turn.
deliveries as (
    select
        feed_days.source_id,
        feed_days.day,
        polls.feed_id is not null or feed_days.minutes >= feed_days.every_minutes as is_expected,
        coalesce(polls.is_answered, false) as is_delivered,
        greatest(floor(feed_days.minutes / feed_days.every_minutes), 0) as due_count,
        coalesce(polls.poll_count, 0) as poll_count,
        coalesce(polls.answered_count, 0) as answered_count,
        coalesce(polls.failed_count, 0) as failed_count
    from feed_days
    left join polls on feed_days.feed_id = polls.feed_id and feed_days.day = polls.day
),

feeds_by_day as (
    select
        source_id,
        day,
        count(*) filter (where is_expected) as feed_expected_count,
        count(*) filter (where is_expected and is_delivered) as feed_delivered_count,
        sum(due_count) as poll_due_count,
        sum(poll_count) as poll_count,
        sum(answered_count) as poll_answered_count,
        sum(failed_count) as poll_failed_count
    from deliveries
    group by source_id, day
),

-- Every URL listed that day, by where it stands now. The parts add up to entry_count.
entries_by_day as (
    select
        source.source_id,
        (entry.first_seen_at at time zone 'utc')::date as day,
        count(*) as entry_count,
        count(*) filter (where entry.state in ('loaded', 'unchanged')) as stored_count,
        count(*) filter (where entry.state = 'duplicate') as duplicate_count,
        count(*) filter (where entry.state = 'quarantined') as quarantined_count,
        count(*) filter (where entry.state = 'skipped') as skipped_count,
        count(*) filter (where entry.state = 'gone') as gone_count,
        count(*) filter (where entry.state in ('failed', 'dropped')) as failed_count,
        count(*) filter (where entry.state in ('new', 'reopened', 'carried', 'claimed', 'fetched')) as waiting_count
    from {{ source('raw', 'entry') }} as entry
    inner join {{ source('core', 'source') }} as source on entry.source_key = source.source_key
    group by source.source_id, (entry.first_seen_at at time zone 'utc')::date
),

articles_by_day as (
    select
        source_id,
        first_seen_on as day,
        count(*) as article_count,
        count(*) filter (where copy_of_key is null) as original_count,
        count(*) filter (where is_paywalled) as paywalled_count,
        sum(word_count) as word_count
    from {{ source('core', 'article') }}
    group by source_id, first_seen_on
),

-- A day counts for a source when something was due, listed or published.
days as (
    select source_id, day from feeds_by_day
    union
    select source_id, day from entries_by_day
    union
    select source_id, day from articles_by_day
)

select
    days.day,
    source.source_key,
    source.name as source_name,
    source.country,
    source.language,
    coalesce(articles_by_day.article_count, 0) as article_count,
    coalesce(articles_by_day.original_count, 0) as original_count,
    coalesce(articles_by_day.paywalled_count, 0) as paywalled_count,
    coalesce(articles_by_day.word_count, 0) as word_count,
    case
        when coalesce(feeds_by_day.feed_expected_count, 0) = 0 then 'not_expected'
        when feeds_by_day.feed_delivered_count = 0 then 'missing'
        when feeds_by_day.feed_delivered_count < feeds_by_day.feed_expected_count then 'partial'
        when entries_by_day.entry_count is null and articles_by_day.article_count is null then 'silent'
        else 'complete'
    end as delivery,
    coalesce(feeds_by_day.feed_expected_count, 0) as feed_expected_count,
    coalesce(feeds_by_day.feed_delivered_count, 0) as feed_delivered_count,
    coalesce(feeds_by_day.poll_due_count, 0)::bigint as poll_due_count,
    coalesce(feeds_by_day.poll_count, 0)::bigint as poll_count,
    coalesce(feeds_by_day.poll_answered_count, 0)::bigint as poll_answered_count,
    coalesce(feeds_by_day.poll_failed_count, 0)::bigint as poll_failed_count,
    coalesce(entries_by_day.entry_count, 0) as entry_count,
    coalesce(entries_by_day.stored_count, 0) as stored_count,
    coalesce(entries_by_day.duplicate_count, 0) as duplicate_count,
    coalesce(entries_by_day.quarantined_count, 0) as quarantined_count,
    coalesce(entries_by_day.skipped_count, 0) as skipped_count,
    coalesce(entries_by_day.gone_count, 0) as gone_count,
    coalesce(entries_by_day.failed_count, 0) as failed_count,
    coalesce(entries_by_day.waiting_count, 0) as waiting_count,
    days.day < known.until::date as is_day_over
from days
cross join known
inner join {{ source('core', 'source') }} as source on days.source_id = source.source_id
left join feeds_by_day on days.source_id = feeds_by_day.source_id and days.day = feeds_by_day.day
left join entries_by_day on days.source_id = entries_by_day.source_id and days.day = entries_by_day.day
left join articles_by_day on days.source_id = articles_by_day.source_id and days.day = articles_by_day.day
