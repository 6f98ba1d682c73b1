"""The demo: a generated register, thirty live cases, the figures beside the published ones."""
