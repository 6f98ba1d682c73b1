"""The life of an event: everything it needs between being decided and being consumed."""
