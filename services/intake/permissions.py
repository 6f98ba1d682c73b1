"""Who may do what in intake (domain roles, permission matrix)."""

REPORTERS = frozenset({"PUB", "GRD", "COM", "STR", "REV", "LDR", "MED", "MCM", "HOT"})
REVIEWERS = frozenset({"STR", "REV"})
READERS = frozenset(
    {"GRD", "COM", "STR", "REV", "DSP", "CLS", "UNT", "UHD", "SUP", "LDR", "MED", "MCM", "HOT"}
)

PERMISSIONS = {
    "SubmitReport": REPORTERS,
    "ApproveReport": REVIEWERS,
    "DeclineReport": REVIEWERS,
    "FileCase": REVIEWERS,
    "ReadReport": READERS | {"PUB"},
    "ReadReportEvents": READERS,
    "ReadReportTexts": REVIEWERS | {"DSP", "CLS"},
}
