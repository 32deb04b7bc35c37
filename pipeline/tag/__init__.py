"""Tag: language, people, organisations, places and topics of one text.

`tagger.tag_text` is the pure core; `batch.tag_batch` runs it over a batch; `interfaces` are the seams for models.
"""
