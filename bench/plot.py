"""Curves as SVG, written by hand: axes, a line through the medians, a bar from the least to the greatest."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 640, 360
LEFT, RIGHT, TOP, BOTTOM = 78, 20, 44, 58
INK, LINE, SPREAD, GRID = "#222222", "#1f5fa8", "#9bbbe0", "#e3e3e3"


@dataclass(frozen=True)
class Point:
    """One measured place of a curve; `values` are its repetitions."""

    x: float
    values: tuple[float, ...]

    @property
    def middle(self) -> float:
        """The median."""
        ordered = sorted(self.values)
        return ordered[len(ordered) // 2]


@dataclass(frozen=True)
class Curve:
    """What is drawn: `name` is the file's name; `log`: the x axis is logarithmic."""

    name: str
    title: str
    x_label: str
    y_label: str
    points: tuple[Point, ...]
    log: bool = False


def svg(curve: Curve) -> str:
    """The curve as one standalone document."""
    xs = [point.x for point in curve.points]
    top = max(value for point in curve.points for value in point.values) or 1.0
    across, up = _across(xs, log=curve.log), _up(_nice(top))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        _text(WIDTH / 2, 24, curve.title, size=15),
        *_grid(_nice(top), up),
        *(_text(across(x), HEIGHT - BOTTOM + 18, _short(x)) for x in xs),
        _text(WIDTH / 2, HEIGHT - 16, curve.x_label),
        f'<g transform="rotate(-90 16 {HEIGHT / 2})">{_text(16, HEIGHT / 2, curve.y_label)}</g>',
        *_drawn(curve.points, across, up),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _across(xs: Sequence[float], *, log: bool) -> Callable[[float], float]:
    place = math.log10 if log else float
    low, high = place(min(xs)), place(max(xs))
    room, span = WIDTH - LEFT - RIGHT - 40, (high - low) or 1.0
    return lambda x: LEFT + 20 + room * (place(x) - low) / span


def _up(top: float) -> Callable[[float], float]:
    return lambda y: HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * y / top


def _nice(top: float) -> float:
    """The next round number: 1, 2, 2.5 or 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(top))
    return next(step * power for step in (1, 2, 2.5, 5, 10) if step * power >= top)


def _grid(top: float, up: Callable[[float], float]) -> list[str]:
    rows = [top * part / 5 for part in range(6)]
    lines = [
        f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{up(y):.1f}" y2="{up(y):.1f}" stroke="{GRID}"/>'
        for y in rows
    ]
    return lines + [_text(LEFT - 8, up(y) + 4, _short(y), anchor="end") for y in rows]


def _drawn(
    points: Sequence[Point], across: Callable[[float], float], up: Callable[[float], float]
) -> list[str]:
    line = " ".join(f"{across(point.x):.1f},{up(point.middle):.1f}" for point in points)
    bars = [
        f'<line x1="{across(p.x):.1f}" x2="{across(p.x):.1f}" y1="{up(min(p.values)):.1f}" '
        f'y2="{up(max(p.values)):.1f}" stroke="{SPREAD}" stroke-width="5"/>'
        for p in points
    ]
    dots = [f'<circle cx="{across(p.x):.1f}" cy="{up(p.middle):.1f}" r="4" fill="{LINE}"/>' for p in points]
    return [*bars, f'<polyline points="{line}" fill="none" stroke="{LINE}" stroke-width="2"/>', *dots]


def _text(x: float, y: float, said: str, *, size: int = 12, anchor: str = "middle") -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}"'
    return f'<text {place} fill="{INK}">{escape(said)}</text>'


def _short(value: float) -> str:
    """1500 as 1.5 k, 2000000 as 2 M."""
    for size, name in ((1e6, " M"), (1e3, " k")):
        if value >= size:
            return f"{value / size:.3g}{name}"
    return f"{value:.3g}"
