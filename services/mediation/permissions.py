"""Who may do what in mediation (domain roles, permission matrix)."""

REGISTRARS = frozenset({"PUB", "GRD", "COM", "STR", "REV", "MED", "MCM", "HOT"})
COMMITTEE = frozenset({"STR", "MCM"})
MEDIATORS = frozenset({"MED", "MCM", "UNT"})
"""Departments mediate too: administrative mediation."""
READERS = frozenset(
    {"GRD", "COM", "STR", "REV", "DSP", "CLS", "UNT", "UHD", "SUP", "LDR", "MED", "MCM", "HOT"}
)

PERMISSIONS = {
    "RegisterDispute": REGISTRARS,
    "AcceptMediation": COMMITTEE,
    "AppointMediators": COMMITTEE,
    "HoldSession": MEDIATORS,
    "PauseMediation": MEDIATORS,
    "ResumeMediation": MEDIATORS,
    "ExtendPeriod": MEDIATORS,
    "ReachAgreement": MEDIATORS,
    "EndUnsuccessful": MEDIATORS,
    "EscalateDispute": frozenset({"COM", "STR", "SUP", "LDR", "MED", "MCM"}),
    "CloseDispute": COMMITTEE | {"MED"},
    "ApplyConfirmation": COMMITTEE | {"MED"},
    "RecordConfirmation": COMMITTEE | {"MED"},
    "ImportDisputes": frozenset({"ADM"}),
    "ReadDispute": READERS,
    "ReadDisputeEvents": READERS,
    "ReadDisputeTexts": COMMITTEE | MEDIATORS,
}
