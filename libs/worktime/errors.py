"""What can be wrong with a deadline question: each error names the field and the rule."""


class WorktimeError(ValueError):
    """`field` is the input that is wrong, `rule` the stable code of what it breaks."""

    def __init__(self, field: str, rule: str, detail: str) -> None:
        super().__init__(f"{field}: {detail} ({rule})")
        self.field = field
        self.rule = rule
        self.detail = detail
