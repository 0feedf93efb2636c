"""Every error of every operation: how it is provoked, and the exact form in which it arrives."""

from botocore import xform_name

from service import client, unknown_id

from . import model
from .samples import SAMPLES
from .scene import ConformanceTest, filled

HERE = (
    "CreateMeeting",
    "CreateMeetingWithAttendees",
    "GetMeeting",
    "DeleteMeeting",
    "CreateAttendee",
    "BatchCreateAttendee",
    "GetAttendee",
    "ListAttendees",
    "DeleteAttendee",
    "UpdateAttendeeCapabilities",
)
BEYOND_A_LIMIT = {"ExternalMeetingId": "x", "ExternalUserId": "x", "MaxResults": 0, "Attendees": []}

# What no caller can provoke from outside, and why.
OUT_OF_REACH = {
    "ConflictException": "changes queue up, so that none is in flight beside another",
    "ForbiddenException": "nobody is refused for good",
    "LimitExceededException": "limits have a class of their own; whom a batch has no place for is in its answer",
    "ServiceFailureException": "a broken store; the crates' own tests break one",
    "ServiceUnavailableException": "a full disk or queue; the crates' own tests fill one",
    "ThrottlingException": "a rate limit, which the program does not set; the API's own tests do",
    "UnauthorizedException": "a caller is told by the signature's errors what is wrong with it",
    "UnprocessableEntityException": "nothing of these operations depends on a meeting's state",
}


class Errors(ConformanceTest):
    def test_every_error_of_the_model_is_provoked_or_known_to_be_out_of_reach(self):
        provoked = {(operation, error) for operation, error, _ in self.rows()}
        for operation in HERE:
            for error in model.errors(operation):
                with self.subTest(f"{operation}: {error}"):
                    self.assertTrue((operation, error) in provoked or error in OUT_OF_REACH)

    def test_errors_have_the_status_the_type_and_the_members_of_the_model(self):
        scene = self.scene()
        for operation, error, request in self.rows():
            with self.subTest(f"{operation}: {error}"):
                self.assertIn(error, model.errors(operation))
                request = filled(request, scene | {"$token": unknown_id()})
                self.check_error(self.ask(operation, request), error)

    def test_errors_are_exceptions_of_the_client(self):
        scene = self.scene()
        chime = client(self.endpoint, parameter_validation=False)
        for operation, error, request in self.rows():
            with self.subTest(f"{operation}: {error}"):
                request = filled(request, scene | {"$token": unknown_id()})
                with self.assertRaises(getattr(chime.exceptions, error)) as caught:
                    getattr(chime, xform_name(operation))(**request)
                answer = caught.exception.response
                metadata = answer["ResponseMetadata"]
                self.assertEqual(metadata["HTTPStatusCode"], model.STATUS[error])
                self.assertEqual(answer["Error"]["Code"], error)
                self.assertEqual(answer["Code"], model.CODE[error])
                self.assertEqual(answer["RequestId"], metadata["RequestId"])

    def rows(self):
        """Operation, error, and the request that provokes it."""
        for operation in HERE:
            sample = SAMPLES[operation]
            for name in ("MeetingId", "AttendeeId"):
                if name in sample:
                    yield operation, "NotFoundException", sample | {name: unknown_id()}
                    yield operation, "BadRequestException", sample | {name: "1"}
            for name in sorted(sample.keys() & BEYOND_A_LIMIT.keys()):
                yield operation, "BadRequestException", sample | {name: BEYOND_A_LIMIT[name]}
            if "ClientRequestToken" in sample:
                yield operation, "BadRequestException", sample | {"PrimaryMeetingId": unknown_id()}


class AttendeeLimit(ConformanceTest):
    def test_meeting_beyond_its_number_of_attendees_takes_none(self):
        features = {"Attendee": {"MaxCount": 1}}
        scene = self.scene(MeetingFeatures=features)
        request = {"MeetingId": scene["$meeting"], "ExternalUserId": "one too many"}
        message = self.check_error(self.ask("CreateAttendee", request), "LimitExceededException")
        self.assertIn("1", message)
        self.ask(
            "DeleteAttendee", {"MeetingId": scene["$meeting"], "AttendeeId": scene["$attendee"]}
        )
        self.carry_out("CreateAttendee", request)


class MeetingLimit(ConformanceTest):
    def test_account_beyond_its_number_of_meetings_makes_none(self):
        scenes = [self.scene() for _ in range(250)]
        for operation in ("CreateMeeting", "CreateMeetingWithAttendees"):
            request = filled(SAMPLES[operation], {"$token": unknown_id()})
            message = self.check_error(self.ask(operation, request), "LimitExceededException")
            self.assertIn("250", message)
        self.end(scenes[0]["$meeting"])
        request = filled(SAMPLES["CreateMeeting"], {"$token": unknown_id()})
        self.carry_out("CreateMeeting", request)
