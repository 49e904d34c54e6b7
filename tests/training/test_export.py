"""Export, parity, receptive field, tile seams and warm start on a small network with random weights."""

import hashlib
import json
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch

from tallyscan.detect.card import MODEL_FILE, read_card, write_card
from tallyscan.detect.contract import check_heads
from tallyscan.detect.inputs import declaration_size
from tallyscan.detect.session import OnnxSession
from tallyscan.detect.tiles import run_tiled
from training import export
from training.export import (
    HALO_PX,
    PARITY_TOLERANCE,
    SEAM_TOLERANCE,
    card_of,
    export_onnx,
    inputs_of,
    load_network,
    parity,
    receptive_field_px,
    refusal,
    seams,
)
from training.networks import Exported, TallyNet
from training.train import VOCABULARY, network_config
from training.warm_start import load_released

pytestmark = pytest.mark.filterwarnings("ignore")  # the exporter warns about itself

SIZE = declaration_size(VOCABULARY.commodities)
DECLARED_HEADS = {"expected_declared", "mismatch"}
CONFIG = replace(network_config(), widths=(8, 12, 16, 24, 32), neck=16)


def lively(network: TallyNet) -> TallyNet:
    """Norms, the context of columns and the declaration do something, as they do after training."""
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.2)  # type: ignore[union-attr]
            module.running_var.uniform_(0.5, 2.0)  # type: ignore[union-attr]
            torch.nn.init.uniform_(module.weight, 0.5, 1.5)
            torch.nn.init.normal_(module.bias, 0, 0.2)
    torch.nn.init.normal_(network.columns.told.weight, 0, 0.3)
    for layer in network.declared.children():
        if isinstance(layer, torch.nn.Linear):
            torch.nn.init.normal_(layer.weight, 0, 0.3)
    return network


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A training run with random weights; those of its running mean are others than its last ones."""
    folder = tmp_path_factory.mktemp("run")
    torch.manual_seed(0)
    last, mean = lively(TallyNet(CONFIG)), lively(TallyNet(CONFIG))
    (folder / "config.json").write_text(json.dumps(asdict(CONFIG)))
    state = {
        "network": last.state_dict(), "mean": mean.state_dict(), "optimiser": {}, "step": 7,
        "started_from": {"name": "before"}, "without_families": ["void"],
    }  # fmt: skip
    torch.save(state, folder / "checkpoint.pt")
    return folder


@pytest.fixture(scope="module")
def exported(run: Path) -> Path:
    path = run / "model.onnx"
    export_onnx(load_network(run), path)
    return path


@pytest.fixture(scope="module")
def session(exported: Path) -> OnnxSession:
    return OnnxSession(exported.read_bytes(), threads=1)


def arrays(height: int, width: int, seed: int = 0) -> tuple[np.ndarray, ...]:
    return tuple(tensor.numpy() for tensor in inputs_of(height, width, SIZE, seed))


def test_the_running_mean_is_exported(run: Path) -> None:
    state = torch.load(run / "checkpoint.pt", weights_only=True)
    weight = load_network(run).stem[0].weight
    assert torch.equal(weight, state["mean"]["stem.0.weight"])
    assert not torch.equal(weight, state["network"]["stem.0.weight"])


def test_the_file_names_nothing_of_the_machine_it_was_made_on(exported: Path) -> None:
    assert b".py" not in exported.read_bytes()
    assert str(Path.home()).encode() not in exported.read_bytes()


def test_torch_and_onnx_agree(run: Path, exported: Path) -> None:
    assert parity(load_network(run), exported) < PARITY_TOLERANCE


def test_what_agrees_is_not_refused(run: Path, exported: Path) -> None:
    assert refusal(load_network(run), exported, field_px=2 * HALO_PX) is None


def test_a_halo_that_is_too_small_is_refused(run: Path, exported: Path) -> None:
    assert seams(load_network(run), exported, HALO_PX) < SEAM_TOLERANCE
    reason = refusal(load_network(run), exported, field_px=64, halo_px=32)
    assert reason is not None
    assert "strips with a halo of 32 px differ" in reason


def test_a_receptive_field_wider_than_the_halo_is_refused_and_leaves_no_model(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "HALO_PX", 32)
    monkeypatch.setattr(export, "refusal", partial(refusal, halo_px=32))
    out = tmp_path / "models" / "tallynet" / "0"
    monkeypatch.setattr("sys.argv", ["export", "--run", str(run), "--out", str(out)])
    with pytest.raises(SystemExit, match="halo of 32 px is less than half of the receptive field"):
        export.main()
    assert list(out.iterdir()) == []


def test_what_is_refused_leaves_no_file(
    run: Path, exported: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "tallynet" / "0"
    monkeypatch.setattr(export, "export_onnx", lambda _, path: path.write_bytes(exported.read_bytes()))
    monkeypatch.setattr(export, "SEAM_TOLERANCE", -1.0)  # no model can keep it
    monkeypatch.setattr("sys.argv", ["export", "--run", str(run), "--out", str(out)])
    with pytest.raises(SystemExit, match="not exported: the whole image and strips"):
        export.main()
    assert list(out.iterdir()) == []


def test_parity_would_notice_another_weight(run: Path, exported: Path) -> None:
    other = load_network(run)
    with torch.no_grad():
        other.stem[0].weight *= 1.1
    assert parity(other, exported) > PARITY_TOLERANCE


def test_whole_image_and_strips_agree(session: OnnxSession) -> None:
    image, scanner, declaration = arrays(96, 4096)
    whole = run_tiled(session, image, scanner, declaration, "whole", HALO_PX)
    strips = run_tiled(session, image, scanner, declaration, "strips", HALO_PX)
    assert set(whole) == set(strips) == set(Exported.outputs)
    for name, maps in whole.items():
        np.testing.assert_allclose(strips[name], maps, atol=SEAM_TOLERANCE)


def test_without_a_halo_the_seams_would_show(session: OnnxSession) -> None:
    image, scanner, declaration = arrays(96, 4096)
    whole = run_tiled(session, image, scanner, declaration, "whole", 0)
    strips = run_tiled(session, image, scanner, declaration, "strips", 0)
    assert max(float(np.abs(strips[name] - whole[name]).max()) for name in whole) > 1e-3


def test_the_halo_is_at_least_half_of_the_receptive_field(run: Path) -> None:
    field = receptive_field_px(load_network(run))
    assert 400 < field <= 2 * HALO_PX


def test_what_is_declared_changes_only_what_is_expected_of_it(session: OnnxSession) -> None:
    image, scanner, _ = arrays(96, 128)
    unknown = np.zeros((1, SIZE), np.float32)
    declared = unknown.copy()
    declared[0, VOCABULARY.commodities.index("tyres")] = 1.0
    without, with_it = session.run(image, scanner, unknown), session.run(image, scanner, declared)
    for name in Exported.outputs:
        if name in DECLARED_HEADS:
            assert np.abs(without[name] - with_it[name]).max() > 1e-4, name
        else:
            np.testing.assert_array_equal(without[name], with_it[name], name)


def test_an_unknown_declaration_adds_nothing(run: Path) -> None:
    """Zeros neither scale nor shift: the answers are those of a network that was never given a declaration."""
    network = load_network(run)
    image, scanner, declaration = inputs_of(96, 128, SIZE)
    with torch.no_grad():
        assert not network.declared(torch.zeros(1, SIZE)).any()
        unknown = network(image, scanner, 0 * declaration)
        for layer in network.declared.children():
            if isinstance(layer, torch.nn.Linear):
                layer.weight.zero_()
        deaf = network(image, scanner, 0 * declaration)
    for name in unknown:
        torch.testing.assert_close(unknown[name], deaf[name])


def test_classes_of_one_group_are_declared_alike(run: Path) -> None:
    """What X-rays cannot tell apart fits a declaration equally well."""
    network = load_network(run)
    groups = network.config.groups
    first = next(i for i, group in enumerate(groups) if groups.count(group) > 1)
    second = next(i for i, group in enumerate(groups) if i > first and group == groups[first])
    other = next(i for i, group in enumerate(groups) if group != groups[first])
    with torch.no_grad():
        for layer in network.declared.children():
            if isinstance(layer, torch.nn.Linear):
                layer.weight.zero_()  # the groups alone speak
        image, scanner, _ = inputs_of(64, 64, SIZE)
        maps = [
            network(image, scanner, torch.eye(SIZE)[i : i + 1])["mismatch"] for i in (first, second, other)
        ]
    assert torch.equal(maps[0], maps[1])
    assert not torch.allclose(maps[0], maps[2])


def test_quantiles_are_in_their_order_and_probabilities_are_some(session: OnnxSession) -> None:
    maps = session.run(*arrays(96, 128, 3))
    for name in ("expected", "expected_declared"):
        assert (np.diff(maps[name], axis=1) > 0).all()
    for name in Exported.shares:
        assert maps[name].sum(axis=1) == pytest.approx(1.0, abs=1e-5)
    for name in Exported.probabilities:
        assert 0 <= maps[name].min() <= maps[name].max() <= 1


def test_heads_have_their_strides(session: OnnxSession) -> None:
    maps = session.run(*arrays(96, 128))
    for name, plane in maps.items():
        stride = 4 if name in ("anomaly", "family") else 8
        assert plane.shape[2:] == (96 // stride, 128 // stride), name


def test_the_card_fits_the_graph_and_raises_no_alarm_before_calibration(
    run: Path, exported: Path, session: OnnxSession, tmp_path: Path
) -> None:
    digest = hashlib.sha256(exported.read_bytes()).hexdigest()
    (tmp_path / MODEL_FILE).write_bytes(exported.read_bytes())
    write_card(tmp_path, card_of(load_network(run), "tallynet", "0", digest, run, 559))
    card = read_card(tmp_path)
    check_heads(card, session)
    assert all(item.threshold == 1.0 for item in card.thresholds.values())
    assert "no real scan" in card.trained_on["data"]
    assert card.trained_on["steps"] == 7
    assert card.trained_on["without_families"] == ["void"]
    assert card.trained_on["started_from"] == {"name": "before"}


def batches(count: int = 3) -> list[tuple[torch.Tensor, ...]]:
    return [inputs_of(96, 128, SIZE, seed) for seed in range(count)]


def test_a_released_model_can_be_trained_on(run: Path, exported: Path) -> None:
    network, fresh = load_network(run), TallyNet(CONFIG)
    load_released(fresh, exported, batches())
    fresh.eval()
    first = batches()[0]
    with torch.no_grad():
        expected, answered = network(*first), fresh(*first)
        for name in expected:
            torch.testing.assert_close(answered[name], expected[name], rtol=1e-3, atol=1e-3)
        fresh.train()  # the statistics are those of these images: nothing jumps when training begins
        pooled = fresh(*(torch.cat(parts) for parts in zip(*batches(), strict=True)))
    torch.testing.assert_close(pooled["layout"][:1], expected["layout"], rtol=0.05, atol=0.1)


def test_a_network_with_another_head_takes_over_the_rest(run: Path, exported: Path) -> None:
    """Two families fewer: what is read at 1/4 starts anew, the trunk and all other heads answer as before."""
    network = load_network(run)
    other = TallyNet(replace(CONFIG, families=CONFIG.families[:-2]))
    own = other.read_4.weight.clone()
    load_released(other, exported, batches())
    other.eval()
    assert torch.equal(other.read_4.weight, own)
    with torch.no_grad():
        expected, answered = network(*batches()[0]), other(*batches()[0])
    for name in set(expected) - {"anomaly", "family"}:
        torch.testing.assert_close(answered[name], expected[name], rtol=1e-3, atol=1e-3)


def test_a_model_of_another_network_is_not_trained_on(exported: Path) -> None:
    other = TallyNet(replace(CONFIG, widths=(16, 12, 16, 24, 32)))
    with pytest.raises(ValueError, match="stem"):
        load_released(other, exported, [])
