"""A city is data: one folder per city pack (design section 8)."""
