"""Batches: who does not fit is named, everybody else is made, and the call succeeds."""

from .samples import EVERYTHING
from .scene import ConformanceTest

FITS, CONFLICTS = {"ExternalUserId": "alice"}, {"ExternalUserId": "bob", "Capabilities": EVERYTHING}
TWICE = [{"ExternalUserId": "alice"}, {"ExternalUserId": "carol"}, {"ExternalUserId": "alice"}]


class PartialFailures(ConformanceTest):
    def outcome(self, operation, answer):
        """Who was made, and who was not with which code."""
        body = self.check_success(operation, answer)
        for error in body["Errors"]:
            self.assertTrue(error["ErrorMessage"])
        made = [attendee["ExternalUserId"] for attendee in body["Attendees"]]
        return made, [(error["ExternalUserId"], error["ErrorCode"]) for error in body["Errors"]]

    def batch(self, attendees, **parameters):
        """Adds attendees to a meeting in which one is already."""
        meeting = self.scene(**parameters)["$meeting"]
        request = {"MeetingId": meeting, "Attendees": attendees}
        return self.outcome("BatchCreateAttendee", self.ask("BatchCreateAttendee", request))

    def together(self, attendees, **parameters):
        """Makes a meeting with attendees."""
        request = {
            "ClientRequestToken": "$token",
            "MediaRegion": "us-east-1",
            "ExternalMeetingId": "weekly",
            "Attendees": attendees,
        }
        answer = self.try_out("CreateMeetingWithAttendees", request | parameters)
        return self.outcome("CreateMeetingWithAttendees", answer)

    def test_whoever_is_beyond_the_number_of_attendees_is_named(self):
        users = [{"ExternalUserId": user} for user in ("alice", "bob", "carol")]
        limit = {"Attendee": {"MaxCount": 2}}
        limited = ("ResourceLimitExceeded",) * 2
        made, refused = self.batch(users, MeetingFeatures=limit)
        self.assertEqual((made, refused), (["alice"], list(zip(("bob", "carol"), limited))))
        made, refused = self.together(users, MeetingFeatures=limit)
        self.assertEqual((made, refused), (["alice", "bob"], list(zip(("carol",), limited))))

    def test_whoever_may_not_have_the_wished_capabilities_is_named(self):
        silent = {"Video": {"MaxResolution": "None"}}
        for way in (self.batch, self.together):
            with self.subTest(way.__name__):
                made, refused = way([FITS, CONFLICTS], MeetingFeatures=silent)
                self.assertEqual((made, refused), (["alice"], [("bob", "BadRequest")]))

    def test_nobody_may_fit_and_the_call_succeeds(self):
        silent = {"Video": {"MaxResolution": "None"}}
        made, refused = self.batch([CONFLICTS], MeetingFeatures=silent)
        self.assertEqual((made, refused), ([], [("bob", "BadRequest")]))

    def test_user_named_twice_is_one_attendee(self):
        for way in (self.batch, self.together):
            with self.subTest(way.__name__):
                self.assertEqual(way(TWICE), (["alice", "carol"], []))

    def test_user_who_is_there_already_is_returned_unchanged(self):
        scene = self.scene()
        again = {"ExternalUserId": "somebody", "Capabilities": EVERYTHING | {"Audio": "None"}}
        request = {"MeetingId": scene["$meeting"], "Attendees": [again, FITS]}
        body = self.carry_out("BatchCreateAttendee", request)
        self.assertEqual(body["Attendees"][0]["AttendeeId"], scene["$attendee"])
        self.assertEqual(body["Attendees"][0]["Capabilities"], EVERYTHING)
