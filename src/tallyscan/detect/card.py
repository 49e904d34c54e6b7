"""The card beside a model: what its outputs mean, what its thresholds rest on, and what it is worth."""

import hashlib
import json
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple, Self, cast

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from tallyscan.commodity import CLASS_BY_NAME
from tallyscan.detect.card_calibration import (
    EmptyCalibration,
    MassCalibration,
    MismatchCalibration,
    ScoreCalibration,
    Threshold,
)
from tallyscan.detect.inputs import STRIDE, declaration_size
from tallyscan.detect.model_manifest import MANIFEST_FILE, check_manifest, write_manifest
from tallyscan.errors import ModelContractError, NotFound, wrong_fields
from tallyscan.finding import ANOMALY_FAMILIES, Family, ModelIdentity

MODEL_FILE, CARD_FILE, ACTIVE_FILE = "model.onnx", "card.json", "active.toml"
FORMAT = 2
SCANNER_TYPES = ("dual", "single", "display")
CONVEYANCES = ("container", "other")
CALIBRATION_GROUPS = (*SCANNER_TYPES, *(f"{s}/{c}" for s in SCANNER_TYPES for c in CONVEYANCES))
LAYOUT_CLASSES = ("background", "cargo_space", "structure", "unit_end")
MATERIAL_CLASSES = ("organic_like", "iron_like", "lead_like")
QUANTILES = ("q10", "q50", "q90")
"""Channels of `expected` and `expected_declared`: quantiles of the attenuation of the high energy."""

FIXED_CHANNELS: dict[str, tuple[str, ...]] = {
    "anomaly": ("anomaly",),
    "layout": LAYOUT_CLASSES,
    "loaded": ("loaded",),
    "goods": ("goods_share",),
    "material": MATERIAL_CLASSES,
    "quality": ("readable",),
    "expected": QUANTILES,
    "expected_declared": QUANTILES,
    "mismatch": ("mismatch",),
}
HEADS = (*FIXED_CHANNELS, "family", "commodity")
AT_ANOMALY_STRIDE = ("anomaly", "family")


class Head(BaseModel):
    """One output map of the graph: its name, its stride in canonical pixels, and what its channels are."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    output: str
    stride: int = Field(ge=1, le=STRIDE)
    channels: tuple[str, ...] = Field(min_length=1)


class ModelCard(BaseModel):
    """Everything that serving needs to know of a model, and what a reader needs to trust it or not."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal[2]
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
    score: ScoreCalibration
    empty: EmptyCalibration
    mass: MassCalibration
    mismatch: MismatchCalibration
    thresholds_id: str
    thresholds: dict[str, Threshold]
    trained_on: dict[str, Any]
    figures: dict[str, Any]
    limits: tuple[str, ...]

    @property
    def families(self) -> tuple[Family, ...]:
        """What the channels of the family head are; only known ones pass the validator."""
        return cast("tuple[Family, ...]", self.heads["family"].channels)

    def threshold_of(self, group: str) -> tuple[str, Threshold]:
        """The threshold of a calibration group and the group that it was set for.

        A group that the card has no entry for (`dual/container`) falls back to its parent (`dual`).
        """
        used = group if group in self.thresholds else group.split("/")[0]
        return used, self.thresholds[used]

    @model_validator(mode="after")
    def _has_every_head(self) -> Self:
        if missing := set(HEADS) - set(self.heads):
            raise ValueError(f"heads are missing: {', '.join(sorted(missing))}")
        if unknown := set(self.heads) - set(HEADS):
            raise ValueError(f"unknown heads: {', '.join(sorted(unknown))}")
        for name, channels in FIXED_CHANNELS.items():
            if self.heads[name].channels != channels:
                raise ValueError(f"the {name} head must have the channels {', '.join(channels)}")
        if unknown := set(self.heads["family"].channels) - set(ANOMALY_FAMILIES):
            raise ValueError(f"unknown anomaly families: {', '.join(sorted(unknown))}")
        if unknown := set(self.commodities) - set(CLASS_BY_NAME):
            raise ValueError(f"unknown commodity classes: {', '.join(sorted(unknown))}")
        if self.heads["commodity"].channels != self.commodities:
            raise ValueError("the commodity head and the declaration input name different classes")
        for together in (AT_ANOMALY_STRIDE, sorted(set(HEADS) - set(AT_ANOMALY_STRIDE))):
            if len({self.heads[name].stride for name in together}) > 1:
                raise ValueError(f"{', '.join(together)} must share one stride")
        return self

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        if 2 * self.halo_px < self.receptive_field_px:
            raise ValueError("the halo is less than half of the receptive field")
        if missing := set(SCANNER_TYPES) - set(self.thresholds):
            raise ValueError(f"thresholds are missing: {', '.join(sorted(missing))}")
        if unknown := set(self.thresholds) - set(CALIBRATION_GROUPS):
            raise ValueError(f"unknown calibration groups: {', '.join(sorted(unknown))}")
        if self.declaration_size != declaration_size(self.commodities):
            raise ValueError(f"declaration_size is not {declaration_size(self.commodities)}")
        return self


def read_card(model_dir: Path) -> ModelCard:
    """The card of a model folder, checked against the model's bytes. Raises `ModelContractError`."""
    return read_model(model_dir).card


class ModelRead(NamedTuple):
    """The card, the very bytes that it describes, and the id of the trusted key that signed both; None without keys."""

    card: ModelCard
    model: bytes
    signed_by: str | None


def read_model(model_dir: Path, keys: Sequence[Ed25519PublicKey] = ()) -> ModelRead:
    """A model folder that fits its manifest and its card, signed with one of the trusted keys where there are any.

    Raises `ModelContractError`.
    """
    card_path, model_path = model_dir / CARD_FILE, model_dir / MODEL_FILE
    if not card_path.is_file() or not model_path.is_file():
        raise ModelContractError(f"{model_dir} does not hold {MODEL_FILE} and {CARD_FILE}.")
    text, model = card_path.read_bytes(), model_path.read_bytes()
    signed_by = check_manifest(model_dir, {CARD_FILE: text, MODEL_FILE: model}, keys)
    card = parsed_card(text, model_dir)
    digest = hashlib.sha256(model).hexdigest()
    if digest != card.sha256:
        raise ModelContractError(
            f"The model in {model_dir} is not the one that its card describes (SHA-256 {digest[:12]}..., "
            f"card {card.sha256[:12]}...).",
            remedy="Restore both from the same release.",
        )
    return ModelRead(card, model, signed_by)


def parsed_card(text: bytes, model_dir: Path) -> ModelCard:
    """The card of these bytes. Raises `ModelContractError`; of another format only that is said."""
    try:
        document = json.loads(text)
    except ValueError as error:
        raise ModelContractError(f"The card in {model_dir} is not JSON: {error}.") from error
    written = document.get("format") if isinstance(document, dict) else None
    if written is not None and written != FORMAT:
        raise ModelContractError(
            f"The card in {model_dir} has format {written}; this version of Tallyscan reads format {FORMAT}.",
            remedy="Use a model of this release, or the release that the model came with.",
        )
    try:
        return ModelCard.model_validate_json(text)
    except ValidationError as error:
        raise ModelContractError(f"The card in {model_dir} is not valid: {wrong_fields(error)}.") from error


def write_card(model_dir: Path, card: ModelCard) -> None:
    """Write a card as readable JSON. A manifest that is there is made anew, and its signatures go."""
    text = json.dumps(card.model_dump(mode="json"), indent=1, ensure_ascii=False)
    (model_dir / CARD_FILE).write_text(text + "\n", encoding="utf-8")
    if (model_dir / MANIFEST_FILE).is_file():
        write_manifest(model_dir)


def find_model(models_dir: Path, model: ModelIdentity) -> Path:
    """The folder of the model with these bytes, whatever it is called. Raises `NotFound`."""
    found = [
        card.parent
        for card in sorted(models_dir.glob(f"*/*/{CARD_FILE}"))
        if _sha256_in(card) == model.sha256
    ]
    if not found:
        raise NotFound(
            f"The model {model.name} {model.version} (SHA-256 {model.sha256}) is not in {models_dir}.",
            remedy=f"Put its folder back as {models_dir / model.name / model.version}.",
        )
    as_named = models_dir / model.name / model.version
    return as_named if as_named in found else found[0]


def _sha256_in(card: Path) -> str | None:
    """What a card says of its model; None of one that cannot be read."""
    try:
        document = json.loads(card.read_bytes())
    except (OSError, ValueError):
        return None
    return document.get("sha256") if isinstance(document, dict) else None


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
