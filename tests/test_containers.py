"""Dockerfile and compose.yaml, held as far as that goes without an engine: what they name is there, what they set is
understood. `soak_image.py` does what the Dockerfile tells.
"""

import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import make_url

from tallyscan.__main__ import _parser
from tallyscan.settings import Settings
from tallyscan.store.audit_grants import grants
from tests.dockerfile import ROOT, instructions
from tests.e2e.how_to import blocks
from tests.needed import needs_library

OPERATIONS = ROOT / "docs" / "operations"
COMPOSE: dict[str, Any] = yaml.safe_load((OPERATIONS / "compose.yaml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if "TALLYSCAN_IMAGE" in service["image"]}


@needs_library("check_jsonschema", install="check-jsonschema")
def test_it_is_as_the_compose_specification_says(capfd: pytest.CaptureFixture[str]) -> None:
    from check_jsonschema import main

    file = str(OPERATIONS / "compose.yaml")
    with pytest.raises(SystemExit) as ended:
        main(["--builtin-schema", "vendor.compose-spec", file])
    assert ended.value.code == 0, capfd.readouterr()


@pytest.mark.parametrize("name", sorted(OURS))
def test_the_command_is_one_and_every_setting_is_understood(
    name: str, tmp_path: Path, monkeypatch: Any
) -> None:
    service = OURS[name]
    assert _parser().parse_args(service["command"]).command == service["command"][0]
    of_the_image = dict(re.findall(r"(\w+)=(\S+)", " ".join(a for k, a in instructions() if k == "ENV")))
    given = of_the_image | service["environment"]
    ours = {key: value for key, value in given.items() if key.startswith("TALLYSCAN_")}
    assert {key.removeprefix("TALLYSCAN_").lower() for key in ours} <= set(Settings.model_fields)
    assert all(isinstance(value, str) for value in given.values())  # what YAML takes for true is no text
    for key, value in ours.items():
        monkeypatch.setenv(key, value)
    (tmp_path / "database_url").write_text("postgresql://a:b@database/tallyscan")
    monkeypatch.setenv("TALLYSCAN_DATABASE_URL_FILE", str(tmp_path / "database_url"))
    settings = Settings()
    assert settings.on_many_machines
    assert settings.metrics_port == 9464


def test_every_secret_is_a_file_that_is_given_to_who_reads_it() -> None:
    defined = set(COMPOSE["secrets"])
    assert all(set(each) == {"file"} for each in COMPOSE["secrets"].values())
    used: set[str] = set()
    for name, service in SERVICES.items():
        given = set(service.get("secrets", ()))
        used |= given
        values = [str(value) for value in service.get("environment", {}).values()]
        mounted = [
            (OPERATIONS / volume.split(":")[0]).read_text(encoding="utf-8")
            for volume in service.get("volumes", ())
            if volume.endswith(".sh:ro")
        ]
        read = set(re.findall(r"/run/secrets/(\w+)", " ".join([*values, *mounted])))
        assert read == given, name
        assert not any(re.search(r"(?i)password|secret|key", key) and "/" not in str(value)
                       for key, value in service.get("environment", {}).items()), name  # fmt: skip
    assert used == defined


def test_what_makes_the_secrets_makes_each_of_them_and_they_fit_together(tmp_path: Path) -> None:
    script = tmp_path / "compose" / "make-secrets.sh"
    script.parent.mkdir()
    script.write_text((OPERATIONS / "compose" / "make-secrets.sh").read_text(encoding="utf-8"))
    subprocess.run(["sh", script], check=True, capture_output=True)
    made = {path.name: path.read_bytes() for path in (script.parent / "secrets").iterdir()}
    named = {Path(each["file"]).name for each in COMPOSE["secrets"].values()}
    (env_file,) = SERVICES["s3"]["env_file"]
    assert set(made) == named | {Path(env_file).name}
    for url, password, user in (
        ("database_url", "service_password", "tallyscan_service"),
        ("owner_url", "owner_password", "tallyscan_owner"),
    ):
        address = make_url(made[url].decode().strip())
        assert address.password == made[password].decode()
        assert (address.username, address.host, address.database) == (user, "database", "tallyscan")
    secret = re.findall(r"secret_access_key = (\w+)", made["aws_credentials"].decode())
    assert secret == re.findall(r"SECRET_KEY=(\w+)", made["s3.env"].decode())
    subprocess.run(["sh", script], check=True, capture_output=True)  # what is there stays
    assert {path.name: path.read_bytes() for path in (script.parent / "secrets").iterdir()} == made


def test_every_file_volume_network_and_service_that_is_named_is_there() -> None:
    for name, service in SERVICES.items():
        for volume in service.get("volumes", ()):
            source, _, target = volume.partition(":")
            if source.startswith("./"):
                assert (OPERATIONS / source).is_file(), source
                assert target.endswith(":ro"), volume
            elif target:
                assert source in COMPOSE["volumes"], source
        assert set(service["networks"]) <= set(COMPOSE["networks"]), name
        assert set(service.get("depends_on", ())) <= set(SERVICES), name
        assert service["image"].rpartition(":")[2] not in ("", "latest"), name
        assert service["restart"] in ("unless-stopped", "no"), name
        for port in service.get("ports", ()):
            assert port.startswith("127.0.0.1:"), port
    for name in OURS:
        assert SERVICES[name]["read_only"]
        assert SERVICES[name]["cap_drop"] == ["ALL"]
    assert "migrate" in SERVICES["web"]["depends_on"]


def test_the_database_is_made_as_the_how_to_for_machines_makes_it() -> None:
    (told,) = blocks("run-on-many-machines.md", "sql")
    script = (OPERATIONS / "compose" / "make-users.sh").read_text(encoding="utf-8")
    (made,) = re.findall(r"<<'SQL'\n(.*)^SQL$", script, re.MULTILINE | re.DOTALL)
    assert made == told.replace("'OWNER_PASSWORD'", ":'owner'").replace("'SERVICE_PASSWORD'", ":'service'")
    role = SERVICES["migrate"]["command"][-1]
    assert f"ROLE {role} " in made
    assert grants(role)


def test_prometheus_and_grafana_are_given_what_is_kept_here() -> None:
    told = yaml.safe_load((OPERATIONS / "compose" / "prometheus.yaml").read_text(encoding="utf-8"))
    (job,) = told["scrape_configs"]
    (found,) = job["dns_sd_configs"]
    assert set(found["names"]) == {"web", "worker"} <= set(SERVICES)
    assert str(found["port"]) == SERVICES["web"]["environment"]["TALLYSCAN_METRICS_PORT"]
    volumes = dict(volume.split(":")[:2] for volume in SERVICES["prometheus"]["volumes"])
    assert volumes["./alerts.yaml"] == f"/etc/prometheus/{told['rule_files'][0]}"
    provided = yaml.safe_load(
        (OPERATIONS / "compose" / "grafana-dashboards.yaml").read_text(encoding="utf-8")
    )
    folder = provided["providers"][0]["options"]["path"]
    assert any(
        volume.startswith(f"./grafana-dashboard.json:{folder}/") for volume in SERVICES["grafana"]["volumes"]
    )


def test_the_dockerfile_copies_what_is_there_and_runs_as_nobody_in_particular() -> None:
    stages = [shlex.split(told)[-1] for kind, told in instructions() if kind == "FROM" and " AS " in told]
    for kind, told in instructions():
        if kind == "FROM":
            assert re.fullmatch(r"[\w./-]+:[\w.-]+( AS \w+)?", told), told
            assert ":latest" not in told
        elif kind == "COPY":
            first, *rest = shlex.split(told)
            if first.startswith("--from="):
                assert first.removeprefix("--from=") in stages
            else:
                assert all((ROOT / source).exists() for source in (first, *rest[:-1])), told
    kinds = [kind for kind, _ in instructions()]
    last = kinds[len(kinds) - 1 - kinds[::-1].index("FROM") :]
    assert {"USER", "HEALTHCHECK", "ENTRYPOINT", "LABEL", "STOPSIGNAL"} <= set(last)
    (user,) = (told for kind, told in instructions() if kind == "USER")
    assert re.fullmatch(r"[1-9]\d+:[1-9]\d+", user)
    assert not {"ARG", "ADD"} & set(kinds)  # no secret comes in by an argument, nothing from a network


def test_only_what_the_image_is_built_of_is_sent_to_the_builder() -> None:
    lines = (OPERATIONS / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    allowed = {line[1:] for line in lines if line.startswith("!")}
    assert "*" in lines
    copied = {
        source
        for kind, told in instructions()
        if kind == "COPY" and not told.startswith("--from=")
        for source in shlex.split(told)[:-1]
    }
    assert copied == allowed
