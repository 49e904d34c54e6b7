"""The manifest of a model folder: the hash of every file in it, and who vouches for that.

`manifest.json` lists the files; `manifest.sig` has a line for each signature of the manifest's bytes: the id of the key
and the signature in base64. Whoever trusts a key trusts with it what the model was measured to be: the card is signed
with the model.
"""

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from tallyscan.errors import ModelContractError
from tallyscan.signature import key_id, sign, verify

MANIFEST_FILE, SIGNATURE_FILE = "manifest.json", "manifest.sig"
_FORMAT = 1
_MOST_BYTES = 1_000_000
_RESTORE = "Restore the folder from the release, or have it signed anew by who answers for models."


def write_manifest(model_dir: Path) -> None:
    """List what is in the folder now; signatures of an earlier manifest go."""
    files = {name: _digest((model_dir / name).read_bytes()) for name in _names(model_dir)}
    document = {"format": _FORMAT, "files": files}
    (model_dir / SIGNATURE_FILE).unlink(missing_ok=True)
    (model_dir / MANIFEST_FILE).write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


def sign_manifest(model_dir: Path, key: Ed25519PrivateKey) -> str:
    """Sign the folder as it is, beside others who signed it as it is; the id of the key.

    Raises `ModelContractError` where it has a manifest that it does not fit.
    """
    if not (model_dir / MANIFEST_FILE).is_file():
        write_manifest(model_dir)
    check_manifest(model_dir, {}, ())
    manifest, signer = (model_dir / MANIFEST_FILE).read_bytes(), key_id(key.public_key())
    path = model_dir / SIGNATURE_FILE
    others = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    lines = [line for line in others if not line.startswith(f"{signer} ")]
    lines.append(f"{signer} {base64.b64encode(sign(key, manifest)).decode()}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return signer


def check_manifest(
    model_dir: Path, read: Mapping[str, bytes], keys: Sequence[Ed25519PublicKey]
) -> str | None:
    """The id of the trusted key that signed the folder; None where no key is trusted, so that nobody vouches for it.

    `read` are files that were read already, which are used as they are. Where keys are trusted there must be a manifest
    with a signature by one of them. A manifest that is there must fit in any case: every file with its hash, and no
    other. Raises `ModelContractError`.
    """
    path = model_dir / MANIFEST_FILE
    if not path.is_file():
        if keys:
            raise ModelContractError(
                f"{model_dir} has no {MANIFEST_FILE}: the model is not signed.", remedy=_RESTORE
            )
        return None
    with path.open("rb") as file:
        manifest = file.read(_MOST_BYTES)
    signer = _signer(model_dir, manifest, keys) if keys else None
    _check_files(model_dir, _files_in(manifest, path), read)
    return signer


def _signer(model_dir: Path, manifest: bytes, keys: Sequence[Ed25519PublicKey]) -> str:
    for signature in _signatures(model_dir / SIGNATURE_FILE):
        if signer := verify(keys, manifest, signature):
            return signer
    raise ModelContractError(
        f"The model in {model_dir} is not signed with a key that is trusted here.",
        remedy=f"Trusted are {', '.join(key_id(key) for key in keys)}. {_RESTORE}",
    )


def _signatures(path: Path) -> list[bytes]:
    """Those that can be read; a line that is none of its kind vouches for nothing."""
    if not path.is_file():
        return []
    with path.open("rb") as file:
        lines = file.read(_MOST_BYTES).splitlines()
    found = []
    for line in lines:
        try:
            found.append(base64.b64decode(line.split()[1], validate=True))
        except (IndexError, ValueError):
            continue
    return found


def _files_in(manifest: bytes, path: Path) -> dict[str, str]:
    try:
        document = json.loads(manifest)
        files = document["files"]
        known = document["format"] == _FORMAT
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ModelContractError(f"{path} is no manifest of a model.", remedy=_RESTORE) from error
    if not known or not isinstance(files, dict) or not all(isinstance(each, str) for each in files.values()):
        raise ModelContractError(f"{path} is no manifest that this version reads.", remedy=_RESTORE)
    return files


def _check_files(model_dir: Path, listed: dict[str, str], read: Mapping[str, bytes]) -> None:
    there = set(_names(model_dir))
    if more := there - set(listed):
        raise ModelContractError(
            f"{model_dir} holds {', '.join(sorted(more))}, which its manifest does not list.", remedy=_RESTORE
        )
    if missing := set(listed) - there:
        raise ModelContractError(f"{model_dir} lacks {', '.join(sorted(missing))}.", remedy=_RESTORE)
    for name, digest in listed.items():
        data = read[name] if name in read else (model_dir / name).read_bytes()
        if _digest(data) != digest:
            raise ModelContractError(
                f"{name} in {model_dir} is not the file that the manifest lists: it was changed or cut off.",
                remedy=_RESTORE,
            )


def _names(model_dir: Path) -> list[str]:
    return sorted(
        path.relative_to(model_dir).as_posix()
        for path in model_dir.rglob("*")
        if not path.is_dir() and path.name not in (MANIFEST_FILE, SIGNATURE_FILE)
    )


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
