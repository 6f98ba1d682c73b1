"""Small registers for the tests: a mapping, a header, rows as people write them."""

from pathlib import Path

from deploy.register.mapping import RegisterMap

HEADER = (
    "编号",
    "渠道",
    "分类",
    "社区",
    "立案",
    "派遣",
    "单位",
    "签收",
    "责任人",
    "反馈",
    "结果",
    "结案",
    "备注",
)
CLOSED = (
    "A-1", "热线", "垃圾", "640202001001", "2019-03-01 08:30:00", "2019-03-01 09:00:00", "综合执法局",
    "2019-03-01 10:00:00", "u-1", "2019-03-02 10:00:00", "解决", "2019-03-03 10:00:00", "x",
)  # fmt: skip


def plan(**changes: object) -> RegisterMap:
    document: dict[str, object] = {
        "source_system": "old",
        "kind": "case",
        "columns": {
            "编号": "external_no",
            "渠道": {"fields": "channel", "values": {"热线": "03", "网格": "01"}},
            "分类": {"fields": "category", "values": {"垃圾": "2.EVENT.LITTER"}},
            "社区": "org_code",
            "立案": "filed_at",
            "派遣": "dispatched_at",
            "单位": {"fields": "unit", "values": {"综合执法局": "urban"}},
            "签收": "signed_at",
            "责任人": ["person_in_charge", "handled_by"],
            "反馈": ["feedback_at", "contacted_at"],
            "结果": {"fields": ["result", "outcome"], "values": {"解决": "O1"}},
            "结案": "closed_at",
        },
        "constants": {"dispatched_by": "duty", "closed_by": "closer"},
        "ignore": ["备注"],
    }
    return RegisterMap.model_validate(document | changes)


def row(**changes: str) -> tuple[str, ...]:
    """The closed case with some cells changed, by column name."""
    return tuple(changes.get(name, cell) for name, cell in zip(HEADER, CLOSED, strict=True))


def write(path: Path, *rows: tuple[str, ...], encoding: str = "utf-8") -> Path:
    lines = (",".join(cells) for cells in (HEADER, *rows))
    path.write_text("\r\n".join(lines) + "\r\n", encoding=encoding)
    return path
