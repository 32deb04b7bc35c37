"""How the models of topics were made."""
