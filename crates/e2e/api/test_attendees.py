"""Attendees: created once a user, listed in pages, changed, removed."""

from service import ServiceTest, unknown_id

ALL = {"Audio": "SendReceive", "Video": "SendReceive", "Content": "SendReceive"}
LISTENER = {"Audio": "Receive", "Video": "Receive", "Content": "Receive"}


class Attendees(ServiceTest):
    def test_created_attendee_may_do_everything_and_is_found(self):
        meeting = self.meeting()
        attendee = self.attendee(meeting, "Zoë Müller")
        self.assertEqual(attendee["ExternalUserId"], "Zoë Müller")
        self.assertEqual(attendee["Capabilities"], ALL)
        self.assertGreaterEqual(len(attendee["JoinToken"]), 16)
        found = self.chime.get_attendee(
            MeetingId=meeting["MeetingId"], AttendeeId=attendee["AttendeeId"]
        )
        self.assertEqual(found["Attendee"], attendee)

    def test_user_is_one_attendee_of_a_meeting(self):
        meeting = self.meeting()
        first = self.attendee(meeting)
        self.assertEqual(self.attendee(meeting, Capabilities=LISTENER), first)
        elsewhere = self.attendee(self.meeting())
        self.assertNotEqual(elsewhere["AttendeeId"], first["AttendeeId"])

    def test_deleted_attendee_is_gone(self):
        meeting = self.meeting()
        both = {
            "MeetingId": meeting["MeetingId"],
            "AttendeeId": self.attendee(meeting)["AttendeeId"],
        }
        answer = self.chime.delete_attendee(**both)
        self.assertEqual(answer["ResponseMetadata"]["HTTPStatusCode"], 204)
        for call in (self.chime.get_attendee, self.chime.delete_attendee):
            self.refused(call, "NotFoundException", 404, **both)

    def test_attendee_of_an_unknown_meeting_is_not_found(self):
        identity = unknown_id()
        self.refused(
            self.chime.create_attendee,
            "NotFoundException",
            404,
            MeetingId=identity,
            ExternalUserId="alice",
        )
        self.refused(
            self.chime.batch_create_attendee,
            "NotFoundException",
            404,
            MeetingId=identity,
            Attendees=[{"ExternalUserId": "alice"}],
        )

    def test_pages_hold_everyone_once_in_order(self):
        identity = self.meeting()["MeetingId"]
        users = [f"user-{number:02}" for number in range(25)]
        created = self.chime.batch_create_attendee(
            MeetingId=identity, Attendees=[{"ExternalUserId": user} for user in users]
        )
        self.assertEqual(created["Errors"], [])
        listed, pages, more = [], 0, {}
        while True:
            page = self.chime.list_attendees(MeetingId=identity, MaxResults=10, **more)
            listed += page["Attendees"]
            pages += 1
            if not page.get("NextToken"):
                break
            more = {"NextToken": page["NextToken"]}
        self.assertEqual(pages, 3)
        self.assertEqual(listed, created["Attendees"])
        self.assertEqual([attendee["ExternalUserId"] for attendee in listed], users)

    def test_pages_are_bounded_and_tokens_checked(self):
        identity = self.meeting()["MeetingId"]
        for parameters in ({"MaxResults": 101}, {"NextToken": "a/b+c="}):
            self.refused(
                self.chime.list_attendees,
                "BadRequestException",
                400,
                MeetingId=identity,
                **parameters,
            )

    def test_batch_reports_who_did_not_fit(self):
        meeting = self.meeting(MeetingFeatures={"Attendee": {"MaxCount": 2}})
        answer = self.chime.batch_create_attendee(
            MeetingId=meeting["MeetingId"],
            Attendees=[{"ExternalUserId": user} for user in ("alice", "bob", "carol")],
        )
        users = [attendee["ExternalUserId"] for attendee in answer["Attendees"]]
        self.assertEqual(users, ["alice", "bob"])
        (error,) = answer["Errors"]
        self.assertEqual(error["ExternalUserId"], "carol")
        self.assertTrue(error["ErrorCode"] and error["ErrorMessage"])
        self.refused(self.attendee, "LimitExceededException", 400, meeting=meeting, user="dave")
        self.attendee(meeting, "bob")

    def test_capabilities_are_changed(self):
        meeting = self.meeting()
        attendee = self.attendee(meeting)
        both = {"MeetingId": meeting["MeetingId"], "AttendeeId": attendee["AttendeeId"]}
        changed = self.chime.update_attendee_capabilities(**both, Capabilities=LISTENER)
        self.assertEqual(changed["Attendee"], attendee | {"Capabilities": LISTENER})
        self.assertEqual(self.chime.get_attendee(**both)["Attendee"], changed["Attendee"])

    def test_content_is_not_received_without_video(self):
        meeting = self.meeting()
        wrong = {"Audio": "SendReceive", "Video": "Send", "Content": "Receive"}
        self.refused(
            self.attendee, "BadRequestException", 400, meeting=meeting, Capabilities=wrong
        )
        self.refused(
            self.chime.update_attendee_capabilities,
            "BadRequestException",
            400,
            MeetingId=meeting["MeetingId"],
            AttendeeId=self.attendee(meeting)["AttendeeId"],
            Capabilities=wrong,
        )

    def test_broken_constraints_are_named(self):
        meeting = self.meeting()
        message = self.refused(
            self.attendee, "BadRequestException", 400, meeting=meeting, user="aws:me"
        )
        self.assertIn("externalUserId", message)
        message = self.refused(
            self.chime.batch_create_attendee,
            "BadRequestException",
            400,
            MeetingId=meeting["MeetingId"],
            Attendees=[{"ExternalUserId": f"user-{number}"} for number in range(101)],
        )
        self.assertIn("attendees", message)
