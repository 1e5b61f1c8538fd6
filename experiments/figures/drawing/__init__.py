"""Shared parts of the figures: style, captions, labels and panels."""

from segue.features.matplotlib_import import import_matplotlib

# Before any module of the figures imports a part of Matplotlib.
import_matplotlib()
