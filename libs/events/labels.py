"""Every word people read, by code: Chinese first, English where an API answer needs it. Sorted by part."""

from typing import Literal

Language = Literal["zh", "en"]

PROBLEMS: dict[str, tuple[str, str]] = {
    "after_malformed": ("位置参数格式不正确", "The position is malformed"),
    "bad_cursor": ("分页游标无效", "The cursor is not valid"),
    "bad_text": ("文本含有不允许的字符", "The text holds characters that are not allowed"),
    "body_too_large": ("请求内容过大", "The request body is too large"),
    "busy": ("系统繁忙，请稍后重试", "Too busy, try again shortly"),
    "deadline_exceeded": ("处理超时，请稍后重试", "The request took too long"),
    "duplicate_field": ("字段重复", "A field appears twice"),
    "fields_wrong": ("字段不符合要求", "Some fields are wrong"),
    "idempotency_key_malformed": ("幂等键格式不正确", "The Idempotency-Key is malformed"),
    "idempotency_key_missing": ("缺少幂等键", "The Idempotency-Key header is missing"),
    "idempotency_mismatch": ("幂等键已用于其他请求", "The Idempotency-Key was used for another request"),
    "if_match_malformed": ("If-Match 格式不正确", "The If-Match header is malformed"),
    "illegal_transition": ("当前状态不允许此操作", "The command is not possible in this state"),
    "internal_error": ("系统内部错误", "Internal error"),
    "malformed_json": ("不是有效的 JSON", "The body is not valid JSON"),
    "malformed_request": ("请求格式不正确", "The request is malformed"),
    "method_not_allowed": ("不支持此请求方法", "The method is not allowed"),
    "nesting_too_deep": ("内容嵌套过深", "The body is nested too deeply"),
    "not_found": ("地址不存在", "There is nothing at this address"),
    "not_json": ("请求内容必须是 JSON", "The request body must be JSON"),
    "not_permitted": ("无权进行此操作", "You are not permitted to do this"),
    "position_not_reached": ("数据尚未同步到所要求的位置", "The position was not reached in time"),
    "request_timeout": ("接收请求超时", "The request was not received in time"),
    "stale_version": ("数据已被他人更新", "Somebody else was faster"),
    "token_expired": ("登录凭证已过期", "The token has expired"),
    "token_invalid": ("登录凭证无效", "The token is not valid"),
    "token_missing": ("缺少登录凭证", "A bearer token is required"),
    "unavailable": ("依赖的服务暂不可用", "A dependency is away"),
    "unknown_matter": ("事项不存在", "The matter is not known"),
}

FIELDS: dict[str, tuple[str, str]] = {
    "bad_format": ("格式不正确", "has the wrong format"),
    "bad_time": ("时间格式无法识别", "is not a time in the register's format"),
    "before_previous": ("早于上一环节的时间", "is earlier than the step before it"),
    "duplicate_number": ("编号在文件中重复", "appears twice in the file"),
    "in_future": ("时间晚于当前时间", "lies in the future"),
    "invalid": ("内容无效", "is not valid"),
    "missing": ("必填", "is required"),
    "out_of_range": ("超出允许范围", "is out of range"),
    "too_few": ("数量过少", "has too few items"),
    "too_long": ("内容过长", "is too long"),
    "too_many": ("数量过多", "has too many items"),
    "too_many_cells": ("单元格数量多于表头", "has more cells than the header"),
    "too_short": ("内容过短", "is too short"),
    "unknown_code": ("代码不在允许范围内", "is not one of the known codes"),
    "unknown_field": ("未知字段", "is not a known field"),
    "unknown_value": ("取值不在对照表中", "is not in the mapping's table of values"),
    "wrong_type": ("类型不正确", "has the wrong type"),
}

LABELS: dict[str, tuple[str, str]] = {**FIELDS, **PROBLEMS}


def label(code: str, language: Language = "zh") -> str:
    """The words for a code; the code itself where there are none (a test proves that there are)."""
    words = LABELS.get(code)
    return code if words is None else words[0 if language == "zh" else 1]
