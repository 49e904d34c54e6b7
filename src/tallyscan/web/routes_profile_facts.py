"""What an editor of risk profiles asks while somebody types: the facts that there are, and what is wrong."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Body, Query
from pydantic import Field

from tallyscan.risk_profile import MOST_SIGNS, Stage
from tallyscan.select.check_expression import what_is_wrong
from tallyscan.select.facts_offered import FactOffered, facts_offered
from tallyscan.statement import Part
from tallyscan.web.errors import problem_responses
from tallyscan.web.selection_examples import EXPRESSION_WRONG, FACTS
from tallyscan.web.service import ServiceDep
from tallyscan.web.small_body import SmallBodyRoute

router = APIRouter(prefix="/v1", tags=["risk profiles"], route_class=SmallBodyRoute)


@dataclass(frozen=True)
class FactList:
    """The facts of a stage, each after what it belongs to."""

    stage: Stage
    facts: tuple[FactOffered, ...]


class ExpressionTyped(Part):
    """An expression as far as it is written."""

    stage: Stage
    expression: Annotated[str, Field(max_length=MOST_SIGNS)]


@dataclass(frozen=True)
class WrongThere:
    """What is wrong, and from where to before where; lines and columns count from 1, the end is null where it is not
    known.
    """

    line: int
    column: int
    end_line: int | None
    end_column: int | None
    said: str


@dataclass(frozen=True)
class ExpressionChecked:
    """`wrong` is null where a draft with this expression would be taken."""

    wrong: WrongThere | None


@router.get(
    "/risk-profile-facts",
    responses={200: {"content": {"application/json": {"example": FACTS}}}, **problem_responses(422)},
)
def list_facts(service: ServiceDep, stage: Annotated[Stage, Query()]) -> FactList:
    """Every fact that a profile of that stage may ask of, with its type and meaning."""
    return FactList(stage, facts_offered(service.profiles.facts(stage)))


@router.post(
    "/risk-profile-check",
    responses={
        200: {"content": {"application/json": {"example": EXPRESSION_WRONG}}},
        **problem_responses(413, 422),
    },
)
def check(said: Annotated[ExpressionTyped, Body()], service: ServiceDep) -> ExpressionChecked:
    """The first thing that is wrong in an expression, with its place. Nothing is saved."""
    wrong = what_is_wrong(said.expression, service.profiles.facts(said.stage))
    if wrong is None:
        return ExpressionChecked(None)
    at = wrong.place
    return ExpressionChecked(WrongThere(at.line, at.column, at.end_line, at.end_column, wrong.said))
