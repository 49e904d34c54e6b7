"""Export, parity, receptive field and tile seams on a small network with random weights."""

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
import torch

from tallyscan.detect.card import read_card
from tallyscan.detect.inputs import declaration_size
from tallyscan.detect.session import OnnxSession
from tallyscan.detect.tiles import run_tiled
from training.export import (
    HALO_PX,
    PARITY_TOLERANCE,
    card_of,
    export_onnx,
    inputs_of,
    load_network,
    parity,
    receptive_field_px,
)
from training.networks import NetworkConfig, TallyNet
from training.train import VOCABULARY
from training.warm_start import load_released

pytestmark = pytest.mark.filterwarnings("ignore")  # the exporter warns about itself


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A training run with random weights and lively batch norms."""
    folder = tmp_path_factory.mktemp("run")
    torch.manual_seed(0)
    config = NetworkConfig(
        VOCABULARY.families,
        VOCABULARY.commodities,
        declaration_size(VOCABULARY.commodities),
        (8, 12, 16, 24, 32),
    )
    network = TallyNet(config)
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.2)  # type: ignore[union-attr]
            module.running_var.uniform_(0.5, 2.0)  # type: ignore[union-attr]
    torch.nn.init.normal_(network.film.weight, 0, 0.3)
    (folder / "config.json").write_text(json.dumps(asdict(config)))
    torch.save({"network": network.state_dict(), "step": 1, "minutes": 0.1}, folder / "checkpoint.pt")
    return folder


@pytest.fixture(scope="module")
def exported(run: Path) -> Path:
    path = run / "model.onnx"
    export_onnx(load_network(run), path)
    return path


def test_the_file_names_nothing_of_the_machine_it_was_made_on(exported: Path) -> None:
    assert b".py" not in exported.read_bytes()
    assert str(Path.home()).encode() not in exported.read_bytes()


def test_torch_and_onnx_agree(run: Path, exported: Path) -> None:
    assert parity(load_network(run), exported) < PARITY_TOLERANCE


def test_whole_image_and_strips_agree(exported: Path) -> None:
    session = OnnxSession(exported.read_bytes(), threads=1)
    image, scanner, declaration = (
        t.numpy() for t in inputs_of(96, 4096, declaration_size(VOCABULARY.commodities))
    )
    whole = run_tiled(session, image, scanner, declaration, "whole", HALO_PX)
    strips = run_tiled(session, image, scanner, declaration, "strips", HALO_PX)
    for name, maps in whole.items():
        np.testing.assert_allclose(strips[name], maps, atol=1e-3)


def test_without_a_halo_the_seams_would_show(exported: Path) -> None:
    session = OnnxSession(exported.read_bytes(), threads=1)
    image, scanner, declaration = (
        t.numpy() for t in inputs_of(96, 4096, declaration_size(VOCABULARY.commodities))
    )
    whole = run_tiled(session, image, scanner, declaration, "whole", 0)
    strips = run_tiled(session, image, scanner, declaration, "strips", 0)
    assert max(float(np.abs(strips[name] - whole[name]).max()) for name in whole) > 1e-3


def test_the_halo_is_at_least_half_of_the_receptive_field(run: Path) -> None:
    field = receptive_field_px(load_network(run))
    assert 400 < field <= 2 * HALO_PX


def test_an_unknown_declaration_changes_nothing_and_a_known_one_only_the_anomaly(exported: Path) -> None:
    session = OnnxSession(exported.read_bytes(), threads=1)
    image, scanner, declaration = (
        t.numpy() for t in inputs_of(96, 128, declaration_size(VOCABULARY.commodities))
    )
    unknown, known = session.run(image, scanner, 0 * declaration), session.run(image, scanner, declaration)
    for name in ("layout", "loaded", "goods", "commodity"):
        np.testing.assert_array_equal(unknown[name], known[name])
    assert np.abs(unknown["anomaly"] - known["anomaly"]).max() > 1e-6


def test_the_card_is_valid_and_raises_no_alarm_before_calibration(
    run: Path, exported: Path, tmp_path: Path
) -> None:
    import hashlib

    from tallyscan.detect.card import write_card

    digest = hashlib.sha256(exported.read_bytes()).hexdigest()
    (tmp_path / "model.onnx").write_bytes(exported.read_bytes())
    write_card(tmp_path, card_of(load_network(run), "tallynet", "0", digest, run, 559))
    card = read_card(tmp_path)
    assert all(item.threshold == 1.0 for item in card.thresholds.values())
    assert "no real scan" in card.trained_on["data"]


def test_a_released_model_can_be_trained_on(run: Path, exported: Path) -> None:
    network = load_network(run)
    fresh = TallyNet(network.config)
    batches = [inputs_of(96, 128, network.config.declaration_size, seed) for seed in range(3)]
    load_released(fresh, exported, batches)
    fresh.eval()
    with torch.no_grad():
        expected, answered = network(*batches[0]), fresh(*batches[0])
        for name in expected:
            torch.testing.assert_close(answered[name], expected[name], rtol=1e-3, atol=1e-3)
        fresh.train()  # the statistics are those of these images: nothing jumps when training begins
        pooled = fresh(*(torch.cat([batch[i] for batch in batches]) for i in range(3)))
    torch.testing.assert_close(pooled["layout"][:1], expected["layout"], rtol=0.05, atol=0.05)


def test_a_model_of_another_network_is_not_trained_on(exported: Path) -> None:
    other = TallyNet(NetworkConfig(VOCABULARY.families[:2], VOCABULARY.commodities, 15, (8, 12, 16, 24, 32)))
    with pytest.raises(ValueError, match="anomaly"):
        load_released(other, exported, [])
