"""Operations on meetings, by the model."""

from .constraints import Constraints
from .scene import ConformanceTest


class Meetings(Constraints, ConformanceTest):
    OPERATIONS = ("CreateMeeting", "CreateMeetingWithAttendees", "GetMeeting", "DeleteMeeting")
