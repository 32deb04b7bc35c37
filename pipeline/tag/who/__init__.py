"""Who is who in one article: from spans that name something to mentions of entities."""
