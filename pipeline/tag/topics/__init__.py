"""Topics: the taxonomy, and what speaks for its topics in an article."""
