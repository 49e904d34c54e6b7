"""Who vouches for a model: what is not whole, or not signed where keys are trusted, is never read with."""

import shutil
from pathlib import Path

import numpy as np
import onnx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from onnx import external_data_helper, helper, numpy_helper

from tallyscan.__main__ import main
from tallyscan.detect.card import CARD_FILE, MODEL_FILE, active_model_dir, read_model, write_card
from tallyscan.detect.detector import Detector
from tallyscan.detect.model_manifest import MANIFEST_FILE, SIGNATURE_FILE, sign_manifest, write_manifest
from tallyscan.detect.onnx_references import check_whole
from tallyscan.detect.session import OnnxSession
from tallyscan.errors import ModelContractError, TallyscanError
from tallyscan.signature import key_id, read_private_key, read_public_keys
from tests.detect.scans import flat_scan
from tests.tiny_model import tiny_graph

ROOT = Path(__file__).parents[2]
STEWARD, STRANGER = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
TRUSTED = (STEWARD.public_key(),)


@pytest.fixture
def folder(tiny_models_dir: Path, tmp_path: Path) -> Path:
    """A model with a manifest."""
    shutil.copytree(tiny_models_dir, tmp_path / "models")
    model_dir = active_model_dir(tmp_path / "models")
    write_manifest(model_dir)
    return model_dir


def load(folder: Path, *keys: Ed25519PrivateKey) -> Detector:
    return Detector.load(folder, 1, 4.0, [key.public_key() for key in keys])


def flip(path: Path, at: int = -1) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


def test_a_model_that_a_trusted_key_signed_is_used(folder: Path) -> None:
    sign_manifest(folder, STRANGER)
    sign_manifest(folder, STEWARD)
    assert load(folder, STEWARD).signed_by == key_id(STEWARD.public_key())
    assert load(folder).signed_by is None
    assert len((folder / SIGNATURE_FILE).read_text().splitlines()) == 2


@pytest.mark.parametrize(
    "how", ["no manifest", "no signature", "another key", "a broken signature", "rubbish"]
)
def test_a_model_that_nobody_trusted_signed_is_refused_where_keys_are_trusted(folder: Path, how: str) -> None:
    if how == "no manifest":
        (folder / MANIFEST_FILE).unlink()
    elif how == "another key":
        sign_manifest(folder, STRANGER)
    elif how == "a broken signature":
        sign_manifest(folder, STEWARD)
        path = folder / SIGNATURE_FILE
        path.write_text(path.read_text().replace(path.read_text().split()[1][:4], "AAAA"))
    elif how == "rubbish":
        (folder / SIGNATURE_FILE).write_bytes(b"\xff\n\n x\nkey !!\n" * 1000)
    with pytest.raises(ModelContractError, match="not signed"):
        load(folder, STEWARD)
    load(folder)


@pytest.mark.parametrize("name", [MODEL_FILE, CARD_FILE, MANIFEST_FILE])
@pytest.mark.parametrize("damage", ["a byte", "cut off", "gone", "empty"])
@pytest.mark.parametrize("signed", [True, False])
def test_a_damaged_file_is_refused(folder: Path, name: str, damage: str, signed: bool) -> None:
    sign_manifest(folder, STEWARD)
    path = folder / name
    if damage == "a byte":
        flip(path, len(path.read_bytes()) // 2)
    elif damage == "gone":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[: 0 if damage == "empty" else -10])
    keys = (STEWARD,) if signed else ()
    if not signed and name == MANIFEST_FILE and damage == "gone":
        load(folder)  # models of before have none
        return
    with pytest.raises(ModelContractError) as refused:
        load(folder, *keys)
    assert str(folder) in refused.value.reason


def test_a_manifest_made_anew_by_somebody_else_does_not_help(folder: Path) -> None:
    sign_manifest(folder, STEWARD)
    old = (folder / SIGNATURE_FILE).read_bytes()
    flip(folder / CARD_FILE, -3)
    write_manifest(folder)
    (folder / SIGNATURE_FILE).write_bytes(old)
    with pytest.raises(ModelContractError, match="not signed with a key that is trusted"):
        load(folder, STEWARD)


def test_a_file_more_is_refused(folder: Path) -> None:
    (folder / "weights.bin").write_bytes(b"more")
    with pytest.raises(ModelContractError, match=r"weights\.bin"):
        load(folder)


def test_a_card_that_is_written_anew_has_a_new_manifest_and_no_signature(folder: Path) -> None:
    sign_manifest(folder, STEWARD)
    write_card(folder, read_model(folder).card.model_copy(update={"limits": ("another",)}))
    assert read_model(folder).signed_by is None
    assert not (folder / SIGNATURE_FILE).exists()


def test_files_that_change_under_a_loaded_model_change_nothing(folder: Path) -> None:
    detector, scan = load(folder), flat_scan()
    before = detector.maps(scan, None).by_head
    for name in (MODEL_FILE, CARD_FILE, MANIFEST_FILE):
        (folder / name).write_bytes(b"something else")
    after = detector.maps(scan, None).by_head
    assert all(np.array_equal(before[name], after[name]) for name in before)


def test_weights_in_another_file_are_refused() -> None:
    graph = tiny_graph()
    check_whole(graph.SerializeToString())
    tensor = graph.graph.initializer[0]
    tensor.raw_data = numpy_helper.to_array(tensor).tobytes()
    external_data_helper.set_external_data(tensor, location="../../etc/passwd")
    with pytest.raises(ModelContractError, match="another file"):
        check_whole(graph.SerializeToString())


def test_weights_in_another_file_are_found_inside_of_branches() -> None:
    tensor = numpy_helper.from_array(np.zeros(1, np.float32), "hidden")
    external_data_helper.set_external_data(tensor, location="elsewhere")
    node = helper.make_node("Constant", [], ["a"], value=tensor)
    branch = helper.make_graph([node], "branch", [], [helper.make_tensor_value_info("a", 1, [1])])
    outer = helper.make_node("If", ["c"], ["b"], then_branch=branch, else_branch=branch)
    model = helper.make_model(helper.make_graph([outer], "g", [], []))
    with pytest.raises(ModelContractError, match="another file"):
        check_whole(model.SerializeToString())


@pytest.mark.parametrize("size", [0.1, 0.5, 0.9, 0.999])
def test_a_model_that_is_cut_off_is_refused_before_the_runtime_sees_it(size: float) -> None:
    whole = tiny_graph().SerializeToString()
    with pytest.raises(ModelContractError):
        check_whole(whole[: int(len(whole) * size)])


def hostile(kind: str) -> bytes:
    if kind == "an operator of its own":
        nodes = [helper.make_node("Run", ["image"], ["out"], domain="com.hostile")]
        opsets = [helper.make_opsetid("", 18), helper.make_opsetid("com.hostile", 1)]
    else:
        shape = numpy_helper.from_array(np.array([2**40, 2**10], np.int64))
        nodes = [
            helper.make_node("Constant", [], ["shape"], value=shape),
            helper.make_node("ConstantOfShape", ["shape"], ["out"]),
        ]
        opsets = [helper.make_opsetid("", 18)]
    inputs = [helper.make_tensor_value_info(name, 1, [1]) for name in ("image", "scanner", "declaration")]
    outputs = [helper.make_tensor_value_info("out", 1, None)]
    graph = helper.make_graph(nodes, "hostile", inputs, outputs)
    return bytes(
        onnx.ModelProto.SerializeToString(helper.make_model(graph, opset_imports=opsets, ir_version=10))
    )


def loaded_and_run(model: bytes) -> None:
    session, one = OnnxSession(model, 1), np.zeros(1, np.float32)
    session.run(one, one, one)


@pytest.mark.parametrize("kind", ["an operator of its own", "a tensor without end"])
def test_a_hostile_model_ends_in_an_error(kind: str) -> None:
    with pytest.raises(ModelContractError):
        loaded_and_run(hostile(kind))


def test_the_shipped_model_has_a_manifest_that_fits() -> None:
    model_dir = active_model_dir(ROOT / "models")
    assert (model_dir / MANIFEST_FILE).is_file()
    check_whole(read_model(model_dir).model)


def key_files(folder: Path) -> tuple[Path, Path]:
    private, public = folder / "key.pem", folder / "public" / "steward.pem"
    public.parent.mkdir()
    private.write_bytes(STEWARD.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    public.write_bytes(TRUSTED[0].public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    return private, public.parent


def test_the_command_signs_and_says_who_vouches(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    private, public = key_files(tmp_path)
    assert main(["model", "verify", str(folder)]) == 0
    assert "nobody vouches" in capsys.readouterr().out
    assert main(["model", "verify", str(folder), "--keys", str(public)]) == 2
    assert main(["model", "sign", str(folder), "--key", str(private)]) == 0
    assert main(["model", "verify", str(folder), "--keys", str(public)]) == 0
    assert key_id(TRUSTED[0]) in capsys.readouterr().out
    flip(folder / MODEL_FILE)
    assert main(["model", "sign", str(folder), "--key", str(private)]) == 2
    assert main(["model", "verify", str(folder), "--keys", str(public)]) == 2


@pytest.mark.parametrize(
    "content", [b"", b"nothing", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"]
)
def test_a_file_that_holds_no_key_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "key.pem"
    path.write_bytes(content)
    with pytest.raises(TallyscanError, match=r"key\.pem"):
        read_private_key(path)
    with pytest.raises(TallyscanError, match=r"key\.pem"):
        read_public_keys(path)
    path.unlink()
    with pytest.raises(TallyscanError, match="no public key"):
        read_public_keys(tmp_path)
