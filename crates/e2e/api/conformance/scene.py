"""A meeting with an attendee to try a request on, and what every answer has to be."""

import json
import uuid

from service import ACCOUNT, REGION, ServiceTest, send

from . import model

# What a structure of an answer may leave out: features that nobody asked for, the token behind the last page.
OPTIONAL = {
    "Meeting": {"MeetingFeatures"},
    "MeetingFeaturesConfiguration": {"Audio", "Video", "Content", "Attendee"},
    "AudioFeatures": {"EchoReduction"},
    "VideoFeatures": {"MaxResolution"},
    "ContentFeatures": {"MaxResolution"},
    "AttendeeFeatures": {"MaxCount"},
    "ListAttendeesResponse": {"NextToken"},
}

# After these, a scene is not what it was.
USE_UP = ("DeleteAttendee", "DeleteMeeting", "StopMeetingTranscription", "TagResource")


class ConformanceTest(ServiceTest):
    """Tests that send requests as they are written and look at answers as they arrive."""

    maxDiff = None

    def setUp(self):
        self._scene = None

    def scene(self, **parameters):
        """Makes a meeting and an attendee; the result is what placeholders stand for."""
        wish = {
            "ClientRequestToken": str(uuid.uuid4()),
            "MediaRegion": REGION,
            "ExternalMeetingId": "scene",
            "Attendees": [{"ExternalUserId": "somebody"}],
        }
        answer = self.ask("CreateMeetingWithAttendees", wish | parameters)
        self.assertEqual(answer.status_code, 200, answer.text)
        made = json.loads(answer.content)
        return {
            "$meeting": made["Meeting"]["MeetingId"],
            "$attendee": made["Attendees"][0]["AttendeeId"],
            "$arn": made["Meeting"]["MeetingArn"],
        }

    def end(self, meeting):
        """Ends a meeting, if it is still there: an account has no more than 250."""
        answer = self.ask("DeleteMeeting", {"MeetingId": meeting})
        self.assertIn(answer.status_code, (204, 404), answer.text)

    def ask(self, operation, request, ascii_only=True):
        """Sends a request as it is."""
        return send(self.endpoint, *model.wire(operation, request, ascii_only))

    def carry_out(self, operation, request):
        """Sends a request that has to succeed, and returns the body of its answer."""
        return self.check_success(operation, self.ask(operation, request))

    def try_out(self, operation, request, ascii_only=True):
        """Sends a request about the test's own scene, which is made anew once an operation has used it up."""
        if self._scene is None:
            self._scene = self.scene()
        token = {"$token": str(uuid.uuid4())}
        answer = self.ask(operation, filled(request, self._scene | token), ascii_only)
        if answer.status_code == 200 and operation.startswith("CreateMeeting"):
            self.end(json.loads(answer.content)["Meeting"]["MeetingId"])
        if operation in USE_UP and answer.status_code == model.ok_status(operation):
            self._scene = None
        return answer

    def check_success(self, operation, answer):
        """Checks everything about a success that the model says, and returns its body."""
        self.assertEqual(answer.status_code, model.ok_status(operation), answer.text)
        self.check_headers(answer)
        members = model.answer_members(operation)
        if not members:
            self.assertEqual(answer.content, b"")
            return {}
        self.assertEqual(answer.headers["Content-Type"], "application/json")
        body = json.loads(answer.content)
        self._check_members(model.OPERATIONS[operation].output_shape, body, operation)
        return body

    def check_error(self, answer, error, **members):
        """Checks everything about an error that SDKs read, and returns its message."""
        found = (answer.status_code, answer.headers.get("x-amzn-ErrorType"))
        self.assertEqual(found, (model.STATUS[error], error), answer.text)
        self.check_headers(answer)
        self.assertEqual(answer.headers["Content-Type"], "application/json")
        body = json.loads(answer.content)
        message = body.pop("Message")
        self.assertTrue(0 < len(message) <= 4096)
        request_id = answer.headers["x-amzn-RequestId"]
        expected = {"Code": model.CODE[error], "RequestId": request_id} | members
        self.assertEqual(body, expected)
        return message

    def check_headers(self, answer):
        """Checks what every answer carries."""
        self.assertRegex(answer.headers["x-amzn-RequestId"], "^[0-9a-f-]{36}$")
        self.assertRegex(answer.headers["Date"], " GMT$")

    def _check_members(self, shape, value, where):
        """Checks that a body has the members of the model and no other, of the right types."""
        if value is None:
            return
        if shape.type_name == "list":
            self.assertIsInstance(value, list, where)
            for entry in value:
                self._check_members(shape.member, entry, where)
        elif shape.type_name == "structure":
            self.assertIsInstance(value, dict, where)
            absent = set(shape.members) - set(value)
            self.assertLessEqual(absent, OPTIONAL.get(shape.name, set()), where)
            self.assertLessEqual(set(value), set(shape.members), where)
            for name, inner in value.items():
                self._check_members(shape.members[name], inner, name)
        else:
            types = {"string": str, "integer": int, "boolean": bool}
            self.assertIsInstance(value, types[shape.type_name], where)


def filled(value, scene):
    """Puts what a scene made in the place of what stands for it."""
    if isinstance(value, dict):
        return {name: filled(inner, scene) for name, inner in value.items()}
    if isinstance(value, list):
        return [filled(entry, scene) for entry in value]
    return scene.get(value, value) if isinstance(value, str) else value


def arn(meeting, region=REGION, account=ACCOUNT):
    """The resource name of a meeting."""
    return f"arn:aws:chime:{region}:{account}:meeting/{meeting}"
