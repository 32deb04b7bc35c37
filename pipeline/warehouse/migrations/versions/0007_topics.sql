ALTER TABLE core.topic ADD COLUMN qid TEXT;
COMMENT ON COLUMN core.topic.qid IS 'The same topic in Wikidata, where known: https://www.wikidata.org/wiki/<qid>.';
