"""Embeds figures in a page, in the colours of the page."""

from __future__ import annotations

import re
from pathlib import Path

from segue.experiments.figures.drawing.style import INK, NARROW, PAPER, WIDE, FigureFiles

_TAG = re.compile(r"<[^>]*>")
"""A tag: Matplotlib escapes `<` and `>` in text and in attributes."""


def inline_svg(figure: FigureFiles) -> str:
    """Reads both SVGs of a figure for use inside HTML: `.wide-figure` and `.narrow-figure`.

    Each has its natural width, so that all text on the page has one size. The head of the SVG file is
    dropped, since HTML needs neither the namespace nor the document type; ink and paper become those of the
    page, light or dark; ids are made unique, so that a page can hold many figures. Only tags are changed: the
    text between them is that of users.
    """
    files = (("wide", figure.svg, WIDE.width), ("narrow", figure.narrow, NARROW.width))
    return "\n".join(_inline(figure.name, kind, path, width) for kind, path, width in files)


def _inline(name: str, kind: str, path: Path, width: float) -> str:
    text = path.read_text(encoding="utf-8")
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    head, body = text.split(">", 1)
    view = re.search(r'viewBox="[^"]*"', head)
    body = _TAG.sub(lambda tag: _fit_tag(tag.group(0), f"{name}-{kind}-"), body)
    shape = view.group(0) if view else ""
    about = f'class="{kind}-figure" role="img" aria-labelledby="{name}-title" style="width:{width}in"'
    return f"<svg {shape} {about}>{body}"


def _fit_tag(tag: str, prefix: str) -> str:
    """Makes the ids of a tag unique and its colours those of the page."""
    tag = re.sub(r'\bid="', f'id="{prefix}', tag)
    tag = tag.replace('href="#', f'href="#{prefix}').replace("url(#", f"url(#{prefix}")
    return tag.replace(INK, "currentColor").replace(PAPER, "var(--paper)")
