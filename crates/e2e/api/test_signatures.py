"""Signatures: who may call, and what a refused caller learns."""

import datetime
import unittest
from unittest import mock

import botocore.auth
from botocore import UNSIGNED

from service import SECRET, ServiceTest, client, unknown_id


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
            moment = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=minutes)
            with mock.patch.object(botocore.auth, "get_current_datetime", lambda: moment):
                self.assertIn(word, self.denied("InvalidSignatureException"))

    def test_clock_a_few_minutes_off_is_forgiven(self):
        moment = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(minutes=10)
        with mock.patch.object(botocore.auth, "get_current_datetime", lambda: moment):
            self.assertTrue(self.meeting()["MeetingId"])
