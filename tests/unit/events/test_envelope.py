from uuid import UUID, uuid5

from hypothesis import given
from hypothesis import strategies as st

from libs.events.envelope import EVENT_NAMESPACE, event_id, event_id_text


@given(matter=st.uuids(), version=st.integers(1, 2**31 - 1))
def test_an_event_id_is_the_uuid5_of_stream_and_version(matter: UUID, version: int) -> None:
    expected = uuid5(EVENT_NAMESPACE, f"case-{matter}@{version}")
    assert event_id(f"case-{matter}", version) == expected
    assert event_id_text(f"case-{matter}", version) == str(expected)
