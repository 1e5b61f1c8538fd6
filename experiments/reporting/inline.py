"""Makes a figure part of a page, in the page's own colours."""

from __future__ import annotations

import re

from segue.experiments.figures.drawing.style import INK, PAPER, FigureFiles


def inline_svg(figure: FigureFiles) -> str:
    """Reads a figure for a place inside HTML.

    The head of the SVG file goes, since HTML needs neither the namespace nor the document type; ink and
    paper become those of the page, light or dark; names are made unique, so that many figures can stand on
    one page.
    """
    text = figure.svg.read_text(encoding="utf-8")
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    head, body = text.split(">", 1)
    wide = re.search(r'viewBox="[\d.]+ [\d.]+ ([\d.]+)', head)
    view = re.search(r'viewBox="[^"]*"', head)
    least = min(float(wide.group(1)) if wide else 460.0, 620.0)
    prefix = f"{figure.name}-"
    body = re.sub(r'\bid="', f'id="{prefix}', body)
    body = re.sub(r'href="#', f'href="#{prefix}', body).replace("url(#", f"url(#{prefix}")
    body = body.replace(INK, "currentColor").replace(PAPER, "var(--paper)")
    shape = view.group(0) if view else ""
    return f'<svg {shape} role="img" aria-labelledby="{prefix}title" style="min-width:{least:.0f}px">{body}'
