"""Names by a trained model: text into pieces, pieces into tags, tags into spans with a calibrated score."""
