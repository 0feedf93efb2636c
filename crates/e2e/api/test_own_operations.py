"""Operations of the service's own, signed as the AWS SDK signs."""

import json

from service import ServiceTest, send, unknown_id


class OwnOperations(ServiceTest):
    def call(self, method, path, body=None):
        """Calls one, and returns the status and the answer."""
        data = b"" if body is None else json.dumps(body).encode()
        answer = send(self.endpoint, method, f"/carillon/v1/meetings/{path}", data)
        return answer.status_code, json.loads(answer.content)

    def test_message_to_nobody_is_refused_in_words(self):
        meeting = self.meeting()["MeetingId"]
        status, answer = self.call("POST", f"{meeting}/data-messages", {"Topic": "a", "Data": "b"})
        self.assertEqual((status, answer["Code"]), (422, "Unprocessable"))
        self.assertIn("nobody is connected", answer["Message"])
        status, _ = self.call("POST", f"{unknown_id()}/data-messages", {"Topic": "a", "Data": "b"})
        self.assertEqual(status, 404)

    def test_client_events_of_an_attendee_can_be_read(self):
        meeting = self.meeting()
        attendee = self.attendee(meeting)["AttendeeId"]
        path = f"{meeting['MeetingId']}/attendees/{attendee}/client-events"
        self.assertEqual(self.call("GET", path), (200, {"ClientEvents": [], "Measurements": None}))

    def test_unsigned_call_is_refused(self):
        path = f"/carillon/v1/meetings/{unknown_id()}/data-messages"
        self.assertEqual(send(self.endpoint, "POST", path, b"{}", sign=False).status_code, 403)
