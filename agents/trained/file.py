"""The file of a trained agent: an archive of JSON settings and weights, with a checksum.

Reading one runs no code: the settings are JSON, and torch reads the weights with `weights_only`. Settings
that JSON cannot express are pickled into a member of their own, which is returned as bytes.

The file is a ZIP archive whose comment is the SHA-256 of all bytes before it.
"""

import hashlib
import io
import json
import warnings
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch as th

from segue.features.errors import UserError

RECORD, WEIGHTS, PICKLED = "agent.json", "weights.pt", "settings.pickle"
"""Members of the archive; the last one only exists if there are pickled settings."""

_DIGEST = 64
"""Length of the checksum in hexadecimal digits."""

_LONGEST = 200
"""Longest name of a format or an agent."""

_FORMATS_OF_0_1 = (
    "segue agent, version 1",
    "segue agent around a model, version 1",
    "segue agent that points, version 1",
)
"""Formats of segue 0.1, whose settings and weights had other names."""


@dataclass(frozen=True)
class SavedAgent:
    """The content of a file.

    Attributes:
        record: Settings, all JSON, with the `format` and the `name` of the agent.
        weights: Tensors by name.
        pickled: Settings that JSON cannot express; unpickling them can run any code.
    """

    record: dict[str, Any]
    weights: dict[str, th.Tensor]
    pickled: bytes = b""

    @property
    def name(self) -> str:
        """The agent's name."""
        return str(self.record["name"])


def write_saved_agent(path: Path, saved: SavedAgent) -> None:
    """Writes a file; an existing one is replaced, the same content gives the same bytes."""
    weights, archive = io.BytesIO(), io.BytesIO()
    th.save(saved.weights, weights)
    members = {RECORD: json.dumps(saved.record, indent=2).encode(), WEIGHTS: weights.getvalue()}
    if saved.pickled:
        members[PICKLED] = saved.pickled
    with zipfile.ZipFile(archive, "w") as file:
        for name, data in members.items():
            file.writestr(zipfile.ZipInfo(name), data)
        file.comment = bytes(_DIGEST)
    body = archive.getvalue()[:-_DIGEST]
    path.write_bytes(body + _digest(body))


def read_saved_agent(path: Path) -> SavedAgent:
    """Reads a file without running code from it.

    Raises:
        UserError: There is no such file, it is damaged, or it is not a saved agent of this version of segue.
    """
    if not path.is_file():
        raise UserError(f"There is no trained agent at {str(path)!r}.")
    data = path.read_bytes()
    if _digest(data[:-_DIGEST]) != data[-_DIGEST:]:
        raise _unreadable(path, data)
    try:
        members = stored_members(data)
        weights_file = members[WEIGHTS]
        stored_members(weights_file)
        record = json.loads(members[RECORD])
        weights = load_tensors(weights_file)
        # Tensors may share storage or repeat it: the file of a network is never smaller than the network.
        plausible = sum(tensor.nbytes for tensor in weights.values()) <= len(weights_file)
        named = all(
            isinstance(record[key], str) and len(record[key]) <= _LONGEST for key in ("format", "name")
        )
    except Exception as error:  # there is no end to what the readers raise for bytes of a stranger
        raise _not_an_agent(path) from error
    if not (plausible and named):
        raise _not_an_agent(path)
    return SavedAgent(record, weights, members.get(PICKLED, b""))


def _digest(data: bytes) -> bytes:
    return hashlib.sha256(data).hexdigest().encode()


def stored_members(archive: bytes) -> dict[str, bytes]:
    """Reads the members of an archive; compressed ones could fill the memory and are never written."""
    with zipfile.ZipFile(io.BytesIO(archive)) as file:
        if any(member.compress_type != zipfile.ZIP_STORED for member in file.infolist()):
            raise zipfile.BadZipFile("compressed")
        return {name: file.read(name) for name in file.namelist()}


def load_tensors(data: bytes) -> Any:
    """Reads what torch wrote, as long as it consists of tensors, numbers, strings, lists and dictionaries."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch warns of pickles that it then refuses
        return th.load(io.BytesIO(data), map_location="cpu", weights_only=True)


def _not_an_agent(path: Path) -> UserError:
    return UserError(f"{str(path)!r} is not a trained agent of this version of segue; train it again.")


def _unreadable(path: Path, data: bytes) -> UserError:
    """Builds the error for a file whose checksum is wrong or missing."""
    if RECORD.encode() in data[:_DIGEST] or WEIGHTS.encode() in data:
        return UserError(
            f"{str(path)!r} is damaged (its checksum is wrong): copy it again from where it was made, or "
            "train the agent again."
        )
    try:
        of_0_1 = load_tensors(data)["format"] in _FORMATS_OF_0_1
    except Exception:  # see above
        of_0_1 = False
    if of_0_1:
        return UserError(
            f"{str(path)!r} was saved by segue 0.1 and cannot be read by this version; train the agent "
            "again, or load the file with segue 0.1."
        )
    return _not_an_agent(path)
