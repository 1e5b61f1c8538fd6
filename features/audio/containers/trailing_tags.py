"""Tags behind the sound of MP3 and AAC streams, whose pictures a decoder would take for damaged frames."""

import io
import os
from typing import BinaryIO

from segue.features.audio.containers.mp3 import id3_size

_ID3V1, _ID3V1_EXTENSION = 128, 227  # bytes
_APE_FOOTER = 32
_LYRICS_FOOTER = 15  # six digits and "LYRICS200"
_MANY_TAGS = 20


def end_of_sound(file: BinaryIO) -> int:
    """Returns where the ID3, APEv2 and Lyrics3v2 tags at the end of a file begin; its size without any.

    Args:
        file: The file; its position stays the same.
    """
    position = file.tell()
    try:
        end = file.seek(0, os.SEEK_END)
        for _ in range(_MANY_TAGS):
            size = _tag_size(file, end)
            if not 0 < size <= end:
                break
            end -= size
        return end
    finally:
        file.seek(position)


def _tag_size(file: BinaryIO, end: int) -> int:
    """Returns the size of the tag that ends at a position, 0 if none does."""
    file.seek(max(end - _ID3V1, 0))
    last = file.read(min(end, _ID3V1))
    if len(last) == _ID3V1 and last[:3] == b"TAG":
        file.seek(max(end - _ID3V1 - _ID3V1_EXTENSION, 0))
        return _ID3V1 + (_ID3V1_EXTENSION if file.read(4) == b"TAG+" else 0)
    ape = last[-_APE_FOOTER:]
    if ape[:8] == b"APETAGEX":
        has_header = ape[23] & 0x80
        return int.from_bytes(ape[12:16], "little") + (_APE_FOOTER if has_header else 0)
    if last[-10:-7] == b"3DI":
        return 20 + id3_size(last[-10:])
    lyrics = last[-_LYRICS_FOOTER:]
    if lyrics[6:] == b"LYRICS200" and lyrics[:6].isdigit():
        return int(lyrics[:6]) + _LYRICS_FOOTER
    return 0


class Beginning(io.RawIOBase):
    """The bytes of a file up to a position, as a file of their own.

    Args:
        file: The file, which stays open when this is closed.
        end: The position.
    """

    def __init__(self, file: BinaryIO, end: int) -> None:
        self._file, self._end = file, end
        file.seek(0)

    def readable(self) -> bool:
        """Returns True."""
        return True

    def seekable(self) -> bool:
        """Returns True."""
        return True

    def readinto(self, buffer: "memoryview") -> int:  # type: ignore[override]
        """Reads into a buffer; returns the number of bytes."""
        data = self._file.read(max(min(len(buffer), self._end - self._file.tell()), 0))
        buffer[: len(data)] = data
        return len(data)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Moves to a position; returns it."""
        if whence == os.SEEK_END:
            return self._file.seek(self._end + offset)
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """Returns the position."""
        return self._file.tell()
