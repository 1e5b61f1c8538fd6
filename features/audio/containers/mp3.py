"""The header in the first frame of an MP3 file that counts its frames: Xing, Info or VBRI."""

from typing import BinaryIO

_SEARCHED = 65_536  # bytes after the tags, as FFmpeg searches
_RATES = (44_100, 48_000, 32_000)  # Hz; MPEG-2 has half of these, MPEG-2.5 a quarter
_DIVISORS = {3: 1, 2: 2, 0: 4}  # of these rates, by the version in the header
_KBITS = (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_KBITS_OF_MPEG2 = (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_XING_OFFSETS = {(True, False): 36, (True, True): 21, (False, False): 21, (False, True): 13}
"""Bytes from the start of a frame to its Xing tag, by whether it is MPEG-1 and whether it is mono."""

_VBRI_OFFSET = 36


def counted_seconds(file: BinaryIO) -> float:
    """Returns the length in s of the frames that an MP3 file states it has; NaN if it does not count them."""
    file.seek(end_of_id3(file))
    data = file.read(_SEARCHED)
    for at in range(len(data) - 3):
        if (length := _frame_length(data[at : at + 4])) is None:
            continue
        mpeg1, mono = data[at + 1] & 0x18 == 0x18, data[at + 3] & 0xC0 == 0xC0
        xing = data[at + _XING_OFFSETS[mpeg1, mono] :][:12]
        vbri = data[at + _VBRI_OFFSET :][:18]
        if xing[:4] in (b"Xing", b"Info"):
            count = xing[8:12] if len(xing) == 12 and xing[7] & 1 else b""
        elif vbri[:4] == b"VBRI":
            count = vbri[14:]
        elif _frame_length(data[at + length :][:4]) is not None:
            break  # two frames in succession: this is the sound
        else:
            continue
        frames = int.from_bytes(count)
        return frames * (1152 if mpeg1 else 576) / _rate(data[at : at + 4]) if frames else float("nan")
    return float("nan")


def end_of_id3(file: BinaryIO) -> int:
    """Returns the position after the ID3v2 tags at the start of a file."""
    at = 0
    while True:
        file.seek(at)
        head = file.read(10)
        if len(head) < 10 or head[:3] != b"ID3":
            return at
        at += 10 + id3_size(head)


def id3_size(head: bytes) -> int:
    """Returns the size of an ID3v2 tag without its header or footer, which is 10 bytes long."""
    return sum((byte & 0x7F) << shift for byte, shift in zip(head[6:10], (21, 14, 7, 0), strict=True))


def _frame_length(header: bytes) -> int | None:
    """Returns the bytes of the MPEG layer III frame with this header of 4 bytes, None if it is not one."""
    if len(header) < 4 or header[0] != 0xFF or header[1] & 0xE6 != 0xE2:
        return None
    version, kbits, rate = header[1] >> 3 & 3, header[2] >> 4, header[2] >> 2 & 3
    if version == 1 or not 1 <= kbits <= len(_KBITS) or rate == 3:
        return None
    mpeg1 = version == 3
    bits = 1000 * (_KBITS if mpeg1 else _KBITS_OF_MPEG2)[kbits - 1]
    return (144 if mpeg1 else 72) * bits // _rate(header) + (header[2] >> 1 & 1)


def _rate(header: bytes) -> int:
    """Returns the sampling rate in Hz that a valid header states."""
    return _RATES[header[2] >> 2 & 3] // _DIVISORS[header[1] >> 3 & 3]
