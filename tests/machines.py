"""Machines that share a PostgreSQL, each with a data folder of its own, and the blobs and keys of all."""

from pathlib import Path

from tallyscan.audit_key import audit_key
from tallyscan.selection_key import selection_key
from tallyscan.settings import Settings
from tallyscan.store.pseudonyms import pseudonyms_in

_OF_ALL = ("blobs", "selection.key", "pseudonym.key", "audit.key")


def machine(settings: Settings, shared: Path, name: str, url: str, **more: object) -> Settings:
    """The settings of one of them; `shared` is what an administrator brings to each."""
    shared.mkdir(exist_ok=True)
    (shared / "blobs").mkdir(exist_ok=True)
    common = settings.model_copy(update={"data_dir": shared})
    selection_key(common)
    pseudonyms_in(shared / "pseudonym.key")
    audit_key(common)
    own = shared.with_name(f"{shared.name}-{name}")
    own.mkdir(exist_ok=True)
    for each in _OF_ALL:
        if not (own / each).exists():
            (own / each).symlink_to(shared / each)
    told = {"database_url": url, "data_dir": own, **more}
    return Settings.model_validate(settings.model_dump() | told)
