"""The card beside a model: what its outputs mean, what its thresholds rest on, and what it is worth."""

import hashlib
import json
import tomllib
from pathlib import Path
from typing import Any, Literal, Self, cast

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from tallyscan.commodity import CLASS_BY_NAME
from tallyscan.detect.inputs import STRIDE, declaration_size
from tallyscan.errors import ModelContractError, wrong_fields
from tallyscan.finding import ANOMALY_FAMILIES, Family

MODEL_FILE, CARD_FILE, ACTIVE_FILE = "model.onnx", "card.json", "active.toml"
CALIBRATION_GROUPS = ("transmission_dual", "transmission_single", "display")
LAYOUT_CLASSES = ("background", "cargo_space", "structure", "unit_end")


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Head(_Part):
    """One output map of the graph: its name, its stride in canonical pixels, and what its channels are."""

    output: str
    stride: int = Field(ge=1, le=STRIDE)
    channels: tuple[str, ...] = Field(min_length=1)


class EmptyCalibration(_Part):
    """P(loaded) = sigmoid(weight * logit(score) + bias); score is the mean of the highest share of cells."""

    share: float = Field(gt=0, le=1)
    weight: float
    bias: float


class MassCalibration(_Part):
    """True mass lies in estimate * (1 + [low, high]) in 90 % of the calibration scans."""

    max_goods_share: float
    scale: float
    relative_low: float
    relative_high: float
    scans: int


class Threshold(_Part):
    """An alarm is raised at or above `threshold`; `false_alarm_rate` is the target it was set for."""

    threshold: float = Field(ge=0, le=1)
    false_alarm_rate: float = Field(gt=0, lt=1)
    basis: Literal["simulated", "site"]
    benign_scans: int = Field(ge=0)


class ModelCard(_Part):
    """Everything that serving needs to know of a model, and what a reader needs to trust it or not."""

    format: Literal[1]
    name: str
    version: str
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    created: str
    licence: str
    description: str
    commodities: tuple[str, ...]
    declaration_size: int
    halo_px: int = Field(multiple_of=STRIDE)
    receptive_field_px: int
    heads: dict[str, Head]
    empty: EmptyCalibration
    mass: MassCalibration
    thresholds_id: str
    thresholds: dict[str, Threshold]
    trained_on: dict[str, Any]
    figures: dict[str, Any]
    limits: tuple[str, ...]

    @property
    def families(self) -> tuple[Family, ...]:
        """What the channels of the anomaly head are; only known ones pass the validator."""
        return cast("tuple[Family, ...]", self.heads["anomaly"].channels)

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        needed = {"anomaly", "layout", "loaded", "goods", "commodity"}
        if missing := needed - set(self.heads):
            raise ValueError(f"heads are missing: {', '.join(sorted(missing))}")
        if unknown := set(self.heads["anomaly"].channels) - set(ANOMALY_FAMILIES):
            raise ValueError(f"unknown anomaly families: {', '.join(sorted(unknown))}")
        if unknown := set(self.commodities) - set(CLASS_BY_NAME):
            raise ValueError(f"unknown commodity classes: {', '.join(sorted(unknown))}")
        if self.heads["commodity"].channels != self.commodities:
            raise ValueError("the commodity head and the declaration input name different classes")
        if self.heads["layout"].channels != LAYOUT_CLASSES:
            raise ValueError(f"the layout head must have the channels {', '.join(LAYOUT_CLASSES)}")
        if 2 * self.halo_px < self.receptive_field_px:
            raise ValueError("the halo is less than half of the receptive field")
        if missing := set(CALIBRATION_GROUPS) - set(self.thresholds):
            raise ValueError(f"thresholds are missing: {', '.join(sorted(missing))}")
        if len({self.heads[name].stride for name in ("layout", "loaded", "goods", "commodity")}) > 1:
            raise ValueError("layout, loaded, goods and commodity must share one stride")
        if self.declaration_size != declaration_size(self.commodities):
            raise ValueError(f"declaration_size is not {declaration_size(self.commodities)}")
        return self


def read_card(model_dir: Path) -> ModelCard:
    """The card of a model folder, checked against the model's bytes. Raises `ModelContractError`."""
    return read_model(model_dir)[0]


def read_model(model_dir: Path) -> tuple[ModelCard, bytes]:
    """The card of a model folder and the very bytes that it describes. Raises `ModelContractError`."""
    card_path, model_path = model_dir / CARD_FILE, model_dir / MODEL_FILE
    if not card_path.is_file() or not model_path.is_file():
        raise ModelContractError(f"{model_dir} does not hold {MODEL_FILE} and {CARD_FILE}.")
    try:
        card = ModelCard.model_validate_json(card_path.read_bytes())
    except ValidationError as error:
        raise ModelContractError(f"The card in {model_dir} is not valid: {wrong_fields(error)}.") from error
    model = model_path.read_bytes()
    digest = hashlib.sha256(model).hexdigest()
    if digest != card.sha256:
        raise ModelContractError(
            f"The model in {model_dir} is not the one that its card describes (SHA-256 {digest[:12]}..., "
            f"card {card.sha256[:12]}...).",
            remedy="Restore both from the same release.",
        )
    return card, model


def write_card(model_dir: Path, card: ModelCard) -> None:
    """Write a card as readable JSON."""
    text = json.dumps(card.model_dump(mode="json"), indent=1, ensure_ascii=False)
    (model_dir / CARD_FILE).write_text(text + "\n", encoding="utf-8")


def active_model_dir(models_dir: Path) -> Path:
    """The folder of the model named in `active.toml`. Raises `ModelContractError`."""
    path = models_dir / ACTIVE_FILE
    try:
        active = tomllib.loads(path.read_text(encoding="utf-8"))
        name, version = str(active["name"]), str(active["version"])
    except (OSError, tomllib.TOMLDecodeError, KeyError) as error:
        raise ModelContractError(
            f"{path} does not name an active model (name and version): {error}."
        ) from error
    return models_dir / name / version
