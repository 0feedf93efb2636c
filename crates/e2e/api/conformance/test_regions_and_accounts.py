"""Regions by their names, and accounts that know nothing of each other."""

import os
import tempfile
import unittest
import uuid

from service import BINARY, REGION, Service, client, send

from . import model
from .samples import SAMPLES
from .scene import ConformanceTest, arn, filled

MEDIA_REGIONS = """
    af-south-1 ap-northeast-1 ap-northeast-2 ap-south-1 ap-southeast-1 ap-southeast-2 ca-central-1 eu-central-1
    eu-north-1 eu-south-1 eu-west-1 eu-west-2 eu-west-3 sa-east-1 us-east-1 us-east-2 us-west-1 us-west-2
    us-gov-east-1 us-gov-west-1
""".split()
CONTROL_REGIONS = """
    af-south-1 ap-northeast-1 ap-northeast-2 ap-south-1 ap-southeast-1 ap-southeast-2 ca-central-1 eu-central-1
    eu-west-2 il-central-1 us-east-1 us-west-2 us-gov-east-1 us-gov-west-1
""".split()
ACCOUNTS = {"alpha": "111111111111", "beta": "222222222222"}
CONFIG = "\n".join(
    f'[[keys]]\naccess-key = "{key}"\nsecret-key = "{key}-secret"\naccount = "{account}"\n'
    for key, account in ACCOUNTS.items()
)


class Regions(ConformanceTest):
    def test_media_regions_of_the_original_service_are_taken_and_echoed(self):
        for region in MEDIA_REGIONS:
            with self.subTest(region):
                answer = self.try_out(
                    "CreateMeeting", SAMPLES["CreateMeeting"] | {"MediaRegion": region}
                )
                body = self.check_success("CreateMeeting", answer)
                self.assertEqual(body["Meeting"]["MediaRegion"], region)

    def test_media_region_that_nobody_serves_is_refused(self):
        for region in ("us-east-9", "US-EAST-1", "basement", " us-east-1"):
            with self.subTest(region):
                answer = self.try_out(
                    "CreateMeeting", SAMPLES["CreateMeeting"] | {"MediaRegion": region}
                )
                self.assertIn(region, self.check_error(answer, "BadRequestException"))

    def test_control_region_is_that_of_the_signature(self):
        for region in CONTROL_REGIONS:
            with self.subTest(region):
                request = filled(SAMPLES["CreateMeeting"], {"$token": str(uuid.uuid4())})
                answer = send(self.endpoint, *model.wire("CreateMeeting", request), region=region)
                meeting = self.check_success("CreateMeeting", answer)["Meeting"]
                self.assertEqual(meeting["MeetingArn"], arn(meeting["MeetingId"], region))
                self.assertEqual(meeting["MediaRegion"], REGION)


@unittest.skipUnless(BINARY, "a service that someone else started has keys of its own")
class Accounts(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "carillon.toml")
            with open(path, "w", encoding="utf-8") as file:
                file.write(CONFIG)
            service = Service(config=path)
        cls.addClassCleanup(service.close)
        cls.clients = {
            key: client(service.endpoint, key=key, secret=f"{key}-secret") for key in ACCOUNTS
        }

    def create(self, key, token):
        """Makes a meeting with the key of an account."""
        wish = {"MediaRegion": REGION, "ExternalMeetingId": "weekly", "ClientRequestToken": token}
        return self.clients[key].create_meeting(**wish)["Meeting"]

    def test_meeting_carries_the_account_of_its_key(self):
        for key, account in ACCOUNTS.items():
            with self.subTest(key):
                meeting = self.create(key, f"own-{key}")
                self.assertEqual(meeting["MeetingArn"], arn(meeting["MeetingId"], account=account))

    def test_token_of_one_account_is_not_that_of_another(self):
        first, second = (self.create(key, "shared")["MeetingId"] for key in ACCOUNTS)
        self.assertNotEqual(first, second)

    def test_meetings_of_another_account_are_not_found(self):
        identity = {"MeetingId": self.create("alpha", "mine")["MeetingId"]}
        stranger = self.clients["beta"]
        calls = {
            "GetMeeting": lambda: stranger.get_meeting(**identity),
            "DeleteMeeting": lambda: stranger.delete_meeting(**identity),
            "ListAttendees": lambda: stranger.list_attendees(**identity),
            "CreateAttendee": lambda: stranger.create_attendee(**identity, ExternalUserId="eve"),
            "BatchCreateAttendee": lambda: stranger.batch_create_attendee(
                **identity, Attendees=[{"ExternalUserId": "eve"}]
            ),
        }
        for operation, call in calls.items():
            with self.subTest(operation), self.assertRaises(stranger.exceptions.NotFoundException):
                call()
        self.assertTrue(self.clients["alpha"].get_meeting(**identity)["Meeting"])
