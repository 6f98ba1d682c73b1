"""Peers at their documented interface; these modules run in an environment of their own."""
