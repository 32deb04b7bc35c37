CREATE TABLE core.article_embedding (
	article_id BIGINT NOT NULL,
	first_seen_on DATE NOT NULL,
	model TEXT NOT NULL,
	embedding public.HALFVEC(384) NOT NULL,
	maker_id BIGINT NOT NULL,
	CONSTRAINT pk_article_embedding PRIMARY KEY (article_id, first_seen_on),
	CONSTRAINT fk_article_embedding_article_id FOREIGN KEY(article_id) REFERENCES core.article (article_id),
	CONSTRAINT fk_article_embedding_maker_id FOREIGN KEY(maker_id) REFERENCES ops.maker (maker_id)
) PARTITION BY RANGE (first_seen_on);
CREATE INDEX ix_article_url ON core.article USING hash (url);
CREATE INDEX ix_article_url_url ON core.article_url USING hash (url);
COMMENT ON TABLE core.article_embedding IS 'One row per article with words: what its current text means, for core.similar.';
COMMENT ON COLUMN core.article_embedding.article_id IS 'The article.';
COMMENT ON COLUMN core.article_embedding.first_seen_on IS 'Partition key, copied from the article.';
COMMENT ON COLUMN core.article_embedding.model IS 'Encoder that made it. Embeddings of two encoders say nothing of each other.';
COMMENT ON COLUMN core.article_embedding.embedding IS 'Numbers of length 1 for headline and text: 1 - (a <=> b) is how alike two articles are, 1 for the same.';
COMMENT ON COLUMN core.article_embedding.maker_id IS 'Version of tagging that wrote it.';

CREATE FUNCTION core.article_at(address text) RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE STRICT
SET search_path = core
AS $$
DECLARE
    bare text := regexp_replace(regexp_replace(btrim(address), '#.*$', ''), '^https?://(www\.)?|/$', '', 'ig');
    written text[];
    found text;
BEGIN
    SELECT array_agg(scheme || www || bare || slash) || address INTO written
    FROM unnest('{https://,http://}'::text[]) AS scheme, unnest('{"",www.}'::text[]) AS www,
        unnest('{"",/}'::text[]) AS slash;
    SELECT a.url_key INTO found FROM core.article a WHERE a.article_id IN (
        SELECT k.article_id FROM core.article k WHERE k.url_key = address
        UNION SELECT o.article_id FROM core.article o WHERE o.url = ANY (written)
        UNION SELECT u.article_id FROM core.article_url u WHERE u.url = ANY (written))
    ORDER BY a.first_seen_at, a.url_key LIMIT 1;
    IF found IS NULL THEN
        RAISE EXCEPTION USING MESSAGE = 'no article at ' || address, ERRCODE = 'no_data_found', HINT =
            'Give the address as core.article_url.url has it, or the url_key of an article. `mm similar URL` takes'
            ' addresses with tracking parameters, too, and `mm why URL` says what became of one.';
    END IF;
    RETURN found;
END
$$;
COMMENT ON FUNCTION core.article_at(text) IS 'url_key of the article at an address (or of that url_key); an error if there is none. http or https, www., an ending slash and what stands behind # do not matter.';

CREATE FUNCTION core.similar(
    address text,
    how_many integer DEFAULT 10,
    since date DEFAULT NULL,
    until date DEFAULT NULL,
    only_language text DEFAULT NULL,
    only_source text DEFAULT NULL,
    at_least double precision DEFAULT NULL,
    with_copies boolean DEFAULT true
) RETURNS TABLE (
    rank integer, similarity double precision, is_copy boolean, url_key text, url text, title text, source_key text,
    language text, published_at timestamptz, first_seen_at timestamptz
)
LANGUAGE plpgsql STABLE
SET search_path = core, public
SET plan_cache_mode = force_custom_plan
AS $$
#variable_conflict use_column
DECLARE
    asked record;
    left_out bigint[];
    outlet bigint;
BEGIN
    IF address IS NULL THEN
        RAISE EXCEPTION USING MESSAGE = 'no address is given', ERRCODE = 'invalid_parameter_value', HINT =
            'Give an address as core.article_url.url has it, or the url_key of an article.';
    ELSIF how_many IS NULL OR how_many NOT BETWEEN 1 AND 1000 THEN
        RAISE EXCEPTION USING MESSAGE = 'how_many is ' || coalesce(how_many::text, 'null') || '; it may be 1 to 1000',
            ERRCODE = 'invalid_parameter_value', HINT = 'For more, compare core.article_embedding.embedding with <=>.';
    ELSIF only_language IS NOT NULL AND NOT EXISTS (SELECT FROM core.language l WHERE l.language = only_language) THEN
        RAISE EXCEPTION USING MESSAGE = 'no article is in language ' || quote_literal(only_language),
            ERRCODE = 'invalid_parameter_value', HINT = 'core.language lists the codes, such as en or de.';
    END IF;
    SELECT a.article_id, a.text_sha256, e.model, e.embedding INTO asked
    FROM core.article a LEFT JOIN core.article_embedding e USING (article_id, first_seen_on)
    WHERE a.url_key = core.article_at(address);
    IF asked.embedding IS NULL THEN
        RAISE EXCEPTION USING MESSAGE = 'no embedding of the article at ' || address, ERRCODE = 'no_data_found', HINT =
            'It has no words, or was tagged before embeddings were kept; running its night again adds it.';
    END IF;
    SELECT s.source_id INTO outlet FROM core.source s WHERE s.source_key = only_source;
    IF only_source IS NOT NULL AND outlet IS NULL THEN
        RAISE EXCEPTION USING MESSAGE = 'no outlet ' || only_source, ERRCODE = 'no_data_found', HINT =
            'core.source.source_key lists them, `mm sources list`, too.';
    END IF;
    SELECT array_agg(a.article_id) INTO left_out FROM core.article a
    WHERE a.text_sha256 = asked.text_sha256 AND (a.article_id = asked.article_id OR NOT with_copies);
    RETURN QUERY
    -- Where no column of it is asked for, the planner leaves core.article out of the search. Added to nothing, the
    -- distance is no index's: an index of neighbours would leave some out, above all where the question is narrowed.
    WITH nearest AS MATERIALIZED (
        SELECT e.article_id, (e.embedding <=> asked.embedding) + 0 AS distance
        FROM core.article_embedding e LEFT JOIN core.article a USING (article_id)
        WHERE e.model = asked.model AND e.article_id <> ALL (left_out)
            AND (since IS NULL OR e.first_seen_on >= since) AND (until IS NULL OR e.first_seen_on <= until)
            AND (at_least IS NULL OR e.embedding <=> asked.embedding <= 1 - at_least)
            AND (only_language IS NULL OR a.language = only_language) AND (outlet IS NULL OR a.source_id = outlet)
        ORDER BY distance, e.article_id LIMIT how_many
    )
    SELECT (row_number() OVER (ORDER BY n.distance, a.url_key))::integer, round((1 - n.distance)::numeric, 4)::float8,
        a.text_sha256 = asked.text_sha256, a.url_key, a.url, a.title, s.source_key, a.language, a.published_at,
        a.first_seen_at
    FROM nearest n JOIN core.article a USING (article_id) JOIN core.source s USING (source_id)
    ORDER BY n.distance, a.url_key;
END
$$;
COMMENT ON FUNCTION core.similar IS 'The articles nearest to one in what they say, by its address or url_key: nearest first, by the cosine of their embeddings (1: the same). The encoder has learnt English: for texts in other languages nearness says little. Only embeddings of the same encoder are compared. since and until: UTC days of first_seen_on, both included; only_language, only_source (source_key), at_least (similarity) and with_copies => false (none with exactly its text) narrow it.';
