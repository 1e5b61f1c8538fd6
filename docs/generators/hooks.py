"""MkDocs hooks: fills in what is generated, typesets equations, and adds the files of the results.

A page asks for generated text by a comment on a line of its own, `<!-- generated: NAME ARGUMENT -->`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import commands
import environments
import measured
import off_policy
import playlists
import tables
from latex2mathml.converter import convert
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "experiments" / "results"

GENERATORS: dict[str, Callable[..., str]] = {
    "agents": tables.agents,
    "arguments": tables.arguments,
    "calibration": environments.calibration,
    "changelog": lambda: tables.repository_page(ROOT / "CHANGELOG.md"),
    "columns": tables.columns,
    "commands": commands.help_pages,
    "context": environments.context,
    "curves": tables.curves,
    "environments": environments.overview,
    "log_sizes": measured.log_sizes,
    "off_policy": off_policy.coverage,
    "coverage": measured.coverage,
    "expert_time": measured.expert_time,
    "false_claims": measured.false_claims,
    "playlist_orders": playlists.orders,
    "playlist_quality": playlists.quality,
    "playlist_speed": playlists.speed,
    "recovery": measured.recovery,
    "search_width": measured.search_width,
    "taste_bound": measured.taste_bound,
    "term_importance": measured.term_importance,
    "settings": tables.settings,
    "studies": lambda: tables.studies(ROOT / "experiments" / "configs"),
    "study": tables.study_keys,
    "study_limits": tables.study_limits,
    "term": tables.term,
    "versioning": lambda: tables.repository_page(ROOT / "VERSIONING.md"),
}
"""Generated text by name; each takes the words of the comment as arguments."""

_COMMENT = re.compile(r"^<!-- generated: (\S+) ?(.*?) -->$", re.MULTILINE)
_CODE = re.compile(r"(^```.*?^```$|`[^`\n]+`)", re.MULTILINE | re.DOTALL)
_BLOCK = re.compile(r"^\$\$\n(.+?)\n\$\$$", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"(?<![\w$])\$(\S(?:[^$\n]*\S)?)\$(?!\w)")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Adds a page for each built-in environment, and the kept results with their pictures and tables."""
    for name, text in environments.pages().items():
        files.append(File.generated(config, name, content=text))
    for path in sorted(RESULTS.rglob("*")):
        if path.suffix in (".csv", ".html", ".png"):
            name = f"results/{path.relative_to(RESULTS).as_posix()}"
            files.append(File.generated(config, name, abs_src_path=str(path)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Fills in generated text and equations, and points links to kept results at their copies."""
    text = _COMMENT.sub(lambda found: GENERATORS[found[1]](*found[2].split()), markdown)
    text = text.replace("](../experiments/results/", "](results/")
    return "".join(part if part.startswith("`") else _equations(part) for part in _CODE.split(text))


def _equations(text: str) -> str:
    """Turns LaTeX between `$$` lines or `$` signs into MathML, which browsers draw without any script."""
    text = _BLOCK.sub(lambda found: convert(found[1].replace("\n", " "), display="block"), text)
    return _INLINE.sub(lambda found: convert(found[1]), text)
