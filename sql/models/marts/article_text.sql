{{ config(materialized='view', contract={'enforced': false}) }}

select
    article.url_key,
    article.url,
    article.title,
    article.language,
    article.first_seen_on as day,
    article.revision_no,
    revision.text
from {{ source('core', 'article') }} as article
inner join {{ source('core', 'article_revision') }} as revision
    on
        article.article_id = revision.article_id
        and article.first_seen_on = revision.first_seen_on
        and article.revision_no = revision.revision_no
