"""The demo newsroom: eight invented outlets served on loopback, with what goes wrong on the real web."""
