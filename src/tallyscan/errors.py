"""Every error that Tallyscan raises on purpose.

TallyscanError
├── InputError               what was sent cannot be used: quarantine it, with its bytes and the reason
│   ├── UnsupportedFormat    no decoder recognises the bytes
│   ├── CorruptScan          a decoder recognised them and could not finish
│   ├── IncompleteScan       a file of the scan did not come
│   ├── TooLarge             more pixels or bytes than are accepted
│   ├── NotCalibrated        physical units were asked for and the calibration is missing or contradictory
│   ├── InvalidSidecar       the scanner's JSON beside the image is not what its schema says
│   ├── InvalidDeclaration   the declaration is not what its schema says
│   ├── InvalidRiskProfile   the expression of a risk profile cannot be judged
│   └── InvalidEvent         an event of a crossing point is not what its type says
├── NotFound                 no such scan, consignment or profile
│   └── Deleted              it was here, and was deleted by retention or erasure
├── Conflict                 it was changed meanwhile, or it exists with other content
│   └── Claimed              somebody else reads the scan now: again in a while
├── NotSignedIn              nobody says who asks, or what they say does not hold
│   └── SignInFailed         what came back from the provider lets nobody in
├── Forbidden                whoever asks may not do that
│   └── StaleToken           the page that asks has the token of another session
├── TooManyRequests          more than one caller may ask for; again in a while
│   ├── TooManyAttempts      too many wrong passwords
│   └── TooManyScans         as many scans wait to be read as may
├── Unavailable              something outside does not answer; try again later
│   ├── StoreAway            the service's own store of bytes: what waits to be read waits for it
│   └── NoRoom               the disk is too full for anything that comes
├── Undeliverable            a receiver of events refuses one for good; a person must look
└── ModelContractError       the model and its card do not fit together: the model is refused

Each edge (HTTP, worker, command line) maps these to its own answers in one table.
"""

from typing import ClassVar, Literal

from pydantic import ValidationError


class TallyscanError(Exception):
    """Something went wrong in Tallyscan.

    `detail` says what was wrong with this input, `remedy` what the sender can do about it.
    """

    code: ClassVar[str] = "internal"
    title: ClassVar[str] = "Something went wrong in Tallyscan"

    def __init__(self, detail: str = "", *, remedy: str = "") -> None:
        self.detail = detail or self.title
        self.remedy = remedy
        super().__init__(self.reason)

    @property
    def reason(self) -> str:
        """One line for a person: what was wrong and what to do."""
        return f"{self.detail} {self.remedy}".strip()


class InputError(TallyscanError):
    """What was sent cannot be used."""

    code = "input"
    title = "What was sent cannot be used"


class UnsupportedFormat(InputError):
    """No decoder recognises these bytes."""

    code = "unsupported_format"
    title = "No decoder recognises these bytes"


class CorruptScan(InputError):
    """The image was recognised but cannot be decoded completely."""

    code = "corrupt_scan"
    title = "The image was recognised but cannot be decoded completely"


class IncompleteScan(InputError):
    """A file of the scan did not come."""

    code = "incomplete_scan"
    title = "A file of the scan did not come"


class TooLarge(InputError):
    """There are more pixels or bytes than are accepted."""

    code = "too_large"
    title = "There are more pixels or bytes than are accepted"


class NotCalibrated(InputError):
    """The counts cannot be turned into transmission."""

    code = "not_calibrated"
    title = "The counts cannot be turned into transmission"


class InvalidSidecar(InputError):
    """The sidecar does not follow its schema."""

    code = "invalid_sidecar"
    title = "The sidecar does not follow its schema"


class InvalidDeclaration(InputError):
    """The declaration does not follow its schema."""

    code = "invalid_declaration"
    title = "The declaration does not follow its schema"


class InvalidRiskProfile(InputError):
    """The expression of a risk profile cannot be judged."""

    code = "invalid_risk_profile"
    title = "The expression of a risk profile cannot be judged"


class InvalidEvent(InputError):
    """An event of a crossing point is not what its type says."""

    code = "invalid_event"
    title = "The event is not what its type says"


class NotFound(TallyscanError):
    """There is no such thing here."""

    code = "not_found"
    title = "There is no such thing here"


class Deleted(NotFound):
    """It was here, and was deleted by retention or erasure."""

    code = "deleted"
    title = "It was deleted"


class Conflict(TallyscanError):
    """It was changed meanwhile, or it exists with other content."""

    code = "conflict"
    title = "It was changed meanwhile, or it exists with other content"


class Claimed(Conflict):
    """Somebody else reads the scan now: again when they have decided or left it."""

    code = "claimed"
    title = "Somebody else reads the scan now"


class NotSignedIn(TallyscanError):
    """Nobody says who asks, or what they say does not hold."""

    code = "not_signed_in"
    title = "Nobody is signed in"


WhyNot = Literal["expired", "denied", "provider", "token", "strength", "groups", "disabled", "often"]
"""Why somebody who came back from the provider is not let in, for the page that says so."""


class SignInFailed(NotSignedIn):
    """What came back from the provider lets nobody in; `why` is in one word."""

    code = "sign_in_failed"
    title = "Nobody was signed in by the provider"

    def __init__(self, why: WhyNot, detail: str, *, remedy: str = "") -> None:
        super().__init__(detail, remedy=remedy)
        self.why: WhyNot = why


class Forbidden(TallyscanError):
    """Whoever asks may not do that."""

    code = "forbidden"
    title = "This is not allowed"


class StaleToken(Forbidden):
    """The page that asks has the token of another session than the browser: ask for the session anew."""

    code = "stale_token"
    title = "The token is not that of the session"


class TooManyRequests(TallyscanError):
    """Too much is asked for at once; `retry_after_seconds` from now the next one is looked at."""

    code = "too_many_requests"
    title = "Too many requests"

    def __init__(self, detail: str = "", *, remedy: str = "", retry_after_seconds: int) -> None:
        super().__init__(detail, remedy=remedy)
        self.retry_after_seconds = retry_after_seconds


class TooManyScans(TooManyRequests):
    """As many scans wait to be read as may; `retry_after_seconds` from now there should be a place."""

    code = "too_many_scans"
    title = "As many scans wait to be read as may"


class TooManyAttempts(TooManyRequests):
    """Too many wrong passwords."""

    code = "too_many_attempts"
    title = "Too many wrong passwords"


class Unavailable(TallyscanError):
    """Something outside Tallyscan does not answer; try again later."""

    code = "unavailable"
    title = "Something outside Tallyscan does not answer"


class StoreAway(Unavailable):
    """The service's own store of bytes does not answer: no fault of the scan, which waits for as long as it takes."""


class NoRoom(Unavailable):
    """The disk is too full for anything that comes; look again `retry_after_seconds` from now."""

    code = "no_room"
    title = "The disk is too full"

    def __init__(self, detail: str = "", *, remedy: str = "", retry_after_seconds: int) -> None:
        super().__init__(detail, remedy=remedy)
        self.retry_after_seconds = retry_after_seconds


class Undeliverable(TallyscanError):
    """A receiver refuses an event, and will refuse it again as it is."""

    code = "undeliverable"
    title = "A receiver refuses an event"


class ModelContractError(TallyscanError):
    """The model file and its card do not fit together."""

    code = "model_contract"
    title = "The model file and its card do not fit together"


def wrong_fields(error: ValidationError, most: int = 5) -> str:
    """The fields that a document has wrong and what is wrong with each, for a person: `pitch_mm.x: Input ...`."""
    items = error.errors(include_url=False, include_context=False, include_input=False)[:most]
    return "; ".join(f"{'.'.join(map(str, item['loc'])) or 'document'}: {item['msg']}" for item in items)
