ALTER TABLE core.article ADD COLUMN is_live_blog BOOLEAN DEFAULT false NOT NULL;
ALTER TABLE core.article ADD COLUMN is_opinion BOOLEAN DEFAULT false NOT NULL;
ALTER TABLE core.article ADD COLUMN is_sponsored BOOLEAN DEFAULT false NOT NULL;
ALTER TABLE core.article ADD COLUMN agency TEXT;
ALTER TABLE core.article ADD COLUMN title_method TEXT;
ALTER TABLE core.article ADD COLUMN authors_method TEXT;
ALTER TABLE core.article ADD COLUMN section_method TEXT;
ALTER TABLE core.article ADD COLUMN tags_method TEXT;
ALTER TABLE core.article ADD COLUMN extractor TEXT;
ALTER TABLE core.article ADD COLUMN extractor_reason TEXT;
ALTER TABLE core.article ADD COLUMN date_order TEXT;
ALTER TABLE core.article ADD COLUMN hints_digest TEXT DEFAULT '' NOT NULL;
COMMENT ON COLUMN core.article.is_live_blog IS 'The page says that it is a live blog: many short posts, added to while it runs.';
COMMENT ON COLUMN core.article.is_opinion IS 'The page says that it is opinion: comment, leader, column, letter.';
COMMENT ON COLUMN core.article.is_sponsored IS 'The page says that somebody paid for it.';
COMMENT ON COLUMN core.article.agency IS 'News agency that the byline or dateline names; never an author.';
COMMENT ON COLUMN core.article.title_method IS 'Where the headline was found: h1, json_ld, og, twitter, title_tag, feed, first_line.';
COMMENT ON COLUMN core.article.authors_method IS 'Where the authors were found; null if there are none.';
COMMENT ON COLUMN core.article.section_method IS 'Where the section was found; null if there is none.';
COMMENT ON COLUMN core.article.tags_method IS 'Where the publisher''s tags were found; null if there are none.';
COMMENT ON COLUMN core.article.extractor IS 'Which reading of the page gave the text; null before cleaning version 2.';
COMMENT ON COLUMN core.article.extractor_reason IS 'Why that reading won over the others.';
COMMENT ON COLUMN core.article.date_order IS 'day_first or month_first, where dates on the page show which the outlet writes.';
COMMENT ON COLUMN core.article.hints_digest IS 'Hash of what was known of the outlet and can change text or title (its name, its learnt habits).';
CREATE TABLE core.source_pattern (
	source_id BIGINT NOT NULL,
	kind TEXT NOT NULL,
	value TEXT NOT NULL,
	example TEXT NOT NULL,
	article_count INTEGER NOT NULL,
	looked_at INTEGER NOT NULL,
	learnt_at TIMESTAMP WITH TIME ZONE NOT NULL,
	refused_at TIMESTAMP WITH TIME ZONE,
	CONSTRAINT pk_source_pattern PRIMARY KEY (source_id, kind, value, learnt_at),
	CONSTRAINT fk_source_pattern_source_id FOREIGN KEY(source_id) REFERENCES core.source (source_id)
);
COMMENT ON TABLE core.source_pattern IS 'One row per habit of an outlet and time it was learnt: what cleaning takes off its texts and titles.';
COMMENT ON COLUMN core.source_pattern.source_id IS 'Its outlet.';
COMMENT ON COLUMN core.source_pattern.kind IS 'repeated_line or title_suffix.';
COMMENT ON COLUMN core.source_pattern.value IS 'What cleaning compares by: a line''s words without digits, or a name''s letters and digits, folded.';
COMMENT ON COLUMN core.source_pattern.example IS 'As it stood in the newest article that taught it; as compared, once one that had it is taken down.';
COMMENT ON COLUMN core.source_pattern.article_count IS 'Articles that had it when it was learnt.';
COMMENT ON COLUMN core.source_pattern.looked_at IS 'Articles of the outlet that were looked at then.';
COMMENT ON COLUMN core.source_pattern.learnt_at IS 'Newest fetch of the articles looked at. It holds for pages first seen within 90 days after; a row of its own says so when it is learnt again.';
COMMENT ON COLUMN core.source_pattern.refused_at IS 'When an operator said that it is wrong: not used, and not learnt again. Null: in use.';
