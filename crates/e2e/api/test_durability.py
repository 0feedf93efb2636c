"""Durability: what was acknowledged is there after the process was killed."""

import tempfile
import threading
import unittest

import botocore.exceptions

from service import BINARY, REGION, Service, client

KILLS = 100


@unittest.skipUnless(BINARY, "a service that someone else started must not be killed")
class Durability(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.data = folder.name

    def start(self):
        service = Service(self.data)
        self.addCleanup(service.close)
        return service, client(service.endpoint)

    def test_acknowledged_objects_outlive_the_process(self):
        service, chime = self.start()
        meeting = chime.create_meeting(
            ClientRequestToken="durable", MediaRegion=REGION, ExternalMeetingId="été"
        )["Meeting"]
        identity = meeting["MeetingId"]
        attendees = chime.batch_create_attendee(
            MeetingId=identity, Attendees=[{"ExternalUserId": "alice"}, {"ExternalUserId": "bob"}]
        )["Attendees"]
        chime.delete_attendee(MeetingId=identity, AttendeeId=attendees[1]["AttendeeId"])
        ended = chime.create_meeting(
            ClientRequestToken="ended", MediaRegion=REGION, ExternalMeetingId="ended"
        )["Meeting"]
        chime.delete_meeting(MeetingId=ended["MeetingId"])
        service.kill()

        _, chime = self.start()
        found = chime.get_meeting(MeetingId=identity)["Meeting"]
        self.assertEqual(_lasting(found), _lasting(meeting))
        listed = chime.list_attendees(MeetingId=identity)["Attendees"]
        self.assertEqual(listed, attendees[:1])
        with self.assertRaises(chime.exceptions.NotFoundException):
            chime.get_meeting(MeetingId=ended["MeetingId"])
        again = chime.create_meeting(
            ClientRequestToken="durable", MediaRegion=REGION, ExternalMeetingId="été"
        )["Meeting"]
        self.assertEqual(again, found)

    def test_process_killed_under_load_loses_nothing_acknowledged(self):
        service, chime = self.start()
        acknowledged, enough = [], threading.Event()

        def create():
            try:
                while True:
                    answer = chime.create_meeting_with_attendees(
                        MediaRegion=REGION,
                        ExternalMeetingId="busy",
                        Attendees=[{"ExternalUserId": "alice"}],
                    )
                    acknowledged.append((answer["Meeting"], answer["Attendees"]))
                    if len(acknowledged) >= 40:
                        enough.set()
            except (botocore.exceptions.ClientError, botocore.exceptions.HTTPClientError):
                enough.set()

        threads = [threading.Thread(target=create) for _ in range(4)]
        for thread in threads:
            thread.start()
        enough.wait()
        service.kill()
        for thread in threads:
            thread.join()
        self.assertGreaterEqual(len(acknowledged), 40)

        _, chime = self.start()
        for meeting, attendees in acknowledged:
            identity = meeting["MeetingId"]
            found = chime.get_meeting(MeetingId=identity)["Meeting"]
            self.assertEqual(_lasting(found), _lasting(meeting))
            listed = chime.list_attendees(MeetingId=identity)["Attendees"]
            self.assertEqual(listed, attendees)

    def test_a_hundred_kills_lose_nothing_acknowledged_and_halve_nothing(self):
        writers = []
        for kill in range(KILLS + 1):
            service, chime = self.start()
            for writer in writers:
                with self.subTest(kill=kill):
                    writer.compare(self, chime)
            writers = [Writer(chime, kill, number) for number in range(3)]
            for writer in writers:
                writer.start()
            writers[kill % 3].has_written.wait()
            service.kill()
            for writer in writers:
                writer.join()


class Writer(threading.Thread):
    """Makes meetings, tags and deletes them until the service is gone, and knows what was acknowledged."""

    def __init__(self, chime, kill, number):
        super().__init__()
        self.chime, self.name_ = chime, f"kill-{kill}-writer-{number}"
        # By its name: the tags of each meeting, or nothing once it is deleted.
        self.acknowledged = {}
        # The change on its way when the service went: the meeting, and its tags after it.
        self.pending = None
        self.has_written = threading.Event()

    def run(self):
        try:
            for turn in range(1_000):
                self.turn(turn)
                if turn == 1:
                    self.has_written.set()
        except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError):
            self.has_written.set()

    def turn(self, turn):
        made = self.chime.create_meeting(
            ClientRequestToken=f"{self.name_}-{turn}",
            MediaRegion=REGION,
            ExternalMeetingId="killed",
        )["Meeting"]
        arn, identity = made["MeetingArn"], made["MeetingId"]
        self.acknowledged[identity] = (arn, {})
        tags = {"turn": str(turn)}
        self.pending = identity, (arn, tags)
        self.chime.tag_resource(ResourceARN=arn, Tags=[{"Key": "turn", "Value": str(turn)}])
        self.acknowledged[identity] = (arn, tags)
        if turn % 2:
            self.pending = identity, None
            self.chime.delete_meeting(MeetingId=identity)
            self.acknowledged[identity] = None
        self.pending = None

    def compare(self, test, chime):
        """Compares what is there with what was acknowledged, and leaves nothing for the next round."""
        for identity, expected in self.acknowledged.items():
            found = self.look(chime, identity)
            possible = [expected]
            if self.pending and self.pending[0] == identity:
                possible.append(self.pending[1])
            test.assertIn(found, possible)
            if found:
                chime.delete_meeting(MeetingId=identity)

    @staticmethod
    def look(chime, identity):
        try:
            arn = chime.get_meeting(MeetingId=identity)["Meeting"]["MeetingArn"]
        except chime.exceptions.NotFoundException:
            return None
        tags = chime.list_tags_for_resource(ResourceARN=arn)["Tags"]
        return arn, {tag["Key"]: tag["Value"] for tag in tags}


def _lasting(meeting):
    """Leaves out the placement, because the restarted service listens on other ports."""
    return {name: value for name, value in meeting.items() if name != "MediaPlacement"}
