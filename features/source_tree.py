"""The folders that the scripts that rebuild segue's own data may write to: those of a source tree."""

from pathlib import Path

from segue.features.errors import UserError


def source_folder(file: str) -> Path:
    """Returns the folder of a module of a source tree.

    Args:
        file: `__file__` of the module.

    Raises:
        UserError: The module belongs to an installed package.
    """
    folder = Path(file).resolve().parent
    if not any((parent / "pyproject.toml").is_file() for parent in (folder, *folder.parents)[:4]):
        raise UserError(
            f"{folder} belongs to an installed segue, whose data this would overwrite; run the script in a "
            "copy of segue's repository."
        )
    return folder
