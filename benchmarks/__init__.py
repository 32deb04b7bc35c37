"""Speed and quality beside what one would use instead. `make bench` runs all; each is a module of its own."""
