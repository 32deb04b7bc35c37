"""Link: what spans articles. Names of a run become entities that keep their key from night to night."""
