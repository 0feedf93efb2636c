"""Events: an unmodified boto3 makes meetings, and a plain web server hears of them."""

import hashlib
import hmac
import http.server
import json
import queue
import tempfile
import threading
import time
import unittest

from service import ACCOUNT, BINARY, KEY, REGION, SECRET, Service, client

SHARED = "shared by the service and its receiver"
QUEUE = "arn:aws:sqs:us-east-1:111122223333:calls"
CONFIG = """
[[keys]]
access-key = "{key}"
secret-key = "{secret}"
account = "{account}"

[events]
default = "backend"
strict-targets = true

[events.targets.backend]
kind = "webhook"
url = "http://127.0.0.1:{port}/events"
secret = "{shared}"
arns = ["{queue}"]

[throttle]
enabled = false
"""


def verified(secret, header, body, tolerance=300):
    """What docs/events.md tells receivers to do."""
    fields = dict(field.split("=", 1) for field in header.split(","))
    proof = hmac.new(secret.encode(), fields["t"].encode() + b"." + body, hashlib.sha256)
    fresh = abs(time.time() - int(fields["t"])) <= tolerance
    return fresh and hmac.compare_digest(proof.hexdigest(), fields["v1"])


class Receiver(http.server.ThreadingHTTPServer):
    """Takes events and keeps them, but for those of the meeting of a name that it refuses."""

    def __init__(self, port=0):
        super().__init__(("127.0.0.1", port), Handler)
        self.told = queue.Queue()
        self.refused = None
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def close(self):
        """Takes nothing any more; to be called again for nothing."""
        self.shutdown()
        self.server_close()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        name = json.loads(body)["detail"]["externalMeetingId"]
        if name == self.server.refused:
            self.send_response(500)
            self.send_header("content-length", "0")
        else:
            self.server.told.put((self.headers, body))
            self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


@unittest.skipUnless(BINARY, "a service that someone else started tells others")
class Events(unittest.TestCase):
    def setUp(self):
        data = tempfile.TemporaryDirectory()
        self.addCleanup(data.cleanup)
        self.data = data.name
        self.receive()
        config = tempfile.NamedTemporaryFile("w", suffix=".toml")
        self.addCleanup(config.close)
        port = self.receiver.server_address[1]
        config.write(
            CONFIG.format(
                key=KEY, secret=SECRET, account=ACCOUNT, port=port, shared=SHARED, queue=QUEUE
            )
        )
        config.flush()
        self.config = config.name
        self.start()

    def receive(self, port=0):
        self.receiver = Receiver(port)
        self.addCleanup(self.receiver.close)

    def start(self):
        self.service = Service(self.data, self.config)
        self.addCleanup(self.service.close)
        self.chime = client(self.service.endpoint)

    def next(self):
        headers, body = self.receiver.told.get(timeout=20)
        self.assertTrue(verified(SHARED, headers["carillon-signature"], body))
        self.assertFalse(verified("another secret", headers["carillon-signature"], body))
        self.assertFalse(verified(SHARED, headers["carillon-signature"], body + b" "))
        event = json.loads(body)
        self.assertEqual(headers["ce-id"], event["id"])
        return event

    def test_meeting_is_told_as_the_original_service_tells_it(self):
        made = self.chime.create_meeting_with_attendees(
            MediaRegion=REGION,
            ExternalMeetingId="weekly",
            NotificationsConfiguration={"SqsQueueArn": QUEUE},
            Attendees=[{"ExternalUserId": "alice"}],
        )
        meeting, alice = made["Meeting"]["MeetingId"], made["Attendees"][0]["AttendeeId"]
        capabilities = {"Audio": "SendReceive", "Video": "Receive", "Content": "None"}
        self.chime.update_attendee_capabilities(
            MeetingId=meeting, AttendeeId=alice, Capabilities=capabilities
        )
        self.chime.delete_attendee(MeetingId=meeting, AttendeeId=alice)
        self.chime.delete_meeting(MeetingId=meeting)
        attendee = {"attendeeId": alice, "externalUserId": "alice"}
        update = {
            "success": "1",
            "attendeeCapabilities": {"audio": "SendReceive", "video": "Receive", "content": "None"},
        }
        for detail in [
            {"eventType": "chime:MeetingStarted"},
            {"eventType": "chime:AttendeeAdded"} | attendee,
            {"eventType": "chime:AttendeeCapabilitiesUpdated"} | attendee | update,
            {"eventType": "chime:AttendeeDeleted"} | attendee,
            {"eventType": "chime:MeetingEnded"},
        ]:
            event = self.next()
            timestamp = event["detail"]["timestamp"]
            self.assertLess(abs(time.time() * 1000 - timestamp), 60_000)
            seconds = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(timestamp // 1000))
            expected = {
                "version": "0",
                "id": event["id"],
                "detail-type": "Chime Meeting State Change",
                "source": "aws.chime",
                "account": ACCOUNT,
                "time": f"{seconds}.{timestamp % 1000:03}Z",
                "region": REGION,
                "resources": [],
                "detail": {
                    "version": "0",
                    "timestamp": timestamp,
                    "meetingId": meeting,
                    "externalMeetingId": "weekly",
                    "mediaRegion": REGION,
                }
                | detail,
            }
            self.assertEqual(event, expected)

    def test_queue_that_nobody_configured_is_refused(self):
        with self.assertRaises(self.chime.exceptions.BadRequestException) as caught:
            self.chime.create_meeting(
                MediaRegion=REGION,
                ExternalMeetingId="weekly",
                NotificationsConfiguration={"SqsQueueArn": QUEUE + "-elsewhere"},
            )
        self.assertIn(QUEUE + "-elsewhere", str(caught.exception))

    def test_meeting_whose_events_are_not_taken_holds_up_no_other(self):
        self.receiver.refused = "refused"

        def create(name):
            made = self.chime.create_meeting(MediaRegion=REGION, ExternalMeetingId=name)
            return made["Meeting"]["MeetingId"]

        refused = create("refused")
        # More than there are lanes, so that some share the lane of the one that is refused.
        made = {create("weekly") for _ in range(20)}
        self.assertEqual({self.next()["detail"]["meetingId"] for _ in made}, made)
        self.receiver.refused = None
        self.assertEqual(self.next()["detail"]["meetingId"], refused)

    def test_whatever_was_acknowledged_is_told_although_the_process_was_killed(self):
        port = self.receiver.server_address[1]
        self.receiver.close()
        wish = {"MediaRegion": REGION, "ExternalMeetingId": "weekly"}
        made = [self.chime.create_meeting(**wish)["Meeting"]["MeetingId"] for _ in range(5)]
        self.service.kill()
        self.receive(port)
        self.start()
        # Different meetings are told in any order.
        told = {self.next()["detail"]["meetingId"] for _ in made}
        self.assertEqual(told, set(made))
