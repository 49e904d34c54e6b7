"""The key of all random draws: without it nobody can tell who is drawn, with it anybody can draw again."""

from tallyscan.errors import Unavailable
from tallyscan.secret_file import key_in, make_once
from tallyscan.settings import Settings

_NAME = "selection.key"
_BYTES = 32
_LEAST_BYTES = 16  # as many as of the setting


def selection_key(settings: Settings) -> bytes:
    """That of the settings, or of the file that they name; without one, the file `selection.key` in the data folder,
    made once, for its owner alone.

    Raises `Unavailable` where it cannot be read or made.
    """
    if settings.selection_key is not None:
        return settings.selection_key.get_secret_value().encode()
    if settings.selection_key_file is not None:
        return key_in(settings.selection_key_file, "selection_key_file", _LEAST_BYTES)
    path = settings.data_dir / _NAME
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            make_once(path, _BYTES)
        key = path.read_bytes()
    except OSError as error:
        raise Unavailable(
            f"The key of the random draws, {path}, cannot be read or made: {error.strerror}.",
            remedy="Give the service its data folder, or set selection_key.",
        ) from error
    if len(key) != _BYTES:
        raise Unavailable(
            f"The key of the random draws, {path}, is not whole.",
            remedy="Put it back from a backup; without one, delete it, and everything is drawn anew.",
        )
    return key
