"""Load: the batches of a run into `core`, one transaction per batch.

`batch` reads and joins the files, `facts` computes what is stored beside them, `dimensions` and `articles` hold
the statements, `run` is the transaction.
"""

from pipeline.records import TopicLabel
from pipeline.warehouse.load.run import load_batch

__all__ = ["TopicLabel", "load_batch"]
