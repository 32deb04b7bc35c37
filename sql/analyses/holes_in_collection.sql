-- Where do our counts miss something?
--
-- Each outlet and day on which a feed that was expected did not answer, or collection did not run all day.
-- Read it as: on these days a low article_count says nothing about the outlet. `silent` days are not listed: there
-- the feed answered and had nothing new. The newest day may still be going on and is left out.
-- Parameter: 14 days back from the newest day known.

with

span as (
    select max(day) - 14 as since
    from mart.daily_coverage
)

select
    daily_coverage.day,
    daily_coverage.source_name,
    daily_coverage.delivery,
    daily_coverage.feed_delivered_count || ' of ' || daily_coverage.feed_expected_count as feeds_answered,
    daily_coverage.poll_answered_count || ' of ' || daily_coverage.poll_due_count as polls_answered,
    daily_coverage.article_count
from mart.daily_coverage
cross join span
where
    daily_coverage.day >= span.since
    and daily_coverage.is_day_over
    and (
        daily_coverage.delivery in ('partial', 'missing')
        or daily_coverage.poll_answered_count < daily_coverage.poll_due_count / 2
    )
order by daily_coverage.day desc, daily_coverage.source_name;
