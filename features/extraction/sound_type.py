"""What a file sounds like: music, speech or silence."""

from collections.abc import Mapping
from typing import Any

from segue.features.audio.transforms import Analysis


def sound_type(analysis: Analysis, columns: Mapping[str, Any]) -> str:
    """Returns `"music"`, `"speech"` or `"silence"`."""
    return "music"
