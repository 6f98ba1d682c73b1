"""A curve is a well-formed document that shows each of its points."""

from xml.etree import ElementTree as ET

import pytest

from bench.plot import Curve, Point, svg

SVG = "{http://www.w3.org/2000/svg}"


def drawn(curve: Curve) -> ET.Element:
    return ET.fromstring(svg(curve))  # noqa: S314 - written a moment ago by the line before


def curve(*points: Point, log: bool = True) -> Curve:
    return Curve("rate", "Rate & reach", "events", "a second", points, log)


def test_every_point_is_drawn_from_left_to_right() -> None:
    found = drawn(curve(Point(10_000, (5, 7, 6)), Point(100_000, (9,)), Point(1_000_000, (8,))))
    places = [float(dot.attrib["cx"]) for dot in found.iter(f"{SVG}circle")]
    assert places == sorted(places)
    assert len(places) == 3
    assert places[1] - places[0] == pytest.approx(places[2] - places[1], abs=0.2)


def test_a_bar_reaches_from_the_least_to_the_greatest() -> None:
    found = drawn(curve(Point(1, (50, 100, 75)), Point(2, (100,)), log=False))
    bar = next(line for line in found.iter(f"{SVG}line") if line.attrib.get("stroke-width") == "5")
    dot = next(iter(found.iter(f"{SVG}circle")))
    low, high = float(bar.attrib["y1"]), float(bar.attrib["y2"])
    assert high < float(dot.attrib["cy"]) < low


def test_labels_are_escaped_and_numbers_short() -> None:
    texts = {text.text for text in drawn(curve(Point(10_000, (1500,)))).iter(f"{SVG}text")}
    assert {"Rate & reach", "10 k", "2 k"} <= texts
