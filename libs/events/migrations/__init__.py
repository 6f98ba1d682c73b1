"""The tables of a stage, step by step. A step that was released is never changed."""
