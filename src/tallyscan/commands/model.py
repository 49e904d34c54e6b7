"""`tallyscan model`: sign a model that was accepted, and say who vouches for one."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from rich.console import Console

from tallyscan.bootstrap import sign_model, signer_of_model
from tallyscan.errors import TallyscanError
from tallyscan.settings import Settings


@dataclass(frozen=True)
class ModelOptions:
    """What to do with which model: a folder with `model.onnx`, the active one where it is None."""

    action: Literal["sign", "verify"]
    folder: Path | None
    key: Path | None = None


def model(settings: Settings, options: ModelOptions, console: Console) -> int:
    """Raises `TallyscanError` for a model that does not fit its manifest, its card or a trusted key."""
    if options.action == "sign":
        if options.key is None:
            raise TallyscanError("Nobody signs without a key.", remedy="Name it with --key.")
        folder, signer = sign_model(settings, options.folder, options.key)
        console.print(f"{folder} is signed with the key {signer}", soft_wrap=True)
        return 0
    folder, signed_by = signer_of_model(settings, options.folder)
    said = (
        f"is signed with the trusted key {signed_by}" if signed_by else "is whole, and nobody vouches for it"
    )
    console.print(f"{folder} {said}", soft_wrap=True)
    return 0
