"""Coverage-guided fuzzing of the code that reads what strangers wrote. Start at README.md."""
