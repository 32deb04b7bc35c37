-- How much is written about a place, day by day, and how much of the news did we see on these days?
--
-- Articles that name the place among their ten most salient places, beside all articles of the day and the share of
-- outlets whose feeds answered. Read it as: compare `share`, not counts, and distrust days with few outlets.
-- Parameter: the place; its canonical name as in core.entity.

with

parameter as (
    select 'Kisumu' as place
),

articles as (
    select
        article.day,
        count(*) as article_count,
        count(*) filter (where article.places @> array[parameter.place]) as about_place
    from mart.article
    cross join parameter
    where not article.is_exact_copy
    group by article.day
),

coverage as (
    select
        day,
        count(*) filter (where delivery in ('complete', 'silent')) as outlets_whole,
        count(*) filter (where delivery <> 'not_expected') as outlets_expected
    from mart.daily_coverage
    group by day
)

select
    articles.day,
    articles.about_place,
    articles.article_count,
    round(1.0 * articles.about_place / articles.article_count, 3) as share,
    coverage.outlets_whole || ' of ' || coverage.outlets_expected as outlets_whole
from articles
left join coverage on articles.day = coverage.day
order by articles.day desc;
