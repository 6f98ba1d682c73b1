"""Brings a legacy register into the log: read, translate, send, report."""
