"""Where the parts of a declaration are, in the formats that differ: shipped with defaults, replaced line by line."""

import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from lxml import etree
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from tallyscan.errors import TallyscanError, wrong_fields

MOST_BYTES = 16_000_000
"""About what 9,999 goods items take in the longest of the formats."""


def _is_xpath(path: str) -> str:
    try:
        etree.XPath(path)
    except etree.XPathError as error:
        raise ValueError(f"{path!r} is no XPath: {error}") from error
    return path


XPath = Annotated[str, AfterValidator(_is_xpath)]
Place = XPath | tuple[XPath | tuple[XPath, ...], ...]
"""An XPath, or alternatives of which the first with a text counts; an alternative of several joins them."""


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ContainerPlaces(_Table):
    """From the root to each container, then from there."""

    each: XPath
    number: Place
    size_and_type: Place
    item_number: Place
    empty_indicator: Place
    empty_values: tuple[str, ...]
    seals: Place


class ItemPlaces(_Table):
    """From the root to each goods item, then from there."""

    each: XPath
    description: Place
    commodity_code: Place
    gross_mass: Place
    net_mass: Place
    supplementary_units: Place
    number_of_packages: Place
    kind_of_packages: Place
    shipping_marks: Place
    country_of_origin: Place


class AsycudaPlaces(_Table):
    """Where a SAD has what; an MRN is mapped only where a country gives one."""

    roots: tuple[str, ...]
    lrn: Place
    mrn: Place = ()
    declaration_type: Place
    transport_document: Place
    border_means: Place
    border_mode: Place
    place_of_loading: Place
    country_of_dispatch: Place
    country_of_destination: Place
    customs_office: Place
    consignor_name: Place
    consignor_number: Place
    consignee_name: Place
    consignee_number: Place
    total_gross_mass: Place
    vehicles: Place
    vehicle_separators: str
    vehicle_nationality: Place
    vehicle_modes: tuple[str, ...]
    containers: ContainerPlaces
    items: ItemPlaces


class CsvColumns(_Table):
    """The names that each column may have."""

    lrn: tuple[str, ...]
    mrn: tuple[str, ...]
    declaration_type: tuple[str, ...]
    ucr: tuple[str, ...]
    transport_document: tuple[str, ...]
    place_of_loading: tuple[str, ...]
    consignor: tuple[str, ...]
    consignor_number: tuple[str, ...]
    consignee: tuple[str, ...]
    consignee_number: tuple[str, ...]
    country_of_dispatch: tuple[str, ...]
    country_of_destination: tuple[str, ...]
    total_gross_mass: tuple[str, ...]
    container: tuple[str, ...]
    container_size_and_type: tuple[str, ...]
    container_packed_status: tuple[str, ...]
    seals: tuple[str, ...]
    vehicle: tuple[str, ...]
    trailer: tuple[str, ...]
    nationality: tuple[str, ...]
    customs_office: tuple[str, ...]
    expected_at: tuple[str, ...]
    item_number: tuple[str, ...]
    description: tuple[str, ...]
    commodity_code: tuple[str, ...]
    gross_mass: tuple[str, ...]
    net_mass: tuple[str, ...]
    supplementary_units: tuple[str, ...]
    number_of_packages: tuple[str, ...]
    kind_of_packages: tuple[str, ...]
    shipping_marks: tuple[str, ...]
    un_number: tuple[str, ...]
    country_of_origin: tuple[str, ...]


class CsvShape(_Table):
    """How a manifest is written, where it does not say so itself."""

    delimiter: Literal["", ",", ";", "\t", "|"]
    decimal: Literal["", ".", ","]
    encoding: str
    separators: str = Field(min_length=1)
    columns: CsvColumns


class Mappings(_Table):
    """Everything that mapping a declaration needs to know; a document of more than `most_bytes` is refused."""

    asycuda: AsycudaPlaces
    csv: CsvShape
    most_bytes: int = Field(MOST_BYTES, gt=0)


def load_mappings(path: Path | None = None, most_bytes: int = MOST_BYTES) -> Mappings:
    """The shipped mappings, with the lines of the file at `path` in their place. Raises `TallyscanError`."""
    shipped = tomllib.loads(Path(__file__).with_name("mappings.toml").read_text(encoding="utf-8"))
    try:
        own = tomllib.loads(path.read_text(encoding="utf-8")) if path is not None else {}
        return Mappings.model_validate({**_replaced(shipped, own), "most_bytes": most_bytes})
    except ValidationError as error:
        wrong = wrong_fields(error)
    except (OSError, ValueError) as error:
        wrong = str(error)
    raise TallyscanError(
        f"The mappings of declarations in {path} are wrong: {wrong}.", remedy="Correct the file."
    )


def _replaced(shipped: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    both = {key: own[key] for key in own}
    for key, value in shipped.items():
        inner = both.get(key)
        if isinstance(value, dict) and isinstance(inner, dict):
            both[key] = _replaced(value, inner)
        else:
            both.setdefault(key, value)
    return both
