"""Every route is tried with made-up requests: it answers as its description says, and never with a fault of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tallyscan.access.rules import RULES
from tallyscan.pipeline import Reader
from tallyscan.settings import Settings
from tests.web.interface_trial import Trial, described_routes, trial

EXAMPLES = 6
REFUSES_ALL = {"POST /v1/account/password", "POST /v1/session", "POST /v1/crossing-points/standing"}
"""Nobody has a password that can be made up, and no crossing point a name."""

OPEN = {route for route, rule in RULES.items() if rule.open}


@pytest.fixture(scope="module")
def tried(tmp_path_factory: pytest.TempPathFactory, tiny_models_dir: Path, reader: Reader) -> Iterator[Trial]:
    folder = tmp_path_factory.mktemp("interface")
    with trial(Settings(data_dir=folder, models_dir=tiny_models_dir, inference_threads=1), reader) as opened:
        yield opened


@pytest.mark.parametrize("route", described_routes())
def test_a_route_answers_as_it_is_described(tried: Trial, route: str) -> None:
    answered = tried.try_route(route, EXAMPLES, signed_in=True)
    assert set(answered) - {401, 403} or route in REFUSES_ALL


@pytest.mark.parametrize("route", described_routes())
def test_a_route_that_is_not_open_refuses_strangers_as_it_is_described(tried: Trial, route: str) -> None:
    if route in OPEN:
        pytest.skip("everybody is let in")
    assert set(tried.try_route(route, 2, signed_in=False)) == {401}
