from collections.abc import Iterator
from contextlib import closing

import pytest
from sqlalchemy import make_url

from tallyscan.store.turn import AdvisoryTurn
from tests.postgresql import Postgresql, needs_postgresql
from tests.store.test_postgresql import end_all_connections

pytestmark = needs_postgresql()


@pytest.fixture
def url(postgresql: Postgresql) -> Iterator[str]:
    with postgresql.database() as made:
        yield made


def test_one_has_the_turn_and_another_gets_it_when_that_ends(url: str) -> None:
    with closing(AdvisoryTurn(make_url(url), "relay file")) as second:
        with closing(AdvisoryTurn(make_url(url), "relay file")) as first:
            assert [first.is_mine(), second.is_mine(), first.is_mine()] == [True, False, True]
            with closing(AdvisoryTurn(make_url(url), "relay webhook")) as other:
                assert other.is_mine()
        assert second.is_mine()


def test_whoever_loses_the_connection_loses_the_turn_and_may_get_it_again(url: str) -> None:
    with (
        closing(AdvisoryTurn(make_url(url), "upkeep")) as first,
        closing(AdvisoryTurn(make_url(url), "upkeep")) as second,
    ):
        assert first.is_mine()
        end_all_connections(url)
        assert second.is_mine()
        assert not first.is_mine()  # it finds its connection broken
        assert not first.is_mine()
        end_all_connections(url)
        assert not second.is_mine()
        assert not first.is_mine()
        assert first.is_mine()
