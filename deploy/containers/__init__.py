"""Images and an engine for machines without Docker; the one-shot that prepares a compose installation."""
