"""Who may do what in dispatch (domain roles, permission matrix).

The hotline account decides returns and closes only of its own orders; that comes with its connector.
"""

DISPATCHERS = frozenset({"STR", "DSP"})
HANDLERS = frozenset({"GRD", "COM", "STR", "UNT", "UHD"})
CLOSERS = frozenset({"STR", "CLS"})
READERS = frozenset(
    {"GRD", "COM", "STR", "REV", "DSP", "CLS", "UNT", "UHD", "SUP", "LDR", "MED", "MCM", "HOT"}
)

PERMISSIONS = {
    "Dispatch": DISPATCHERS,
    "Sign": HANDLERS,
    "RequestReturn": frozenset({"STR", "UNT", "UHD"}),
    "ApproveReturn": frozenset({"DSP"}),
    "RejectReturn": frozenset({"DSP"}),
    "RequestExtension": frozenset({"STR", "UNT", "UHD"}),
    "ApproveExtension": frozenset({"DSP", "LDR"}),
    "RejectExtension": frozenset({"DSP", "LDR"}),
    "RequestSuspension": frozenset({"STR", "UNT", "UHD"}),
    "Suspend": frozenset({"DSP", "LDR"}),
    "RejectSuspension": frozenset({"DSP", "LDR"}),
    "Resume": frozenset({"DSP", "LDR"}),
    "SubmitFeedback": HANDLERS,
    "RejectFeedback": CLOSERS,
    "CloseCase": CLOSERS,
    "Reopen": frozenset({"CLS", "SUP", "LDR", "HOT"}),
    "RecordCallback": CLOSERS | {"HOT"},
    "HandToMediation": DISPATCHERS,
    "ImportCases": frozenset({"ADM"}),
    "ReadCase": READERS,
    "ReadCaseEvents": READERS,
    "ReadCaseTexts": frozenset({"STR", "REV", "DSP", "CLS", "UNT", "UHD"}),
}
