"""Embeds figures in a page, in the colours of the page."""

from __future__ import annotations

import re

from segue.experiments.figures.drawing.style import INK, PAPER, FigureFiles

_TAG = re.compile(r"<[^>]*>")
"""A tag: Matplotlib escapes `<` and `>` in text and in attributes."""


def inline_svg(figure: FigureFiles) -> str:
    """Reads the SVG of a figure for use inside HTML.

    The head of the SVG file is dropped, since HTML needs neither the namespace nor the document type; ink and
    paper become those of the page, light or dark; ids are made unique, so that a page can hold many figures.
    Only tags are changed: the text between them is that of users.
    """
    text = figure.svg.read_text(encoding="utf-8")
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    head, body = text.split(">", 1)
    wide = re.search(r'viewBox="[\d.]+ [\d.]+ ([\d.]+)', head)
    view = re.search(r'viewBox="[^"]*"', head)
    least = min(float(wide.group(1)) if wide else 460.0, 620.0)
    prefix = f"{figure.name}-"
    body = _TAG.sub(lambda tag: _fit_tag(tag.group(0), prefix), body)
    shape = view.group(0) if view else ""
    return f'<svg {shape} role="img" aria-labelledby="{prefix}title" style="min-width:{least:.0f}px">{body}'


def _fit_tag(tag: str, prefix: str) -> str:
    """Makes the ids of a tag unique and its colours those of the page."""
    tag = re.sub(r'\bid="', f'id="{prefix}', tag)
    tag = tag.replace('href="#', f'href="#{prefix}').replace("url(#", f"url(#{prefix}")
    return tag.replace(INK, "currentColor").replace(PAPER, "var(--paper)")
