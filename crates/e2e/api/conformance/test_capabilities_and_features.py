"""What attendees may be allowed: sixteen pairs of video and content, and what a meeting's features leave of them."""

import json
from itertools import product

from .samples import EVERYTHING, LISTENER
from .scene import ConformanceTest

WORDS = ("None", "Send", "Receive", "SendReceive")
# Content is received over the same path as video.
REFUSED = {(video, content) for video in ("None", "Send") for content in ("Receive", "SendReceive")}
MINIMAL = {
    "ClientRequestToken": "$token",
    "MediaRegion": "us-east-1",
    "ExternalMeetingId": "weekly",
}


def rights(audio, video, content):
    """Capabilities of the three words."""
    return {"Audio": audio, "Video": video, "Content": content}


def features(video, content):
    """Features with these greatest resolutions."""
    return {"Video": {"MaxResolution": video}, "Content": {"MaxResolution": content}}


def found_in(answer):
    """The capabilities of an answer's attendees."""
    body = json.loads(answer.content)
    return [attendee["Capabilities"] for attendee in body.get("Attendees", [body.get("Attendee")])]


class Matrix(ConformanceTest):
    def test_every_pair_of_video_and_content_is_taken_or_refused(self):
        scene = self.scene()
        meeting = {"MeetingId": scene["$meeting"]}
        attendee = {"AttendeeId": scene["$attendee"]}
        for number, (video, content) in enumerate(product(WORDS, WORDS)):
            wish = {"Capabilities": rights(WORDS[number % 4], video, content)}
            calls = {
                "CreateAttendee": meeting | {"ExternalUserId": f"user-{number}"} | wish,
                "BatchCreateAttendee": meeting
                | {"Attendees": [{"ExternalUserId": f"batch-{number}"} | wish]},
                "UpdateAttendeeCapabilities": meeting | attendee | wish,
            }
            for operation, request in calls.items():
                with self.subTest(f"{operation}: video {video}, content {content}"):
                    answer = self.ask(operation, request)
                    if (video, content) in REFUSED:
                        self.check_error(answer, "BadRequestException")
                    else:
                        self.check_success(operation, answer)
                        self.assertIn(wish["Capabilities"], found_in(answer))

    def test_refused_update_changes_nothing(self):
        scene = self.scene()
        both = {"MeetingId": scene["$meeting"], "AttendeeId": scene["$attendee"]}
        wrong = both | {"Capabilities": rights("None", "None", "Receive")}
        self.check_error(self.ask("UpdateAttendeeCapabilities", wrong), "BadRequestException")
        self.assertEqual(found_in(self.ask("GetAttendee", both)), [EVERYTHING])

    def test_update_to_what_is_already_allowed_succeeds(self):
        scene = self.scene()
        both = {"MeetingId": scene["$meeting"], "AttendeeId": scene["$attendee"]}
        for _ in range(2):
            answer = self.ask("UpdateAttendeeCapabilities", both | {"Capabilities": LISTENER})
            self.check_success("UpdateAttendeeCapabilities", answer)
            self.assertEqual(found_in(answer), [LISTENER])


class WithoutAMedium(ConformanceTest):
    def test_defaults_name_only_media_of_the_meeting(self):
        for video, content, expected in (
            ("HD", "FHD", EVERYTHING),
            ("None", "FHD", rights("SendReceive", "Receive", "SendReceive")),
            ("HD", "None", rights("SendReceive", "SendReceive", "None")),
            ("None", "None", rights("SendReceive", "None", "None")),
        ):
            with self.subTest(f"video {video}, content {content}"):
                scene = self.scene(MeetingFeatures=features(video, content))
                both = {"MeetingId": scene["$meeting"], "AttendeeId": scene["$attendee"]}
                self.assertEqual(found_in(self.ask("GetAttendee", both)), [expected])

    def test_media_that_the_meeting_lacks_are_not_allowed(self):
        for video, content, wish in (
            ("None", "FHD", rights("SendReceive", "Send", "None")),
            ("None", "FHD", rights("SendReceive", "Receive", "None")),
            ("None", "FHD", rights("SendReceive", "SendReceive", "None")),
            ("None", "FHD", EVERYTHING),
            ("HD", "None", rights("SendReceive", "SendReceive", "Send")),
            ("HD", "None", rights("SendReceive", "SendReceive", "Receive")),
            ("HD", "None", EVERYTHING),
            ("None", "None", rights("SendReceive", "None", "Send")),
            ("None", "None", LISTENER),
        ):
            scene = self.scene(MeetingFeatures=features(video, content))
            meeting = {"MeetingId": scene["$meeting"]}
            calls = {
                "CreateAttendee": meeting | {"ExternalUserId": "alice"},
                "UpdateAttendeeCapabilities": meeting | {"AttendeeId": scene["$attendee"]},
            }
            for operation, request in calls.items():
                with self.subTest(f"{operation}: video {video}, content {content}, {wish}"):
                    answer = self.ask(operation, request | {"Capabilities": wish})
                    self.check_error(answer, "BadRequestException")

    def test_what_the_meeting_has_is_allowed(self):
        for video, content, wish in (
            ("None", "FHD", rights("SendReceive", "None", "None")),
            ("None", "FHD", rights("None", "None", "Send")),
            # The implied default may be asked for.
            ("None", "FHD", rights("SendReceive", "Receive", "SendReceive")),
            ("HD", "None", rights("Send", "Receive", "None")),
            ("None", "None", rights("Receive", "None", "None")),
        ):
            with self.subTest(f"video {video}, content {content}, {wish}"):
                scene = self.scene(MeetingFeatures=features(video, content))
                request = {"MeetingId": scene["$meeting"], "ExternalUserId": "alice"}
                answer = self.ask("CreateAttendee", request | {"Capabilities": wish})
                self.check_success("CreateAttendee", answer)
                self.assertEqual(found_in(answer), [wish])


class HighDefinition(ConformanceTest):
    def test_high_definition_wants_a_small_number_of_attendees(self):
        full, ultra = {"Video": {"MaxResolution": "FHD"}}, {"Content": {"MaxResolution": "UHD"}}
        for name, wish in (("full", full), ("ultra", ultra), ("both", full | ultra)):
            for count, good in ((None, False), (1, True), (25, True), (26, False), (250, False)):
                with self.subTest(f"{name}: {count} attendees"):
                    limit = {"Attendee": {"MaxCount": count}} if count else {}
                    answer = self.try_out(
                        "CreateMeeting", MINIMAL | {"MeetingFeatures": wish | limit}
                    )
                    if good:
                        body = self.check_success("CreateMeeting", answer)
                        self.assertEqual(body["Meeting"]["MeetingFeatures"], wish | limit)
                    else:
                        message = self.check_error(answer, "BadRequestException")
                        self.assertIn("MaxCount", message)

    def test_features_are_echoed_as_they_were_requested(self):
        for wish in (
            {},
            {"Audio": {}},
            {"Audio": {"EchoReduction": "UNAVAILABLE"}},
            {"Video": {"MaxResolution": "HD"}, "Attendee": {"MaxCount": 250}},
            {"Content": {"MaxResolution": "None"}},
        ):
            with self.subTest(f"{wish}"):
                answer = self.try_out("CreateMeeting", MINIMAL | {"MeetingFeatures": wish})
                body = self.check_success("CreateMeeting", answer)
                self.assertEqual(body["Meeting"]["MeetingFeatures"], wish)

    def test_features_nobody_asked_for_are_not_echoed(self):
        body = self.check_success("CreateMeeting", self.try_out("CreateMeeting", MINIMAL))
        self.assertNotIn("MeetingFeatures", body["Meeting"])
