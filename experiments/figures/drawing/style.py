"""Style of all figures: one colour per agent, sizes, and the files they are written to."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
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
WIDTH = 7.2
"""Width of a figure in inches."""
FAINT = "#9aa0a6"
"""Colour of grids and reference lines, visible on white and on black."""

WIN, LOSS = "#0072B2", "#D55E00"
"""Tints for better and worse, distinguishable with every kind of colour vision."""

COLOURS = (
    *("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"),
    *("#AA3377", "#999933", "#B07A4A"),
)
"""Colours of Okabe and Ito (2008) and three more, distinguishable with every kind of colour vision."""
LOWER, UPPER = "#7C7C7C", "#8833EE"
"""Colours of the two agents that anchor the scores."""
MARKERS = ("o", "s", "^", "D", "v", "P", "<", ">", "p")
"""Markers of lines and points, one per colour."""
# If there are more agents than colours, those of one colour differ in dash and marker.
_DASHES: tuple[str | tuple[int, tuple[int, ...]], ...] = ("-", "--", "-.", (0, (1, 2)))

_RC: Any = {
    "axes.edgecolor": INK,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.labelcolor": INK,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlecolor": INK,
    "axes.titlesize": "medium",
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "font.size": 10.0,
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
    """How an agent is drawn, in every figure."""

    colour: str
    marker: str
    dash: str | tuple[int, tuple[int, ...]]


@dataclass(frozen=True)
class FigureSpec:
    """A figure with its title, caption and numbers.

    Attributes:
        figure: The drawing.
        data: The numbers behind it.
        title: Title in the report.
        caption: How to read it, the number of runs and sessions, and what the intervals are.
    """

    figure: Figure
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
        csv: The numbers behind it.
        others: The figure in other formats.
    """

    name: str
    title: str
    caption: str
    svg: Path
    csv: Path
    others: tuple[Path, ...] = ()

    def moved_to(self, folder: Path) -> FigureFiles:
        """Returns the same files in another folder."""
        svg, csv, *others = (folder / path.name for path in (self.svg, self.csv, *self.others))
        return dataclasses.replace(self, svg=svg, csv=csv, others=tuple(others))


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
    return {agent.label: table[agent.label] for agent in study.agents}


def panels(names: Sequence[str], height: float = 3.6) -> tuple[Figure, list[Axes]]:
    """Makes a figure with one panel per environment, one below the other, with titles if there are several.

    Args:
        names: Labels of the environments.
        height: Height of one panel in inches.

    Returns:
        The figure and its axes.
    """
    figure = Figure(figsize=(WIDTH, height * len(names)), layout="constrained")
    axes = [figure.add_subplot(len(names), 1, place + 1) for place in range(len(names))]
    if len(names) > 1:
        for panel, name in zip(axes, names, strict=True):
            panel.set_title(name, loc="left")
    return figure, axes


def legend_above(figure: Figure, handles: Mapping[str, Any]) -> None:
    """Puts a legend above the whole figure.

    Args:
        figure: The figure.
        handles: What to show beside each label: a line or bars of one panel.
    """
    place: dict[str, Any] = {"loc": "outside upper left", "ncols": 4}
    legend = figure.legend(
        list(handles.values()), ["-"] * len(handles), fontsize="small", handletextpad=0.4, **place
    )
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
    """Writes a figure as SVG and in other formats ("png", "pdf"), and the numbers behind it as CSV."""
    svg, csv = folder / f"{name}.svg", folder / f"{name}.csv"
    others = tuple(folder / f"{name}.{ending}" for ending in formats)
    FigureCanvasAgg(drawn.figure)  # which measures the text
    # Laid out once, for all formats. With "none" instead of None, Matplotlib would still draw once for that.
    if (layout := drawn.figure.get_layout_engine()) is not None:
        layout.execute(drawn.figure)
    drawn.figure.set_layout_engine(None)
    drawn.figure.savefig(svg, metadata={"Date": None})
    for path in others:
        if path.suffix == ".png":
            # A PNG is shown anywhere, so its background is white; the SVG takes that of the page.
            drawn.figure.savefig(path, dpi=160, facecolor="white")
        else:
            drawn.figure.savefig(path, metadata={"CreationDate": None})
    write_csv(drawn.data, csv)
    return FigureFiles(name, drawn.title, drawn.caption, svg, csv, others)
