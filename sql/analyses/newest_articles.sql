-- What came in last, and what is it about?
--
-- The newest articles with outlet, language, main topic and the names they are most about. Exact copies of another
-- outlet's text are left out; drop that line to see every printing.
-- Read it as: one row per article, newest sighting first. `published_at` is the publisher's word, `first_seen_at` ours.

select
    first_seen_at,
    source_name,
    language,
    title,
    topics[1] as main_topic,
    people[1:3] as people,
    organisations[1:3] as organisations,
    places[1:3] as places,
    published_at,
    published_precision,
    url
from mart.article
where not is_exact_copy
order by first_seen_at desc, url
limit 25;
