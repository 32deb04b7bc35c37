-- What folds, what stems, what is stored, and the functions that look it up. docs/decisions/0023-search.md says why.

CREATE FUNCTION core.fold_letters(words text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE
    WHEN octet_length(words) = char_length(words) THEN casefold(words COLLATE pg_unicode_fast)
    ELSE replace(replace(replace(translate(casefold(normalize(regexp_replace(normalize(words, NFKD),
        '[\u0300-\u036f\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed]', '', 'g'), NFC)
        COLLATE pg_unicode_fast), 'łøđðıħ', 'loddih'), 'þ', 'th'), 'æ', 'ae'), 'œ', 'oe')
END;
COMMENT ON FUNCTION core.fold_letters(text) IS
'The words in lower case without accents; punctuation and spaces stay: "Gutiérrez" gives "gutierrez". The same letters as pipeline.folding.fold_letters.';

-- Words only: numbers, addresses and whole compounds have no other forms.
DO $$
DECLARE
    language record;
BEGIN
    FOR language IN SELECT * FROM (VALUES
        ('ar', 'arabic'), ('ca', 'catalan'), ('da', 'danish'), ('de', 'german'), ('el', 'greek'), ('en', 'english'),
        ('es', 'spanish'), ('et', 'estonian'), ('eu', 'basque'), ('fi', 'finnish'), ('fr', 'french'), ('ga', 'irish'),
        ('hi', 'hindi'), ('hu', 'hungarian'), ('hy', 'armenian'), ('id', 'indonesian'), ('it', 'italian'),
        ('lt', 'lithuanian'), ('nb', 'norwegian'), ('ne', 'nepali'), ('nl', 'dutch'), ('nn', 'norwegian'),
        ('no', 'norwegian'), ('pt', 'portuguese'), ('ro', 'romanian'), ('ru', 'russian'), ('sr', 'serbian'),
        ('sv', 'swedish'), ('ta', 'tamil'), ('tr', 'turkish'), ('yi', 'yiddish')) AS known (code, name)
    LOOP
        EXECUTE format('CREATE TEXT SEARCH CONFIGURATION core.stem_%s (PARSER = pg_catalog."default")', language.code);
        EXECUTE format('ALTER TEXT SEARCH CONFIGURATION core.stem_%s ADD MAPPING FOR asciiword, word, hword_asciipart,'
            ' hword_part WITH pg_catalog.%s_stem', language.code, language.name);
        EXECUTE format('COMMENT ON TEXT SEARCH CONFIGURATION core.stem_%s IS %L', language.code,
            'Stems of the words of a text in this language, for core.search.');
    END LOOP;
END $$;

CREATE FUNCTION core.stemming(language text) RETURNS regconfig LANGUAGE sql STABLE STRICT PARALLEL SAFE
RETURN (SELECT oid FROM pg_ts_config WHERE cfgname = 'stem_' || language AND cfgnamespace = 'core'::regnamespace);
COMMENT ON FUNCTION core.stemming(text) IS 'What stems the words of a language; null where Postgres brings nothing for it.';

CREATE FUNCTION core.article_words(
    title text, body text, language text, folded_title text DEFAULT NULL, folded_body text DEFAULT NULL
) RETURNS tsvector LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
    -- A tsvector holds 1 MB, and a word may enter it several times: an address whole and in parts, a word and its stem.
    head text := left(coalesce(title, ''), 2000);
    rest text := left(coalesce(body, ''), 100000);
    stemming regconfig := core.stemming(language);
    own_head tsvector := setweight(to_tsvector('simple', coalesce(folded_title, core.fold_letters(head))), 'A');
    -- The language stands between headline and text, so that no phrase spans both.
    own tsvector := own_head || ('''=' || coalesce(language, '') || ''':1')::tsvector
        || to_tsvector('simple', coalesce(folded_body, core.fold_letters(rest)));
BEGIN
    IF stemming IS NULL THEN
        RETURN own;
    END IF;
    RETURN own || setweight(core.other_stems(to_tsvector(stemming, head), own_head, language), 'A')
        || core.other_stems(to_tsvector(stemming, rest), own, language);
END $$;

CREATE FUNCTION core.quoted_word(word text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN '''' || replace(replace(word, '\', '\\'), '''', '''''') || '''';
CREATE FUNCTION core.plain_word(quoted text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN replace(replace(substr(quoted, 2, length(quoted) - 2), '''''', ''''), '\\', '\');

CREATE FUNCTION core.other_stems(stems tsvector, own tsvector, language text) RETURNS tsvector
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    known text[] := tsvector_to_array(own);
    others tsvector := ts_delete(stems, known);
    accented text[];
    places text[];
    folded text;
BEGIN
    IF octet_length(others::text) > char_length(others::text) THEN  -- only these are folded: that is what takes time
        SELECT array_agg(lexeme), array_agg(array_to_string(positions, ','))
        INTO accented, places FROM unnest(others) WHERE octet_length(lexeme) > char_length(lexeme);
        -- Some letters of Arabic fold to several with a space between; a word has none. Of a word of marks only (a lone
        -- tatweel) nothing is left.
        SELECT string_agg(core.quoted_word(bare) || ':' || place, ' ') INTO folded
        FROM unnest(string_to_array(replace(core.fold_letters(array_to_string(accented, E'\n')), ' ', ''), E'\n'), places)
            AS f (bare, place)
        WHERE bare <> '' AND octet_length(bare) <= 2000;
        others := ts_delete(others, accented) || ts_delete(coalesce(folded, '')::tsvector, known);
    END IF;
    -- A tsvector holds no word beyond 2,046 bytes, and the language comes before each.
    others := ts_delete(others, ARRAY(SELECT word FROM unnest(tsvector_to_array(others)) AS word WHERE octet_length(word) > 2000));
    RETURN replace(' ' || others::text, ' ''', ' ''' || language || ':')::tsvector;
END $$;
COMMENT ON FUNCTION core.article_words(text, text, text, text, text) IS
'What core.article_search.words holds of an article. Folded texts, where known, save folding them again.';
COMMENT ON FUNCTION core.other_stems(tsvector, tsvector, text) IS
'Stems, folded and marked with their language ("en:elect"), without those that are words of the text themselves.';

CREATE TABLE core.article_search (
	article_id BIGINT NOT NULL,
	first_seen_on DATE NOT NULL,
	first_seen_at TIMESTAMP WITH TIME ZONE NOT NULL,
	source_id BIGINT NOT NULL,
	words TSVECTOR NOT NULL,
	CONSTRAINT pk_article_search PRIMARY KEY (article_id, first_seen_on),
	CONSTRAINT fk_article_search_article_id FOREIGN KEY(article_id) REFERENCES core.article (article_id)
) PARTITION BY RANGE (first_seen_on);
COMMENT ON TABLE core.article_search IS 'One row per article: the words of its current revision, for core.search.';
COMMENT ON COLUMN core.article_search.article_id IS 'The article.';
COMMENT ON COLUMN core.article_search.first_seen_on IS 'Partition key, copied from the article.';
COMMENT ON COLUMN core.article_search.first_seen_at IS 'Copied from the article: of very many matches the newest are ranked.';
COMMENT ON COLUMN core.article_search.source_id IS 'Copied from the article.';
COMMENT ON COLUMN core.article_search.words IS 'Folded words of headline (weight A) and text; their stems where these are no words of the text (en:elect); the language (=en).';

CREATE TYPE core.search_terms AS (
    query tsquery, -- what an article must hold
    quick tsquery, -- what the index alone can say of that: a phrase only as its words
    exact text[], -- folded words looked for, those of phrases too
    stems text[], -- their stems, marked with the language
    joining text[] -- of the words, those within a phrase that say nothing alone: of, the
);

CREATE FUNCTION core.stems_of(words text[], languages text[]) RETURNS TABLE (language text, stem text)
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT DISTINCT code, bare
    FROM unnest(languages) AS code, unnest(words) AS word,
        unnest(tsvector_to_array(to_tsvector(core.stemming(code), word))) AS found,
        replace(core.fold_letters(found), ' ', '') AS bare
    WHERE bare <> ''
$$;
COMMENT ON FUNCTION core.stems_of(text[], text[]) IS
'Stems of words in each of these languages, folded; nothing for numbers, addresses and what a language leaves out.';

CREATE FUNCTION core.word_query(word text, spelt text[], languages text[]) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    WITH form AS (SELECT language, stem FROM core.stems_of(spelt || word, languages))
    SELECT '( ' || string_agg(way, ' | ' ORDER BY way) || ' )' FROM (
        SELECT core.quoted_word(word) AS way
        UNION ALL SELECT core.quoted_word(language || ':' || stem) FROM form
        UNION ALL
        SELECT core.quoted_word(stem) || ' & ( ' || string_agg(core.quoted_word('=' || language), ' | ' ORDER BY language) || ' )'
        FROM form WHERE stem <> word GROUP BY stem) AS ways
$$;
COMMENT ON FUNCTION core.word_query(text, text[], text[]) IS
'A folded word in all its forms, as text of a tsquery: the word, or its stem in an article of that language.';

CREATE FUNCTION core.quick_query(query tsquery) RETURNS tsquery LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN regexp_replace(regexp_replace(query::text,
    $re$!\( '(?:[^']|'')*'(?: <(?:-|\d+)> '(?:[^']|'')*')+ \)$re$, $to$!'=nothing'$to$, 'g'), ' <(-|\d+)> ', ' & ', 'g')::tsquery;
COMMENT ON FUNCTION core.quick_query(tsquery) IS
'The query with each phrase as its words in any place, and without phrases that must not be there.';

CREATE FUNCTION core.search_terms(words text, language text DEFAULT NULL) RETURNS core.search_terms
LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
DECLARE
    typed tsquery;
    spelt text[];
    languages text[];
    token record;
    written text := '';
    wanted text;
    how_many int;
    found core.search_terms;
BEGIN
    IF length(words) > 1000 THEN
        RAISE EXCEPTION 'The words to search for are too long: % characters, 1,000 at most.', length(words)
            USING ERRCODE = 'invalid_parameter_value', HINT = 'Give the few words that matter.';
    END IF;
    typed := websearch_to_tsquery('simple', core.fold_letters(coalesce(words, '')));
    spelt := tsvector_to_array(to_tsvector('simple', coalesce(words, '')));
    wanted := querytree(typed);
    how_many := regexp_count(typed::text, $re$'(?:[^']|'')*'$re$);
    IF numnode(typed) = 0 THEN
        RAISE EXCEPTION 'There is no word to search for.' USING ERRCODE = 'invalid_parameter_value',
            HINT = 'Give words, such as: election fraud. "Exact words" go in quotes; OR and -without work too.';
    ELSIF wanted IN ('', 'T') THEN
        RAISE EXCEPTION 'The search names no word that must be there.' USING ERRCODE = 'invalid_parameter_value',
            HINT = 'Add one to what is left out, such as: bank -river. On each side of OR there must be one.';
    ELSIF how_many > 40 THEN  -- each becomes a part of the query for every language
        RAISE EXCEPTION 'These are too many words: %, 40 at most.', how_many
            USING ERRCODE = 'invalid_parameter_value', HINT = 'Give the few words that matter.';
    ELSIF language IS NOT NULL AND NOT EXISTS (SELECT FROM core.language l WHERE l.language = $2) THEN
        RAISE EXCEPTION 'No article is in language %.', quote_literal($2)
            USING ERRCODE = 'invalid_parameter_value', HINT = 'core.language lists the codes, such as en or de.';
    END IF;
    languages := ARRAY(SELECT l.language FROM core.language l
        WHERE core.stemming(l.language) IS NOT NULL AND l.language = coalesce($2, l.language) ORDER BY 1);
    FOR token IN
        SELECT said, said LIKE '''%' AS is_word,
            coalesce(lag(said) OVER w LIKE '<%', false) OR coalesce(lead(said) OVER w LIKE '<%', false) AS in_phrase
        FROM (SELECT t.found[1] AS said, t.n
            FROM regexp_matches(typed::text, $re$('(?:[^']|'')*'|<->|<\d+>|[&|!()])$re$, 'g') WITH ORDINALITY AS t (found, n)) AS told
        WINDOW w AS (ORDER BY n) ORDER BY n
    LOOP
        IF token.is_word AND NOT token.in_phrase THEN
            written := written || core.word_query(core.plain_word(token.said),
                ARRAY(SELECT s FROM unnest(spelt) s WHERE core.fold_letters(s) = core.plain_word(token.said)), languages);
        ELSE
            written := written || ' ' || token.said || ' ';
        END IF;
        IF token.is_word AND position(token.said IN wanted) > 0 THEN
            found.exact := found.exact || core.plain_word(token.said);
            IF token.in_phrase AND EXISTS (SELECT FROM unnest(languages) AS code
                WHERE to_tsvector(core.stemming(code), core.plain_word(token.said)) = ''::tsvector) THEN
                found.joining := found.joining || core.plain_word(token.said);
            END IF;
        END IF;
    END LOOP;
    found.query := CASE WHEN $2 IS NULL THEN written::tsquery
        ELSE core.quoted_word('=' || $2)::tsquery && written::tsquery END;
    found.quick := core.quick_query(found.query);
    found.stems := ARRAY(SELECT f.language || ':' || f.stem FROM core.stems_of(
        ARRAY(SELECT e FROM unnest(found.exact) e EXCEPT SELECT j FROM unnest(found.joining) j)
        || ARRAY(SELECT s FROM unnest(spelt) s WHERE core.fold_letters(s) = ANY (found.exact)
            AND core.fold_letters(s) <> ALL (coalesce(found.joining, '{}'))), languages) AS f);
    RETURN found;
END $$;
COMMENT ON FUNCTION core.search_terms(text, text) IS
'What words as typed ask of an article, in the parts that core.search works with.';

CREATE FUNCTION core.search_query(words text, language text DEFAULT NULL) RETURNS tsquery
LANGUAGE sql STABLE RETURN (core.search_terms(words, language)).query;
COMMENT ON FUNCTION core.search_query(text, text) IS
'Words as typed (election "prime minister" -fraud) as a query on core.article_search.words, to count all matches or join them; core.search ranks the newest and shows them.';

CREATE FUNCTION core.title_query(query tsquery) RETURNS tsquery LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN regexp_replace(regexp_replace(query::text, $re$('(?:[^']|'')+')$re$, '\1:A', 'g'), $re$('=[^']*'):A$re$, '\1', 'g')::tsquery;
COMMENT ON FUNCTION core.title_query(tsquery) IS 'The query, of words in headlines only.';

CREATE FUNCTION core.rank_query(terms core.search_terms) RETURNS tsquery LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    WITH said AS (
        SELECT word FROM unnest(terms.exact) AS word WHERE word <> ALL (coalesce(terms.joining, '{}'))
        UNION SELECT word FROM unnest(terms.stems) AS word
        UNION SELECT substr(word, position(':' IN word) + 1) FROM unnest(terms.stems) AS word
    )
    SELECT string_agg(core.quoted_word(word), ' | ' ORDER BY word)::tsquery FROM (
        SELECT word FROM said UNION SELECT unnest(terms.exact) WHERE NOT EXISTS (SELECT FROM said)) AS counted
$$;
COMMENT ON FUNCTION core.rank_query(core.search_terms) IS 'The words whose number and place make the score.';

CREATE FUNCTION core.search_snippet(body text, language text, terms core.search_terms) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
    -- One line, and nothing that a terminal or a page could take for a command: no control characters, no tags.
    plain text := regexp_replace(translate(regexp_replace(left(body, 30000),
        '[\u0001-\u0020\u007f-\u00a0\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]+', ' ', 'g'),
        '<>', '‹›'), '\*{2,}', '*', 'g');
    stemming regconfig := core.stemming(language);
    own text[] := tsvector_to_array(to_tsvector('simple', plain));
    folded text[] := string_to_array(core.fold_letters(array_to_string(own, E'\n')), E'\n');
    -- Stems begin as their words do, but in these languages; stemming every word would take most of a search's time.
    beginnings text[] := CASE WHEN language IN ('ar', 'ga', 'id') THEN (SELECT array_agg(DISTINCT left(w, 2)) FROM unnest(folded) w)
        ELSE (SELECT array_agg(DISTINCT left(split_part(stem, ':', 2), 2)) FROM unnest(terms.stems) stem) END;
    meant text := (
        SELECT string_agg(core.quoted_word(word), ' | ') FROM unnest(own, folded) AS w (word, bare)
        WHERE bare = ANY (terms.exact) OR stemming IS NOT NULL AND left(bare, 2) = ANY (beginnings) AND EXISTS (
            SELECT FROM unnest(tsvector_to_array(to_tsvector(stemming, word))) AS stem
            WHERE language || ':' || core.fold_letters(stem) = ANY (terms.stems)));
    shown text;
    bare text;
    edge CONSTANT text := ' .,:;!?…"“”„‘’«»‹›()¿¡-–';
BEGIN
    shown := ts_headline('simple', plain, coalesce(meant, '')::tsquery, 'StartSel=' || chr(2) || ', StopSel=' || chr(3)
        || ', MaxFragments=1, MinWords=18, MaxWords=36, ShortWord=0');
    shown := regexp_replace(shown, chr(3) || '([ -]?)' || chr(2), '\1', 'g');
    IF terms.joining IS NOT NULL THEN
        shown := regexp_replace(shown, chr(2) || '(' || (
            SELECT string_agg(regexp_replace(word, '\W', '\\\&', 'g'), '|') FROM unnest(terms.joining) AS word) || ')' || chr(3), '\1', 'gi');
    END IF;
    bare := translate(shown, chr(2) || chr(3), '');
    IF right(rtrim(plain, edge), 12) = right(rtrim(bare, edge), 12) THEN
        shown := rtrim(shown, edge) || right(plain, length(plain) - length(rtrim(plain, edge)));
    ELSE
        shown := shown || ' …';
    END IF;
    IF NOT starts_with(ltrim(plain, edge), ltrim(bare, edge)) AND bare <> '' THEN
        shown := '… ' || shown;
    END IF;
    RETURN replace(replace(shown, chr(2), '**'), chr(3), '**');
END $$;
COMMENT ON FUNCTION core.search_snippet(text, text, core.search_terms) IS
'The place of a text (of its first 30,000 characters) that holds most of the words, **marked**, as written there.';

CREATE TYPE core.found_article AS (
    score real,
    url text,
    title text,
    source_key text,
    language text,
    published_at timestamptz,
    first_seen_at timestamptz,
    snippet text,
    looked_back_to date,
    article_id bigint
);
COMMENT ON TYPE core.found_article IS 'One row per article that core.search finds.';
COMMENT ON COLUMN core.found_article.score IS 'How well it fits: words found, more in the headline, fewer in a long text. Compare it within one search only.';
COMMENT ON COLUMN core.found_article.snippet IS 'Plain text with the words found **marked**. Escape it where HTML is wanted, like all text of others.';
COMMENT ON COLUMN core.found_article.looked_back_to IS 'Null: all that match were ranked. A day: only the newest, back to it; until => that day looks further back. If all ranked are of that one day: until => the day before; the rest of the day by more words, source or language.';
COMMENT ON COLUMN core.found_article.article_id IS 'Private key, to join core tables; not stable over a rebuild.';

CREATE FUNCTION core.search(
    words text, how_many int DEFAULT 20, since date DEFAULT NULL, until date DEFAULT NULL,
    language text DEFAULT NULL, source text DEFAULT NULL, title_only boolean DEFAULT false
) RETURNS SETOF core.found_article LANGUAGE plpgsql STABLE
-- A sequence of all rows would unpack the words of each: the index is always better, and the planner does not know.
SET enable_seqscan = off SET plan_cache_mode = force_custom_plan AS $$
#variable_conflict use_column
DECLARE
    terms core.search_terms := core.search_terms($1, $5);
    needed tsquery := CASE WHEN title_only THEN core.title_query(terms.query) ELSE terms.query END;
    counted tsquery := core.rank_query(terms);
    is_checked boolean := title_only OR needed::text <> terms.quick::text;
    most CONSTANT int := 2000;
    the_source bigint;
    before date := coalesce($4 + 1, 'infinity');
    newest date;
    latest date;
    oldest date;
    cut date;
    looked int := 0;
    part record;
    ids bigint[] := '{}';
    days date[] := '{}';
    scores real[] := '{}';
BEGIN
    IF how_many IS NULL OR how_many NOT BETWEEN 1 AND most THEN
        RAISE EXCEPTION 'how_many is %; it may be 1 to %.', coalesce(how_many::text, 'null'), most
            USING ERRCODE = 'invalid_parameter_value', HINT = 'For all that match use core.search_query.';
    END IF;
    IF $6 IS NOT NULL THEN
        SELECT source_id INTO the_source FROM core.source WHERE source_key = $6;
        IF the_source IS NULL THEN
            RAISE EXCEPTION 'There is no source %.', quote_literal($6)
                USING ERRCODE = 'invalid_parameter_value', HINT = 'core.source lists them by source_key.';
        END IF;
    END IF;
    LOOP  -- from the newest month back, which are partitions, until enough was looked at
        SELECT max(a.first_seen_on) INTO newest FROM core.article a
        WHERE a.first_seen_on < before AND a.first_seen_on >= coalesce($3, '-infinity');
        EXIT WHEN newest IS NULL OR cut IS NOT NULL;
        newest := greatest(date_trunc('month', newest)::date, $3);
        WITH candidate AS MATERIALIZED (
            SELECT s.article_id, s.first_seen_on, s.first_seen_at, s.words FROM core.article_search s
            WHERE s.first_seen_on >= newest AND s.first_seen_on < before AND s.words @@ terms.quick
                AND (the_source IS NULL OR s.source_id = the_source)
            ORDER BY s.first_seen_at DESC, s.article_id DESC LIMIT most - looked + 1
        ), kept AS (
            SELECT * FROM candidate ORDER BY first_seen_at DESC, article_id DESC LIMIT most - looked
        )
        SELECT (SELECT count(*) FROM candidate) AS seen, (SELECT min(first_seen_on) FROM kept) AS oldest,
            (SELECT max(first_seen_on) FROM kept) AS latest,
            coalesce(array_agg(article_id), '{}') AS ids, coalesce(array_agg(first_seen_on), '{}') AS days,
            coalesce(array_agg(ts_rank(words, counted, 1)), '{}') AS scores
        INTO part FROM kept WHERE NOT is_checked OR words @@ needed;
        oldest := coalesce(part.oldest, oldest);
        latest := coalesce(latest, part.latest);
        ids := ids || part.ids;
        days := days || part.days;
        scores := scores || part.scores;
        before := newest;
        IF looked + part.seen > most THEN  -- one more than is ranked
            cut := oldest;
        END IF;
        looked := least(looked + part.seen, most);
    END LOOP;
    IF cut = latest THEN
        RAISE NOTICE 'Ranked are % of the articles with these words of one day, %. More words, a source or a language find others of that day; until => ''%'' looks further back.',
            most, cut, cut - 1;
    ELSIF cut IS NOT NULL THEN
        RAISE NOTICE 'Ranked are the newest % articles with these words, back to %; until => ''%'' looks further back.', most, cut, cut;
    END IF;
    RETURN QUERY
    SELECT best.score, a.url, a.title, o.source_key, a.language, a.published_at, a.first_seen_at,
        core.search_snippet(r.text, a.language, terms), cut, a.article_id
    FROM (
        SELECT t.id, t.day, t.score FROM unnest(ids, days, scores) AS t (id, day, score)
        ORDER BY t.score DESC, t.day DESC, t.id DESC LIMIT how_many) AS best
    JOIN core.article a ON a.article_id = best.id
    JOIN core.source o ON o.source_id = a.source_id
    CROSS JOIN LATERAL (
        SELECT v.text FROM core.article_revision v WHERE v.article_id = a.article_id
            AND v.revision_no = a.revision_no AND v.first_seen_on = best.day OFFSET 0) AS r
    ORDER BY best.score DESC, a.first_seen_at DESC, a.url_key;
END $$;
COMMENT ON FUNCTION core.search(text, int, date, date, text, text, boolean) IS
'Articles whose headline or text holds the words, best first: core.search(''election "prime minister" -fraud''). Accents, capitals and, where Postgres knows the language, endings do not matter; words in quotes are exact and in order. since and until are days of first_seen_on. Of more than 2,000 that match, the newest 2,000 are ranked (looked_back_to says so).';
