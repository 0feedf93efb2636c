"""BatchUpdateAttendeeCapabilitiesExcept: by the model, and whom it reaches."""

from service import unknown_id

from .constraints import Constraints
from .samples import EVERYTHING, LISTENER
from .scene import ConformanceTest

OPERATION = "BatchUpdateAttendeeCapabilitiesExcept"


class EverybodyElseByTheModel(Constraints, ConformanceTest):
    OPERATIONS = (OPERATION,)


class EverybodyElse(ConformanceTest):
    def setUp(self):
        super().setUp()
        self.gather()

    def gather(self, **parameters):
        """Makes a meeting of three."""
        self.identity = self.scene(**parameters)["$meeting"]
        users = [{"ExternalUserId": user} for user in ("alice", "bob")]
        request = {"MeetingId": self.identity, "Attendees": users}
        self.carry_out("BatchCreateAttendee", request)
        self.attendees = {
            attendee["ExternalUserId"]: attendee["AttendeeId"]
            for attendee in self.listed()
        }

    def listed(self):
        """Everybody, in the order of creation."""
        return self.carry_out("ListAttendees", {"MeetingId": self.identity})["Attendees"]

    def update(self, capabilities, *excluded, meeting=None):
        """Sends the operation."""
        request = {
            "MeetingId": meeting or self.identity,
            "ExcludedAttendeeIds": [{"AttendeeId": identity} for identity in excluded],
            "Capabilities": capabilities,
        }
        return self.ask(OPERATION, request)

    def found(self):
        """What everybody may do."""
        return {attendee["ExternalUserId"]: attendee["Capabilities"] for attendee in self.listed()}

    def test_everybody_but_the_excluded_is_changed(self):
        excluded = (self.attendees["alice"], self.attendees["bob"])
        self.check_success(OPERATION, self.update(LISTENER, *excluded))
        expected = {"somebody": LISTENER, "alice": EVERYTHING, "bob": EVERYTHING}
        self.assertEqual(self.found(), expected)

    def test_everybody_may_be_excluded(self):
        self.check_success(OPERATION, self.update(LISTENER, *self.attendees.values()))
        self.assertEqual(list(self.found().values()), [EVERYTHING] * 3)

    def test_excluded_id_of_nobody_is_ignored(self):
        self.check_success(OPERATION, self.update(LISTENER, unknown_id()))
        self.assertEqual(list(self.found().values()), [LISTENER] * 3)

    def test_who_comes_later_is_not_changed(self):
        self.check_success(OPERATION, self.update(LISTENER, self.attendees["alice"]))
        request = {"MeetingId": self.identity, "ExternalUserId": "late"}
        self.carry_out("CreateAttendee", request)
        self.assertEqual(self.found()["late"], EVERYTHING)

    def test_content_is_not_received_without_video(self):
        wrong = EVERYTHING | {"Video": "Send"}
        answer = self.update(wrong, self.attendees["alice"])
        self.check_error(answer, "BadRequestException")
        self.assertEqual(list(self.found().values()), [EVERYTHING] * 3)

    def test_media_that_the_meeting_lacks_are_not_allowed(self):
        self.gather(MeetingFeatures={"Video": {"MaxResolution": "None"}})
        before = self.found()
        answer = self.update(EVERYTHING, self.attendees["alice"])
        self.check_error(answer, "BadRequestException")
        self.assertEqual(self.found(), before)

    def test_unknown_and_ended_meetings_are_not_found(self):
        answer = self.update(LISTENER, unknown_id(), meeting=unknown_id())
        self.check_error(answer, "NotFoundException")
        self.end(self.identity)
        message = self.check_error(self.update(LISTENER, unknown_id()), "NotFoundException")
        self.assertIn(self.identity, message)
