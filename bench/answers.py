"""A mode whose result is wrong has no speed."""


class WrongAnswer(AssertionError):
    """A mode was measured whose result is not the one it should have: no figure of it counts."""


def expect(found: object, wanted: object, what: str) -> None:
    """Raises WrongAnswer unless both are the same."""
    if found != wanted:
        raise WrongAnswer(f"{what}: {found} instead of {wanted}")
