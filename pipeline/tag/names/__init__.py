"""Names known beforehand, by where they come from: countries, divisions, cities, config/entities/."""
