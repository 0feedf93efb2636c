"""Operations on attendees, by the model."""

from .constraints import Constraints
from .scene import ConformanceTest


class Attendees(Constraints, ConformanceTest):
    OPERATIONS = (
        "CreateAttendee",
        "BatchCreateAttendee",
        "GetAttendee",
        "ListAttendees",
        "DeleteAttendee",
        "UpdateAttendeeCapabilities",
    )
