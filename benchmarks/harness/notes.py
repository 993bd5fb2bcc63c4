"""Why cells of a table are empty, said below it."""


class Notes:
    """Gives each reason a number, which stands in the cells; the reasons stand below the table."""

    def __init__(self) -> None:
        self._reasons: list[str] = []

    def cell(self, reason: str) -> str:
        """Return what stands in the cell."""
        if reason not in self._reasons:
            self._reasons.append(reason)
        word = "missing" if reason.startswith("not installed") else "failed"
        return f"{word} [{self._reasons.index(reason) + 1}]"

    def below(self, table: str) -> str:
        """Return the table with the reasons below it."""
        return "\n".join([table, *(f"\n[{i + 1}] {note}" for i, note in enumerate(self._reasons))])
