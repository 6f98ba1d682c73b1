"""The tables of metrics, step by step. A step that was released is never changed."""
