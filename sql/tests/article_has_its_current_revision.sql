-- Fails with each article whose current revision is not in the warehouse: its text would be lost to the marts.
select
    article.url_key,
    article.revision_no
from {{ source('core', 'article') }} as article
left join {{ source('core', 'article_revision') }} as revision
    on
        article.article_id = revision.article_id
        and article.first_seen_on = revision.first_seen_on
        and article.revision_no = revision.revision_no
where revision.article_id is null
