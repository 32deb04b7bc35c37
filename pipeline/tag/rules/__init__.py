"""Names found by rule: for the languages that the trained model does not read, and where no model is at hand."""
