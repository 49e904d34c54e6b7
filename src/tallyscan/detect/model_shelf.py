"""The models that lie in the models folder, by their cards: which there are, and which cannot be read."""

from dataclasses import dataclass
from pathlib import Path

from tallyscan.detect.card import CARD_FILE, ModelCard, active_model_dir, parsed_card
from tallyscan.errors import ModelContractError


@dataclass(frozen=True)
class Shelved:
    """A model by its card, in the folder `folder` (`name/version`); `named`: in `active.toml`, so it reads from the
    next start on.
    """

    folder: str
    card: ModelCard
    named: bool


@dataclass(frozen=True)
class Unreadable:
    """A folder with a card that this version cannot read, and why."""

    folder: str
    reason: str


def shelf(models_dir: Path) -> tuple[tuple[Shelved, ...], tuple[Unreadable, ...]]:
    """Every card of the folder, the newest first. The bytes of the models are not looked at."""
    named = _named(models_dir)
    shelved, unreadable = [], []
    for path in sorted(models_dir.glob(f"*/*/{CARD_FILE}")):
        folder = path.parent.relative_to(models_dir).as_posix()
        try:
            card = parsed_card(path.read_bytes(), path.parent)
        except (OSError, ModelContractError) as error:
            unreadable.append(Unreadable(folder, str(error).replace(f"{models_dir}/", "")))
            continue
        shelved.append(Shelved(folder, card, path.parent == named))
    newest_first = sorted(shelved, key=lambda each: (each.card.created, each.folder), reverse=True)
    return tuple(newest_first), tuple(unreadable)


def _named(models_dir: Path) -> Path | None:
    try:
        return active_model_dir(models_dir)
    except ModelContractError:
        return None
