"""Requests that the API does not take, down to the bytes."""

from service import ServiceTest, send, unknown_id

LARGEST_BODY = 256 * 1024


class Errors(ServiceTest):
    def answer(self, method, target, status, error, body=b""):
        """Sends a signed request, checks what every error answer carries, and returns the answer."""
        answer = send(self.endpoint, method, target, body)
        self.assertEqual((answer.status_code, answer.headers["x-amzn-ErrorType"]), (status, error))
        self.assertEqual(answer.headers["Content-Type"], "application/json")
        self.assertTrue(answer.headers["Date"])
        self.assertIn(answer.headers["x-amzn-RequestId"], answer.text)
        return answer

    def test_unknown_paths_methods_and_operations_are_typed(self):
        self.answer("GET", "/meetings/x/y/z", 404, "UnknownOperationException")
        wrong_method = self.answer("PATCH", "/meetings", 405, "MethodNotAllowedException")
        self.assertEqual(wrong_method.headers["Allow"], "POST")
        answer = self.answer("POST", "/meetings?operation=dance", 400, "BadRequestException")
        self.assertIn("dance", answer.text)

    def test_malformed_ids_are_named(self):
        answer = self.answer("GET", "/meetings/123", 400, "BadRequestException")
        self.assertIn("meetingId", answer.text)

    def test_malformed_bodies_are_explained(self):
        nested = b'{"Tags":' + b"[" * 100_000
        for body in (b"", b"{", b"[]", b'{"ExternalMeetingId":7}', b'"\xff"', nested):
            with self.subTest(body[:20]):
                self.answer("POST", "/meetings", 400, "BadRequestException", body)

    def test_body_may_be_large_and_not_larger(self):
        padded = b"{}" + b" " * (LARGEST_BODY - 2)
        self.answer("POST", "/meetings", 400, "BadRequestException", padded)
        self.answer("POST", "/meetings", 413, "RequestEntityTooLargeException", padded + b" ")

    def test_query_parameter_given_twice_is_refused(self):
        target = f"/meetings/{unknown_id()}/attendees?max-results=1&max-results=2"
        self.answer("GET", target, 400, "BadRequestException")
