"""Settings, from the environment (`TALLYSCAN_...`), built once at the start and passed down."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import URL

_PACKAGE = Path(__file__).parent


def _default_models_dir() -> Path:
    """The model in the wheel; in a checkout, the folder `models/` at its top."""
    packaged = _PACKAGE / "models"
    return packaged if packaged.is_dir() else _PACKAGE.parent.parent / "models"


class Settings(BaseSettings):
    """Every setting has a working default for one machine with nothing set up."""

    model_config = SettingsConfigDict(env_prefix="TALLYSCAN_", frozen=True, extra="ignore")

    data_dir: Path = Field(Path("tallyscan_data"), description="database, scan bytes, pictures and events")
    models_dir: Path = Field(default_factory=_default_models_dir, description="models and active.toml")
    profiles_dir: Path | None = Field(
        None, description="scanner profiles of the site, beside the built-in ones"
    )
    inbox_dir: Path | None = Field(None, description="a folder to watch for scans")
    inbox_quiet_seconds: float = Field(
        2.0, gt=0, description="a file is taken when it has not grown for so long"
    )
    host: str = Field("127.0.0.1", description="address to serve at")
    port: int = Field(8000, ge=0, le=65535, description="port to serve at")
    max_megapixels: float = Field(400, gt=0, description="a scan with as many megapixels or more is refused")
    max_megabytes: float = Field(512, gt=0, description="a scan with as many megabytes or more is refused")
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
    max_attempts: int = Field(5, ge=1, description="tries before a scan goes to the dead letters")
    join_window_days: float = Field(
        30,
        gt=0,
        description="a scan joins a declaration by its container number or plate within so many days",
    )
    event_source: str = Field("urn:tallyscan:local", description="who we are, in the events that go outside")

    @property
    def database_url(self) -> URL:
        """SQLite in the data folder, whatever signs its name has."""
        return URL.create("sqlite", database=str(self.data_dir / "tallyscan.db"))
