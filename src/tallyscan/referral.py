"""To whom an officer refers a scan. The referral itself is a decision (`decision.py`)."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from tallyscan.statement import Comment, Part, Words

Authority = Literal["customs", "border_guard"]
OfficeName = Annotated[Words, Field(max_length=80)]


class ReferredTo(Part):
    """To whom, for what and until when."""

    office: OfficeName = Field(description="the office that is asked, by its code or name")
    authority: Authority | None = Field(None, description="whose office it is")
    purpose: Comment | None = Field(None, description="what is asked of it")
    answer_by: AwareDatetime | None = Field(None, description="until when an answer is needed")
