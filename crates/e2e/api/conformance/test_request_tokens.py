"""Client request tokens: one wish, one meeting, however it is asked for."""

import json
import threading
import uuid

from service import REGION, send

from . import model
from .samples import SAMPLES
from .scene import ConformanceTest, filled

BOTH = ("CreateMeeting", "CreateMeetingWithAttendees")


class RequestTokens(ConformanceTest):
    def create(self, operation, token, region=REGION, **parameters):
        """Asks for a meeting, and returns it."""
        request = filled(SAMPLES[operation], {"$token": token}) | parameters
        answer = send(self.endpoint, *model.wire(operation, request), region=region)
        return self.check_success(operation, answer)["Meeting"]

    def test_token_means_one_meeting_in_any_mix_of_operations(self):
        for first in BOTH:
            for second in BOTH:
                with self.subTest(f"{first}, then {second}"):
                    token = str(uuid.uuid4())
                    self.assertEqual(self.create(first, token), self.create(second, token))

    def test_existing_meeting_wins_over_other_parameters(self):
        token = str(uuid.uuid4())
        made = self.create("CreateMeeting", token)
        other = {
            "ExternalMeetingId": "another name",
            "MediaRegion": "eu-central-1",
            "MeetingFeatures": {"Attendee": {"MaxCount": 7}},
            "TenantIds": ["tenant-b"],
        }
        self.assertEqual(self.create("CreateMeeting", token, **other), made)

    def test_attendees_of_a_repeated_call_are_the_same(self):
        request = filled(SAMPLES["CreateMeetingWithAttendees"], {"$token": str(uuid.uuid4())})
        answers = [self.ask("CreateMeetingWithAttendees", request).content for _ in range(2)]
        self.assertEqual(*answers)

    def test_token_of_an_ended_meeting_makes_another(self):
        for operation in BOTH:
            with self.subTest(operation):
                token = str(uuid.uuid4())
                first = self.create(operation, token)
                self.end(first["MeetingId"])
                self.assertNotEqual(self.create(operation, token)["MeetingId"], first["MeetingId"])

    def test_tokens_of_two_regions_are_two(self):
        token = str(uuid.uuid4())
        here = self.create("CreateMeeting", token)
        abroad = self.create("CreateMeeting", token, "eu-west-2")
        self.assertNotEqual(here["MeetingId"], abroad["MeetingId"])

    def test_concurrent_calls_make_one_meeting(self):
        token, made = str(uuid.uuid4()), []

        def ask(operation):
            request = filled(SAMPLES[operation], {"$token": token})
            made.append(self.ask(operation, request))

        threads = [threading.Thread(target=ask, args=[BOTH[number % 2]]) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual([answer.status_code for answer in made], [200] * 8)
        meetings = {json.loads(answer.content)["Meeting"]["MeetingId"] for answer in made}
        self.assertEqual(len(meetings), 1)
