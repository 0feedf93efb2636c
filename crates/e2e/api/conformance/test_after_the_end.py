"""What is left of an ended meeting and of a deleted attendee: nothing, on every operation that takes one."""

from .samples import SAMPLES
from .scene import ConformanceTest, filled

ON_A_MEETING = (
    "GetMeeting",
    "DeleteMeeting",
    "CreateAttendee",
    "BatchCreateAttendee",
    "GetAttendee",
    "ListAttendees",
    "DeleteAttendee",
    "UpdateAttendeeCapabilities",
)
ON_AN_ATTENDEE = ("GetAttendee", "DeleteAttendee", "UpdateAttendeeCapabilities")


class AfterTheEnd(ConformanceTest):
    def check_gone(self, operations, scene, named):
        """Checks that operations do not find what a placeholder stands for, and name it."""
        for operation in operations:
            with self.subTest(operation):
                answer = self.ask(operation, filled(SAMPLES[operation], scene))
                message = self.check_error(answer, "NotFoundException")
                self.assertIn(scene[named], message)

    def test_ended_meeting_is_not_found(self):
        scene = self.scene()
        self.end(scene["$meeting"])
        self.check_gone(ON_A_MEETING, scene, "$meeting")

    def test_meeting_that_never_was_is_not_found(self):
        scene = {"$meeting": "01234567-89ab-4def-8123-456789abcdef"}
        scene["$attendee"] = scene["$meeting"]
        self.check_gone(ON_A_MEETING, scene, "$meeting")

    def test_deleted_attendee_is_not_found(self):
        scene = self.scene()
        self.ask("DeleteAttendee", filled(SAMPLES["DeleteAttendee"], scene))
        self.check_gone(ON_AN_ATTENDEE, scene, "$attendee")

    def test_attendee_of_another_meeting_is_not_found(self):
        scene = self.scene() | {"$attendee": self.scene()["$attendee"]}
        self.check_gone(ON_AN_ATTENDEE, scene, "$attendee")

    def test_attendee_created_again_is_another_one(self):
        scene = self.scene()
        self.ask("DeleteAttendee", filled(SAMPLES["DeleteAttendee"], scene))
        request = {"MeetingId": scene["$meeting"], "ExternalUserId": "somebody"}
        answer = self.carry_out("CreateAttendee", request)
        self.assertNotEqual(answer["Attendee"]["AttendeeId"], scene["$attendee"])
