"""Commands about nights and about this machine."""
