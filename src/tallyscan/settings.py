"""Settings, from the environment (`TALLYSCAN_...`), built once at the start and passed down."""

from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from tallyscan.control_result import MEANINGS, Outcome
from tallyscan.crossing_point import CrossingPoint
from tallyscan.errors import TallyscanError
from tallyscan.inspection import ControlCode
from tallyscan.tls import Clients

_PACKAGE = Path(__file__).parent
_S3_URL = r"^s3://[A-Za-z0-9._-]{3,63}(/[^/\\\x00-\x1f?#]+)*/?$"
_S3_ENDPOINT = r"^https?://([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(:\d{1,5})?/?$"
AeTitle = Annotated[str, Field(pattern=r"^[!-\[\]-~]{1,16}$")]
"""A DICOM application entity title: up to 16 signs of ASCII, without spaces and backslashes."""


def _default_models_dir() -> Path:
    """The model in the wheel; in a checkout, the folder `models/` at its top."""
    packaged = _PACKAGE / "models"
    return packaged if packaged.is_dir() else _PACKAGE.parent.parent / "models"


class Settings(BaseSettings):
    """Every setting has a working default for one machine with nothing set up."""

    model_config = SettingsConfigDict(
        env_prefix="TALLYSCAN_", frozen=True, extra="ignore", hide_input_in_errors=True
    )

    data_dir: Path = Field(Path("tallyscan_data"), description="database, scan bytes, pictures and events")
    blobs_url: str | None = Field(
        None,
        pattern=_S3_URL,
        description="an S3 bucket, and a prefix in it, for the bytes of scans: s3://bucket/prefix; none: a folder",
    )
    blobs_s3_endpoint: str | None = Field(
        None, pattern=_S3_ENDPOINT, description="another server than AWS that speaks S3"
    )
    blobs_s3_allow_plain: bool = Field(False, description="without TLS, keep bytes on other machines too")
    blobs_s3_authorities: Path | None = Field(
        None, description="authorities that sign its certificate, PEM, beside the machine's own list"
    )
    blobs_s3_encryption: Literal["AES256", "aws:kms"] | None = Field(
        None, description="how the server encrypts what it keeps; none: as the bucket is set up"
    )
    blobs_s3_kms_key: str | None = Field(None, description="the key for aws:kms; none: that of the bucket")
    blob_cache_megabytes: float = Field(
        2000, ge=0, description="copies of bytes in S3 that are kept on this machine's disk; 0: none"
    )
    database_url: SecretStr | None = Field(
        None,
        description="a PostgreSQL for many machines: postgresql://user:password@host/name; none: SQLite in the data "
        "folder",
    )
    database_url_file: Path | None = Field(None, description="a file with that address instead")
    models_dir: Path = Field(default_factory=_default_models_dir, description="models and active.toml")
    model_keys: Path | None = Field(
        None,
        description="public keys (a PEM file, or a folder of them) of those whose models are used; none: any model is",
    )
    profiles_dir: Path | None = Field(
        None, description="scanner profiles of the site, beside the built-in ones"
    )
    inbox_dir: Path | None = Field(None, description="a folder to watch for scans")
    inbox_quiet_seconds: float = Field(
        2.0, gt=0, description="a file is taken when it has not grown for so long"
    )
    inbox_s3_url: str | None = Field(
        None,
        pattern=_S3_URL,
        description="an S3 bucket, and a prefix in it, to fetch scans from: s3://bucket/prefix",
    )
    inbox_s3_endpoint: str | None = Field(
        None,
        pattern=_S3_ENDPOINT,
        description="another server than AWS that speaks S3",
    )
    inbox_s3_allow_plain: bool = Field(False, description="without TLS, fetch from other machines too")
    inbox_s3_poll_seconds: float = Field(5, gt=0, description="pause between two looks at the prefix")
    inbox_s3_patience_seconds: float = Field(
        120, gt=0, description="what belongs to a scan may come so long after the rest"
    )
    dicom_port: int | None = Field(
        None, ge=0, le=65535, description="port to take DICOM objects at; none: the DICOM network is off"
    )
    dicom_host: str = Field("127.0.0.1", description="address to take DICOM objects at")
    dicom_ae_title: AeTitle = Field("TALLYSCAN", description="our own application entity title")
    dicom_certificate: Path | None = Field(None, description="our certificate chain for DICOM over TLS, PEM")
    dicom_key: Path | None = Field(None, description="its key, PEM, without a password")
    dicom_client_authorities: Path | None = Field(
        None, description="authorities whose client certificates are let in, PEM"
    )
    dicom_certificates: dict[AeTitle, str] = Field(
        {},
        description="calling AE titles, each with the certificate that it must show: a name, or sha256:...; empty: any",
    )
    dicom_allow_plain: bool = Field(False, description="without TLS, serve DICOM to other machines too")
    dicom_scanners: dict[AeTitle, str | None] = Field(
        {}, description="calling AE titles that are let in, each with its scanner profile; empty: any"
    )
    dicom_max_associations: int = Field(10, ge=1, description="associations at one time")
    dicom_idle_seconds: float = Field(60, gt=0, description="an association that is silent for so long ends")
    dicom_pair_seconds: float = Field(
        10, ge=0, description="an object that holds one energy waits so long for the other"
    )
    host: str = Field("127.0.0.1", description="address to serve at")
    port: int = Field(8000, ge=0, le=65535, description="port to serve at")
    tls_certificate: Path | None = Field(
        None, description="our certificate chain, PEM: HTTPS is served; none: HTTP"
    )
    tls_key: Path | None = Field(None, description="its key, PEM, without a password")
    tls_client_authorities: Path | None = Field(
        None, description="authorities whose client certificates are let in, PEM"
    )
    tls_clients: Clients = Field(
        "none",
        description="`none`: clients are asked for no certificate; `may`: machines may show one; `must`: whoever has "
        "none of the authorities is not let in, people too",
    )
    sign_in: Literal["none", "accounts", "oidc"] = Field(
        "none",
        description="`none`: whoever reaches the service may do everything; `accounts`: people sign in by a password; "
        "`oidc`: they sign in at an OpenID Connect provider",
    )
    oidc_issuer: str | None = Field(
        None, pattern=r"^https?://[^/?#@\s]+(/[^?#\s]*)?$", description="the provider, as it calls itself"
    )
    oidc_client_id: str | None = Field(None, min_length=1, description="what the provider calls us")
    oidc_client_secret: SecretStr | None = Field(None, min_length=1, description="our secret there")
    oidc_client_secret_file: Path | None = Field(None, description="a file with it, read at the start")
    oidc_client_key: Path | None = Field(
        None, description="our private key there instead of a secret (private_key_jwt), PEM"
    )
    oidc_scopes: str = Field("openid profile", description="what we ask of it, between spaces")
    oidc_groups: Path | None = Field(
        None, description="a TOML file that says which roles and sites each group of the provider gives"
    )
    oidc_groups_claim: str = Field("groups", min_length=1, description="where its tokens name groups: a.b.c")
    oidc_required_acr: tuple[str, ...] = Field((), description="one of these a sign-in must have as its acr")
    oidc_required_amr: tuple[str, ...] = Field((), description="one of these must be in its amr, as mfa")
    oidc_authorities: Path | None = Field(
        None, description="authorities that sign its certificate, PEM; none: the machine's own list"
    )
    oidc_allow_passwords: bool = Field(
        False, description="with oidc, let administrators in by a password too, for when the provider is away"
    )
    sign_in_allow_none: bool = Field(False, description="without sign-in, serve other machines too")
    session_idle_minutes: float = Field(60, gt=0, description="a session that asks nothing for so long ends")
    session_hours: float = Field(12, gt=0, description="a session ends after so long, whatever it does")
    account_link_hours: float = Field(24, gt=0, description="a link to set a password works for so long")
    console_url: str | None = Field(
        None,
        pattern=r"^https?://[^/?#@\s]+/?$",
        description="where people open the console, for the links that the command line prints",
    )
    requests_per_second: float = Field(
        100, gt=0, description="what one caller may ask for in the long run; ten seconds of it at once"
    )
    costly_requests_per_second: float = Field(
        5, gt=0, description="the same of what takes long: sheets as PDF, dry runs, trails, statistics"
    )
    max_megapixels: float = Field(400, gt=0, description="a scan with as many megapixels or more is refused")
    max_megabytes: float = Field(512, gt=0, description="a scan with as many megabytes or more is refused")
    max_waiting_scans: int = Field(
        1000, ge=1, description="while so many scans wait for their first reading no more are let in"
    )
    max_waiting_megabytes: float = Field(
        50_000, gt=0, description="while their files have so many megabytes no more are let in"
    )
    high_risk_places: float = Field(
        0.25, ge=0, le=10, description="such a share of both more is kept for scans of high risk"
    )
    disk_reserve_megabytes: float = Field(
        1000, ge=0, description="while fewer megabytes of disk are free nothing is accepted"
    )
    disk_low_megabytes: float = Field(
        5000, ge=0, description="while fewer megabytes of disk are free people are told"
    )
    max_declaration_megabytes: float = Field(
        16, gt=0, description="a declaration or manifest of more megabytes is refused"
    )
    declaration_mappings: Path | None = Field(
        None,
        description="a TOML file that says where ASYCUDA and CSV have what, where it differs from the usual",
    )
    decode_processes: int = Field(2, ge=1, description="processes that stand ready to decode files")
    decode_memory_megabytes: float = Field(
        4000, ge=256, description="memory that decoding one scan may take, beside the libraries"
    )
    decode_seconds: float = Field(10, gt=0, description="time that decoding any scan may take")
    decode_seconds_per_megabyte: float = Field(
        0.3, ge=0, description="more time for each megabyte of its files"
    )
    whole_image_megapixels: float = Field(
        4.0, gt=0, description="canonical images up to this size are read whole, larger ones in strips"
    )
    inference_threads: int = Field(2, ge=1, description="threads of the ONNX session")
    worker_lease_seconds: float = Field(300, gt=0, description="a scan claimed for longer is read again")
    worker_heartbeat_seconds: float = Field(
        10,
        gt=0,
        description="on PostgreSQL, each worker says so often that it lives; silent for three times as long, it is "
        "taken for dead",
    )
    read_here: bool = Field(True, description="`serve` reads too; false: workers elsewhere do")
    max_attempts: int = Field(5, ge=1, description="tries before a scan goes to the dead letters")
    join_window_days: float = Field(
        30,
        gt=0,
        description="a scan joins a declaration by its container number or plate within so many days",
    )
    use_learnt_air: bool = Field(
        True, description="calibrate with the open beam that earlier scans of a machine have shown"
    )
    control_result_codes: dict[ControlCode, Outcome] = Field(
        default_factory=lambda: dict(MEANINGS),
        description="what each code of a control result says was found",
    )
    random_scan_share: float = Field(
        0.0, ge=0, le=1, description="share of all consignments that is scanned at random"
    )
    random_open_share: float = Field(
        0.0, ge=0, le=1, description="share of all scanned consignments that is opened at random"
    )
    selection_key: SecretStr | None = Field(
        None, min_length=16, description="what random shares are drawn with; none: one in the data folder"
    )
    selection_key_file: Path | None = Field(None, description="a file that holds it, of 16 bytes or more")
    pseudonym_key: SecretStr | None = Field(
        None,
        min_length=32,
        description="what pseudonyms of traders are made with; none: one in the data folder",
    )
    pseudonym_key_file: Path | None = Field(None, description="a file that holds it, of 32 bytes or more")
    blind_first_share: float = Field(
        0.0,
        ge=0,
        le=1,
        description="share of all scans of which the reading is hidden until an officer decided",
    )
    second_reader_share: float = Field(
        0.0, ge=0, le=1, description="share of all scans that two people read, beside those in dispute"
    )
    desk_days: float = Field(7, gt=0, description="so long a scan waits on the list of an operator")
    desk_claim_seconds: float = Field(
        120, gt=0, description="a scan that is open at one person is given to nobody else for so long"
    )
    contact_points: dict[str, str] = Field(
        {}, description="offices to which a scan can be referred, by their code, with their names"
    )
    selection_days: float = Field(
        30, gt=0, description="so long a consignment is listed, and judged again by new profiles"
    )
    live_watchers: int = Field(50, ge=1, description="clients that watch live at one time")
    audit_key_file: Path | None = Field(
        None, description="the Ed25519 key that signs the audit, PEM; none: one in the data folder"
    )
    retain_images_days: float | None = Field(
        None, gt=0, description="files and pictures of scans are deleted after so many days; none: never"
    )
    retain_parties_days: float | None = Field(
        None, gt=0, description="parties, drivers and plates are deleted after so many days; none: never"
    )
    outbound_networks: tuple[IPv4Network | IPv6Network, ...] = Field(
        (), description="the only networks to send to, beside this machine; none: every one"
    )
    event_source: str = Field("urn:tallyscan:local", description="who we are, in the events that go outside")
    events_webhook_url: str | None = Field(
        None,
        pattern=r"^https?://[^/?#@\s]+(/[^#\s]*)?$",
        description="an address that gets every event by HTTP POST, signed",
    )
    events_webhook_secrets: SecretStr | None = Field(
        None, description="secrets to sign with, each whsec_..., between spaces; all of them sign"
    )
    events_webhook_secrets_file: Path | None = Field(
        None, description="a file with such secrets, read for each event"
    )
    events_webhook_seconds: float = Field(20, gt=0, description="how long it may take to answer")
    events_amqp_url: SecretStr | None = Field(
        None, description="a message broker that gets every event: amqps://user:password@host/vhost"
    )
    events_amqp_exchange: str = Field(
        "tallyscan", pattern=r"^[A-Za-z0-9._:-]{1,127}$", description="the topic exchange there"
    )
    events_authorities: Path | None = Field(
        None, description="authorities that sign their certificates, PEM; none: the machine's own list"
    )
    events_certificate: Path | None = Field(None, description="our certificate chain for them, PEM")
    events_key: Path | None = Field(None, description="its key, PEM, without a password")
    events_allow_plain: bool = Field(False, description="without TLS, send to other machines too")
    log_format: Literal["text", "json"] = Field(
        "text", description="`text`: for a person at a terminal; `json`: one object a line"
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "warning", description="what is less than that is not logged"
    )
    metrics_port: int | None = Field(
        None, ge=0, le=65535, description="port for metrics and health in words; none: they are off"
    )
    metrics_host: str = Field("127.0.0.1", description="address for metrics and health in words")
    metrics_allow_plain: bool = Field(False, description="serve metrics to other machines too, without TLS")
    otel_endpoint: str | None = Field(
        None,
        pattern=r"^https?://[^/?#@\s]+(/[^?#\s]*)?$",
        description="an OpenTelemetry collector that gets traces",
    )
    disk_least_free_megabytes: float = Field(
        1000, ge=0, description="with less room on the disk of the data folder the service is not ready"
    )
    centre_url: str | None = Field(
        None,
        pattern=r"^https?://[^/?#@\s]+(/[^?#\s]*)?$",
        description="the centre to which this crossing point reports: the address of its service",
    )
    centre_key: SecretStr | None = Field(None, description="the key that the centre gave us, for `report`")
    centre_key_file: Path | None = Field(None, description="a file with that key, read for each request")
    centre_seconds: float = Field(30, gt=0, description="how long the centre may take to answer")
    crossing_points: dict[str, CrossingPoint] = Field(
        {},
        description="who reports to this centre, by the `event_source` there: name, sites, url of the console",
    )
    crossing_point_silent_minutes: float = Field(
        5, gt=0, description="a crossing point that was not heard for so long counts as silent"
    )
    threat_report_dir: Path | None = Field(
        None, description="a folder that gets the DICOS threat detection reports"
    )
    threat_report_stow_url: str | None = Field(
        None,
        pattern=r"^https?://[^/?#]+[^?#]*$",
        description="a DICOMweb service that gets them by STOW-RS; without /studies",
    )
    threat_report_stow_token: SecretStr | None = Field(None, description="bearer token for it")
    threat_report_dicom_host: str | None = Field(None, description="a DICOM node that gets them by C-STORE")
    threat_report_dicom_port: int = Field(104, ge=1, le=65535, description="its port")
    threat_report_dicom_ae_title: AeTitle = Field("ANY-SCP", description="its application entity title")
    threat_report_dicom_tls: bool = Field(False, description="speak TLS with it")
    threat_report_authorities: Path | None = Field(
        None, description="authorities that sign receivers' certificates, PEM; none: the machine's own list"
    )
    threat_report_allow_plain: bool = Field(False, description="without TLS, send to other machines too")

    @property
    def nomenclature_file(self) -> Path:
        """The codes of the Harmonized System, once they are imported."""
        return self.data_dir / "harmonized_system.csv"

    @field_validator("database_url")
    @classmethod
    def _is_postgresql(cls, url: SecretStr | None) -> SecretStr | None:
        if url is not None:
            database_address(url.get_secret_value())
        return url

    @property
    def database_address(self) -> URL:
        """Where the database is: SQLite in the data folder, whatever signs its name has, unless another is named.

        Raises `TallyscanError` where `database_url_file` cannot be read, or holds no address.
        """
        if self.database_url is not None:
            return database_address(self.database_url.get_secret_value())
        if self.database_url_file is None:
            return URL.create("sqlite", database=str(self.data_dir / "tallyscan.db"))
        try:
            return database_address(self.database_url_file.read_text(encoding="utf-8").strip())
        except (OSError, ValueError) as error:
            why = error.strerror if isinstance(error, OSError) else str(error)
            raise TallyscanError(
                f"database_url_file, {self.database_url_file}, cannot be used: {why}.",
                remedy="Put the address of the database into it, and nothing else.",
            ) from error

    @property
    def on_many_machines(self) -> bool:
        """Whether other machines may work on the same database."""
        return self.database_url is not None or self.database_url_file is not None


def database_address(url: str) -> URL:
    """The address of a PostgreSQL. Raises `ValueError`, which does not repeat it: it may hold a password."""
    try:
        address = make_url(url)
    except ArgumentError:
        address = None
    if address is None or address.get_backend_name() != "postgresql" or not address.database:
        raise ValueError("it is no address of a PostgreSQL: postgresql://user:password@host/name")
    return address
