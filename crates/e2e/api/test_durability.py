"""Durability: what was acknowledged is there after the process was killed."""

import tempfile
import threading
import unittest

import botocore.exceptions

from service import BINARY, REGION, Service, client


@unittest.skipUnless(BINARY, "a service that someone else started must not be killed")
class Durability(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.data = folder.name

    def start(self):
        service = Service(self.data)
        self.addCleanup(service.log.close)
        self.addCleanup(service.kill)
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


def _lasting(meeting):
    """Leaves out the placement, because the restarted service listens on other ports."""
    return {name: value for name, value in meeting.items() if name != "MediaPlacement"}
