"""A disk that is full, really: a small tmpfs in a mount namespace of the service's own. Linux; run by `cargo xtask chaos`."""

import os
import tempfile
import unittest

import botocore.exceptions

from service import REGION, Service, client

# The database and its log have about 600 KiB; a filler keeps some more until it is taken away.
SIZE, FILLER = "2m", 1_400
PEOPLE = [{"ExternalUserId": f"person-{number}"} for number in range(20)]


class FullDisk(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.data = folder.name
        mount = (
            f"mount -t tmpfs -o size={SIZE} tmpfs {self.data} && "
            f"dd if=/dev/zero of={self.data}/filler bs=1024 count={FILLER} status=none && "
            f'exec "$@"'
        )
        self.service = Service(self.data, around=["unshare", "-rm", "sh", "-c", mount, "sh"])
        self.addCleanup(self.service.close)
        self.chime = client(self.service.endpoint)

    def create(self, number):
        answer = self.chime.create_meeting_with_attendees(
            ClientRequestToken=f"token-{number}",
            MediaRegion=REGION,
            ExternalMeetingId="full",
            Attendees=PEOPLE,
        )
        return answer["Meeting"], answer["Attendees"]

    def fill(self):
        """Makes meetings until there is no room, and returns those that were acknowledged."""
        acknowledged = []
        for number in range(240):
            try:
                acknowledged.append(self.create(number))
            except botocore.exceptions.ClientError as refused:
                return acknowledged, refused.response
        self.fail("the disk never filled")

    def compare(self, acknowledged):
        for meeting, attendees in acknowledged:
            identity = meeting["MeetingId"]
            self.assertEqual(self.chime.get_meeting(MeetingId=identity)["Meeting"], meeting)
            listed = self.chime.list_attendees(MeetingId=identity)["Attendees"]
            self.assertEqual(listed, attendees)

    def test_full_disk_refuses_whole_changes_and_heals_when_there_is_room(self):
        acknowledged, refused = self.fill()
        self.assertGreater(len(acknowledged), 5)
        self.assertEqual(refused["Error"]["Code"], "ServiceUnavailableException")
        self.assertEqual(refused["ResponseMetadata"]["HTTPStatusCode"], 503)
        self.assertIn("retry-after", refused["ResponseMetadata"]["HTTPHeaders"])
        self.compare(acknowledged)

        os.remove(f"/proc/{self.service.process.pid}/root{self.data}/filler")
        later = self.create(len(acknowledged))
        self.compare([*acknowledged, later])


if __name__ == "__main__":
    unittest.main()
