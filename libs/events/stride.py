"""How many matters one transaction takes on: many while all goes well, one where something is wrong.

A stream that cannot be read, or that a command moves at the same moment, fails the whole transaction. Then
smaller ones follow, down to the guilty matter alone, so nobody waits for a neighbour for long.
"""


class Stride:
    """The size of the next transaction."""

    def __init__(self, largest: int) -> None:
        self._largest = largest
        self.size = largest

    def shorten(self) -> None:
        """The last transaction failed."""
        self.size = max(1, self.size // 4)

    def lengthen(self) -> None:
        """The last transaction went well."""
        self.size = min(self._largest, self.size * 2)

    @property
    def shortest(self) -> bool:
        """Whether the next transaction takes on one matter alone."""
        return self.size == 1
