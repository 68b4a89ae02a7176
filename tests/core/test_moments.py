"""Moments that nobody alive can mean are refused before any zone is reckoned with."""

from datetime import UTC, datetime

import pytest
from pydantic import TypeAdapter, ValidationError

from patrol.core.moments import Local, Moment


@pytest.mark.parametrize("kind", [Local, Moment])
@pytest.mark.parametrize(
    "text", ["0001-01-01T00:00:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"]
)
def test_a_moment_out_of_our_time_is_refused(kind, text):
    with pytest.raises(ValidationError):
        TypeAdapter(kind).validate_python(text)


def test_a_moment_of_a_phone_without_a_zone_is_utc():
    told = TypeAdapter(Moment).validate_python("2026-11-06T02:00:00")

    assert told == datetime(2026, 11, 6, 2, tzinfo=UTC)


def test_a_moment_of_a_form_keeps_being_local():
    assert TypeAdapter(Local).validate_python("2026-11-06T10:00").tzinfo is None
