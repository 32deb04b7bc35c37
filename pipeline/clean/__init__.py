"""Clean: the bytes of one page in, the article on it out, with a verdict and named reasons.

`page.clean_page` is the pure core; `batch.clean_batch` runs it over archived pages in guarded worker processes.
"""
