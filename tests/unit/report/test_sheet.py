"""Where things stand on a sheet: words fit beside their panel, dots stand at their values."""

from __future__ import annotations

import io

import pytest

from multipolar.report.sheet import LINE, MARGIN, Panel, Sheet, fitted, frame, scale_of, stack, width_of, wrapped


def test_the_width_of_words_is_what_they_take_when_drawn() -> None:
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    sheet = Sheet(6.0)
    sheet.words(0.1, 0.5, "Kazakhstan alone\nadopts $x^2$ tariffs", va="center_baseline", fontweight="bold")
    figure = sheet.figure(1.0)
    canvas = FigureCanvasAgg(figure)
    drawn = figure.texts[0].get_window_extent(canvas.get_renderer()).width / figure.dpi
    assert width_of("Kazakhstan alone\nadopts $x^2$ tariffs", bold=True) == pytest.approx(drawn, rel=0.02)
    assert width_of("") == 0.0


def test_rows_grow_with_the_lines_of_their_labels() -> None:
    short, long = stack(["a", "a\nb\nc"], 0.3)
    assert short == 0.3
    assert long >= 3 * LINE


def test_a_title_is_wrapped_to_five_lines_at_most() -> None:
    text = wrapped("word " * 200, 20)
    assert text.count("\n") == 4
    assert text.endswith("…")


@pytest.mark.parametrize("even", [False, True])
@pytest.mark.parametrize("values", [[], [0.0], [1e-9], [-3.0, 1.0], [2.0, 5.0], [-7.0]])
def test_a_scale_holds_zero_and_every_value_with_room_beside(values: list[float], even: bool) -> None:
    low, high = scale_of(values, even=even)
    assert low < min([0.0, *values]) <= max([0.0, *values]) < high
    assert low == -high or not even


def test_rounding_errors_are_not_blown_up() -> None:
    low, high = scale_of([1e-12, -1e-12], even=True)
    assert high - low >= 0.01


def test_a_value_stands_at_its_place() -> None:
    panel = Panel(Sheet(4.0), 1.0, 3.0, 0.5, [0.2, 0.4], (-1.0, 3.0))
    assert panel.x(-1.0) == 1.0
    assert panel.x(0.0) == 1.5
    assert panel.x(3.0) == 3.0
    assert (panel.y(0), panel.y(1)) == pytest.approx((0.6, 0.9))
    assert panel.bottom == pytest.approx(1.1)


@pytest.mark.parametrize(
    ("scale", "most", "numbers"),
    [
        ((-0.15, 0.15), 4, ["−0.1", "0.0", "0.1"]),
        ((-1.2, 1.2), 5, ["−1.0", "−0.5", "0.0", "0.5", "1.0"]),
        ((-20.0, 110.0), 4, ["0", "50", "100"]),
        ((-0.0006, 0.0006), 4, ["−0.0005", "0.0000", "0.0005"]),
    ],
)
def test_numbers_on_the_scale_have_the_digits_they_need(
    scale: tuple[float, float], most: int, numbers: list[str]
) -> None:
    sheet = Sheet(4.0)
    Panel(sheet, 1.0, 3.0, 0.5, [0.2], scale).frame(most)
    assert [text.get_text() for text in sheet.figure(1.0).texts] == numbers


def test_one_line_more_does_not_take_another_artist() -> None:
    sheet = Sheet(4.0)
    for place in range(50):
        sheet.line((0.0, place / 10), (1.0, place / 10), "#0072b2", 1.0)
        sheet.dot(0.5, place / 10, "#0072b2")
    figure = sheet.figure(6.0)
    assert len(figure.get_children()) == 3  # the paper, the lines, the dots
    with io.BytesIO() as file:
        figure.savefig(file, format="png", dpi=40)
        assert file.tell() > 500


def test_words_are_fitted_to_a_width_and_none_is_lost() -> None:
    text = "Change of real income in percent of what every economy " * 4
    lines = fitted(text, 3.0)
    assert " ".join(lines).split() == text.split()
    assert len(lines) > 3 and all(width_of(line) <= 3.0 for line in lines)
    assert fitted("Donaudampfschifffahrtsgesellschaft again", 0.5) == ["Donaudampfschifffahrtsgesellschaft", "again"]
    assert fitted("", 3.0) == []


def test_a_frame_makes_room_above_and_below_and_moves_nothing_else() -> None:
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    sheet = Sheet(4.0)
    sheet.dot(1.0, 0.25, "#0072b2")
    sheet.words(0.5, 0.5, "inside")
    figure = sheet.figure(1.0)
    renderer = FigureCanvasAgg(figure).get_renderer()
    before = figure.texts[0].get_window_extent(renderer)
    frame(figure, "A title", ["Bands are these. " * 12, "Source: somewhere"])
    after = figure.texts[0].get_window_extent(renderer)
    said = [text.get_text() for text in figure.texts]
    feet = said[2:]
    foot = LINE * len(feet) + 2 * MARGIN
    assert said[1] == "A title" and feet[-1] == "Source: somewhere" and len(feet) > 2
    assert (after.y0 - before.y0) / figure.dpi == pytest.approx(foot)
    assert after.x0 == pytest.approx(before.x0)
    assert float(figure.get_size_inches()[1]) == pytest.approx(1.0 + foot + LINE + MARGIN)
    high = figure.get_size_inches()[1] * figure.dpi
    edges = [text.get_window_extent(renderer) for text in figure.texts]
    assert min(box.y0 for box in edges) >= 0 and max(box.y1 for box in edges) <= high
    assert max(box.x1 for box in edges) <= 4.0 * figure.dpi
