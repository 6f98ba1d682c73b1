"""A small pack that breaks no rule, for tests that break one of them."""

from copy import deepcopy
from functools import cache
from pathlib import Path

import yaml

from libs.reference import COLUMNS, Header, Row, Table
from libs.reference.manifest import calendar_row

CALENDAR = Path(__file__).parents[3] / "deploy" / "calendars" / "cn.yaml"
Rows = dict[Table, list[Row]]

HEADER: Header = {
    "city": "640202",
    "name": "大武口区",
    "jurisdiction": "640202",
    "version": "640202-2026.1",
    "effective_at": "2026-01-01T00:00:00+08:00",
    "calendar": "cn",
    "amber": "70",
    "note": "",
}
TABLES: dict[Table, list[str]] = {
    "organisations": [
        "640202|大武口区|DISTRICT||08:30-12:00,14:00-17:30|2019-01-01|",
        "centre|治理中心|CENTRE|640202|08:30-12:00,13:30-17:00|2019-01-01|",
        "urban|综合执法局|DEPARTMENT|640202||2019-01-01|",
        "urban-team|执法大队|DEPARTMENT|urban||2019-01-01|2026-06-30",
        "urban-team|执法支队|DEPARTMENT|urban||2026-07-01|",
        "640202001|朝阳街道|STREET|640202||2019-01-01|",
        "640202001001|第一社区|COMMUNITY|640202001||2019-01-01|",
        "640202001002|第二社区|COMMUNITY|640202001|09:00-12:00,14:00-18:00|2019-01-01|",
    ],
    "grids": [
        "640202001001001|第一网格|640202001001|BASE|grid-001|2019-01-01|",
        "640202001002001|第二网格|640202001002|SPECIAL|grid-002|2019-01-01|2025-12-31",
        "640202001002001|第二网格|640202001002|SPECIAL|grid-003|2026-01-01|",
    ],
    "posts": ["dispatcher|派遣员|centre|2019-01-01|", "clerk|经办人|urban|2019-01-01|"],
    "people": [
        "grid-001|640202001001||GRD|2019-01-01|",
        "grid-002|640202001002||GRD;COM|2019-01-01|2026-03-31",
        "grid-003|640202001002||GRD|2026-01-01|",
        "dispatcher-001|centre|dispatcher|DSP|2019-01-01|",
        "clerk-001|urban|clerk|UNT;UHD|2019-01-01|2023-12-31",
        "clerk-001|urban|clerk|UNT|2025-01-01|",
    ],
    "categories": [
        "2|城市管理||2019-01-01|",
        "2.EVENT|事件|2|2019-01-01|",
        "2.EVENT.LITTER|暴露垃圾|2.EVENT|2019-01-01|",
        "5|矛盾纠纷||2019-01-01|",
    ],
    "duty": [
        "2|640202|urban|640202001|2019-01-01|",
        "2|640202001|640202001|urban|2019-01-01|",
        "2.EVENT.LITTER|640202|urban-team||2019-01-01|",
    ],
    "limits": [
        "HANDLE|*|*|5wd||市规第24条|2019-01-01|",
        "HANDLE|*|2|3wd||市规第24条|2019-01-01|",
        "HANDLE|2.EVENT|*|8wh|50|处置时限表|2019-01-01|2026-06-30",
        "HANDLE|2.EVENT|*|4wh|50|处置时限表|2026-07-01|",
        "HANDLE|2.EVENT.LITTER|3|none||处置时限表|2019-01-01|",
        "SIGN|*|3|15min||签收规定|2019-01-01|",
    ],
    "codes": ["CH|01|网格员上报|2019-01-01|", "CH|03|12345热线|2019-01-01|"],
    "risks": ["RED|红色|重点类|2019-01-01|", "BLUE|蓝色|隐患类|2019-01-01|"],
    "local_days": [
        "640202|2026-03-04|",
        "640202001|2026-03-05|09:00-11:00",
        "640202001001|2026-03-04|10:00-11:00",
    ],
}


@cache
def calendar() -> Row:
    return calendar_row(yaml.safe_load(CALENDAR.read_text(encoding="utf-8")))


def tables() -> Rows:
    """A fresh copy, which a test may change."""
    found: Rows = {
        table: [dict(zip(COLUMNS[table], line.split("|"), strict=True)) for line in lines]
        for table, lines in TABLES.items()
    }
    return deepcopy(found) | {"calendar": [dict(calendar())]}


def header(**changes: str) -> dict[str, str]:
    return dict(HEADER) | changes
