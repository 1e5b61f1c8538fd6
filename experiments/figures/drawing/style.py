"""Style of all figures: one colour per agent, sizes, and the files they are written to."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from segue.experiments.study.config import StudyConfig
from segue.experiments.study.results import write_csv

INK = "#1f2328"
"""Colour of text and axes; in the report it becomes the text colour of the page."""
PAPER = "#fdfdfe"
"""Colour inside hollow marks; in the report it becomes the background of the page."""
FAINT = "#9aa0a6"
"""Colour of grids and reference lines, visible on white and on black."""

COLOURS = (
    *("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"),
    *("#AA1144", "#226655", "#7755DD", "#BB9944", "#88BBCC", "#773377", "#AA6633", "#669955", "#3344AA"),
    *("#FF22CC", "#883322", "#EEAAAA", "#7788DD", "#CCBB88", "#BB2200", "#AA77FF", "#995588", "#2200FF"),
)
"""Colours of Okabe and Ito (2008), and others that are as far from them and from each other as possible with
every kind of colour vision."""
LOWER, UPPER = "#7C7C7C", "#8833EE"
"""Colours of the two agents that anchor the scores."""
MARKERS = ("o", "s", "^", "D", "v", "P", "<", ">", "p")
"""Markers of lines and points, in turn."""
# If there are more agents than colours, those of one colour differ in dash and marker.
_DASHES: tuple[str | tuple[int, tuple[int, ...]], ...] = ("-", "--", "-.", (0, (1, 2)))

FONT_SIZE = 9.0
"""Size of all text in points."""

_RC: Any = {
    "axes.edgecolor": INK,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.labelcolor": INK,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlecolor": INK,
    "axes.titlelocation": "left",
    # One size for everything that is written.
    **dict.fromkeys(("font.size", "axes.titlesize", "axes.labelsize", "figure.titlesize"), FONT_SIZE),
    **dict.fromkeys(("xtick.labelsize", "ytick.labelsize", "legend.fontsize"), FONT_SIZE),
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    # The font that comes with Matplotlib; its list of others would be repeated in every text of an SVG.
    "font.sans-serif": ["DejaVu Sans"],
    "grid.alpha": 0.35,
    "grid.color": FAINT,
    "legend.frameon": False,
    "pdf.fonttype": 42,
    "svg.fonttype": "none",
    "svg.hashsalt": "segue",
    "text.color": INK,
    # Labels are drawn as users write them, whatever they look like.
    "text.parse_math": False,
    "text.usetex": False,
    "xtick.color": INK,
    "ytick.color": INK,
}


@dataclass(frozen=True)
class AgentStyle:
    """How an agent is drawn, in every figure.

    Attributes:
        colour: Its colour.
        marker: Its marker.
        dash: Dashes of its lines.
        gid: Group of whatever is drawn of it; see `save`.
    """

    colour: str
    marker: str
    dash: str | tuple[int, tuple[int, ...]]
    gid: str = "agent-none"


@dataclass(frozen=True)
class Layout:
    """The room that a figure has.

    Attributes:
        width: Its width in inches.
        columns: Largest number of panels side by side.
    """

    width: float
    columns: int

    @property
    def narrow(self) -> bool:
        """Whether panels stand one below the other, as on a phone."""
        return self.columns == 1


WIDE, NARROW = Layout(7.6, 4), Layout(3.7, 1)
"""A page, on the screen and on paper, and a phone."""


@dataclass(frozen=True)
class FigureSpec:
    """A figure with its title, caption and numbers.

    Attributes:
        draw: Draws it into the room that there is.
        data: The numbers behind it.
        title: Title in the report.
        caption: How to read it, the number of runs and sessions, and what the intervals are.
    """

    draw: Callable[[Layout], Figure]
    data: pd.DataFrame
    title: str
    caption: str


@dataclass(frozen=True)
class FigureFiles:
    """The files of a figure in the folder of a study.

    Attributes:
        name: Their name, without the ending.
        title: Title in the report.
        caption: Text below the figure.
        svg: The figure as SVG.
        narrow: The same for a phone.
        csv: The numbers behind it.
        others: The figure in other formats.
    """

    name: str
    title: str
    caption: str
    svg: Path
    narrow: Path
    csv: Path
    others: tuple[Path, ...] = ()

    def moved_to(self, folder: Path) -> FigureFiles:
        """Returns the same files in another folder."""
        paths = (self.svg, self.narrow, self.csv, *self.others)
        svg, narrow, csv, *others = (folder / path.name for path in paths)
        return dataclasses.replace(self, svg=svg, narrow=narrow, csv=csv, others=tuple(others))


def shortened(label: str, room: float) -> str:
    """Cuts a label that needs more room than there is, in inches; a character takes about 0.07."""
    most = max(int(room / 0.07), 8)
    return label if len(label) <= most else f"{label[: most - 1]}\N{HORIZONTAL ELLIPSIS}"


def agent_styles(study: StudyConfig) -> dict[str, AgentStyle]:
    """Gives each agent of a study its colour, marker and dash, in the order of the file."""
    table = {
        study.evaluation.lower: AgentStyle(LOWER, "X", (0, (1, 1))),
        study.evaluation.upper: AgentStyle(UPPER, "*", (0, (5, 1))),
    }
    others = [agent.label for agent in study.agents if agent.label not in table]
    for place, label in enumerate(others):
        again, colour = divmod(place, len(COLOURS))
        marker = MARKERS[(colour + again) % len(MARKERS)]
        table[label] = AgentStyle(COLOURS[colour], marker, _DASHES[again % len(_DASHES)])
    return {
        agent.label: dataclasses.replace(table[agent.label], gid=f"agent-{number}")
        for number, agent in enumerate(study.agents)
    }


def panels(
    names: Sequence[str], layout: Layout, height: float, *, head: float = 0.0
) -> tuple[Figure, list[Axes]]:
    """Makes a figure with one panel per environment, with titles if there are several.

    Args:
        names: Labels of the environments.
        layout: The room that there is; up to two panels stand side by side.
        height: Height of one panel in inches.
        head: Room above them in inches, for a legend.

    Returns:
        The figure and its axes.
    """
    columns = min(layout.columns, 2, len(names))
    rows = -(-len(names) // columns)
    figure = Figure(figsize=(layout.width, height * rows + head), layout="constrained")
    axes = [figure.add_subplot(rows, columns, place + 1) for place in range(len(names))]
    if len(names) > 1:
        for panel, name in zip(axes, names, strict=True):
            panel.set_title(name, fontweight="bold")
    return figure, axes


def legend_above(figure: Figure, handles: Mapping[str, Any]) -> None:
    """Puts a legend above the whole figure.

    Args:
        figure: The figure.
        handles: What to show beside each label: a line or bars of one panel.
    """
    # A character is about 0.07 inches wide; the sign before it and the gap behind it take half an inch.
    column = 0.5 + 0.07 * max(map(len, handles), default=1)
    columns = max(1, int(figure.get_figwidth() / column))
    place: dict[str, Any] = {"loc": "outside upper left", "ncols": columns, "columnspacing": 1.2}
    legend = figure.legend(list(handles.values()), ["-"] * len(handles), handletextpad=0.4, **place)
    # Set afterwards: of the labels that it is given, Matplotlib leaves out those with an underscore in front.
    for text, label in zip(legend.get_texts(), handles, strict=True):
        text.set_text(label)


@contextmanager
def house_style() -> Iterator[None]:
    """Applies the Matplotlib settings of this module inside a block, and no others of the user."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(_RC)
        yield


def save(drawn: FigureSpec, name: str, folder: Path, formats: Sequence[str]) -> FigureFiles:
    """Writes a figure as SVG, wide and narrow, and in other formats ("png", "pdf"), and its numbers as CSV.

    In the SVG, what is drawn of an agent has its place in the study as `data-agent`.
    """
    svg, narrow, csv = (folder / f"{name}{ending}" for ending in (".svg", "-narrow.svg", ".csv"))
    others = tuple(folder / f"{name}.{ending}" for ending in formats)
    _write_svg(drawn.draw(NARROW), narrow)
    figure = drawn.draw(WIDE)
    _write_svg(figure, svg)
    for path in others:
        if path.suffix == ".png":
            # A PNG is shown anywhere, so its background is white; the SVG takes that of the page.
            figure.savefig(path, dpi=160, facecolor="white")
        else:
            figure.savefig(path, metadata={"CreationDate": None})
    write_csv(drawn.data, csv)
    return FigureFiles(name, drawn.title, drawn.caption, svg, narrow, csv, others)


def _write_svg(figure: Figure, path: Path) -> None:
    """Lays out a figure, for all formats, and writes it as SVG."""
    FigureCanvasAgg(figure)  # which measures the text
    # Laid out once. With "none" instead of None, Matplotlib would still draw once for that.
    if (layout := figure.get_layout_engine()) is not None:
        layout.execute(figure)
    figure.set_layout_engine(None)
    figure.savefig(path, metadata={"Date": None})
    text = path.read_text(encoding="utf-8")
    path.write_text(re.sub(r'<g id="agent-(\w+)"', r'<g data-agent="\1"', text), encoding="utf-8")
