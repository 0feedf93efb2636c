"""Signatures: who may call, and what a refused caller learns."""

import datetime
import unittest
from unittest import mock

import botocore.auth
from botocore import UNSIGNED
from botocore.awsrequest import AWSRequest

from service import SECRET, SESSION, ServiceTest, client, unknown_id


class Signatures(ServiceTest):
    def denied(self, code, **changes):
        """Has a call refused before anything of it is looked at."""
        caller = client(self.endpoint, **changes)
        return self.refused(caller.get_meeting, code, 403, MeetingId=unknown_id())

    def test_wrong_secret_is_refused(self):
        message = self.denied("InvalidSignatureException", secret="another")
        self.assertNotIn(SECRET, message)

    def test_unknown_key_is_refused(self):
        self.denied("UnrecognizedClientException", key="nobody")

    def test_session_token_of_a_lasting_key_is_refused(self):
        self.denied("UnrecognizedClientException", token="stale")

    def test_unsigned_call_is_refused(self):
        self.denied("MissingAuthenticationTokenException", signature_version=UNSIGNED)

    def test_region_has_to_be_well_formed(self):
        message = self.denied("InvalidSignatureException", region="US-EAST-1")
        self.assertIn("region", message)

    def test_old_and_future_signatures_are_refused(self):
        for minutes, word in ((-20, "expired"), (20, "not yet current")):
            moment = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(
                minutes=minutes
            )
            with mock.patch.object(botocore.auth, "get_current_datetime", lambda: moment):
                self.assertIn(word, self.denied("InvalidSignatureException"))

    def test_clock_a_few_minutes_off_is_forgiven(self):
        moment = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(minutes=10)
        with mock.patch.object(botocore.auth, "get_current_datetime", lambda: moment):
            self.assertTrue(self.meeting()["MeetingId"])

    def test_presigned_url_is_good_for_what_it_names_and_nothing_else(self):
        identity = self.meeting()["MeetingId"]
        url = self.chime.generate_presigned_url("get_meeting", Params={"MeetingId": identity})
        other = url.replace(identity, self.meeting()["MeetingId"])
        for method, target, status in (
            ("GET", url, 200),
            ("GET", other, 403),
            ("DELETE", url, 403),
        ):
            with self.subTest(f"{method} {target}"):
                answer = SESSION.send(AWSRequest(method, target).prepare())
                self.assertEqual(answer.status_code, status)
                self.assertEqual(identity in answer.text, status == 200)

    def test_presigned_url_ends(self):
        moment = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(minutes=2)
        with mock.patch.object(botocore.auth, "get_current_datetime", lambda: moment):
            urls = [
                self.chime.generate_presigned_url(
                    "list_attendees", {"MeetingId": unknown_id()}, ExpiresIn=seconds
                )
                for seconds in (60, 3600)
            ]
        answers = [SESSION.send(AWSRequest("GET", url).prepare()) for url in urls]
        self.assertEqual([answer.status_code for answer in answers], [403, 404])
        self.assertIn("expired", answers[0].text)
