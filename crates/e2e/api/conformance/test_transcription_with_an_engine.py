"""Transcription on a service with an engine: it starts, goes on in another way, stops, and keeps its settings."""

import json

from service import ENGINE, REGION, send

from . import rows
from .samples import SAMPLES
from .scene import ConformanceTest, filled
from .transcription import START, STOP, VALID, TranscriptionRows, TranscriptionRules

# Longer than an event takes, however busy the machine is.
HANG = 60


class TranscriptionByTheModelWithAnEngine(TranscriptionRows, ConformanceTest):
    FLAGS = ENGINE

    def scene(self, **parameters):
        """Makes a meeting that is being transcribed, so that it can be stopped."""
        scene = super().scene(**parameters)
        self.carry_out(START, filled(SAMPLES[START], scene))
        return scene

    def check_valid(self, operation, row):
        super(TranscriptionRows, self).check_taken(operation, row)


class TranscriptionWithAnEngine(TranscriptionRules, ConformanceTest):
    FLAGS = ENGINE

    def setUp(self):
        super().setUp()
        self.identity = {"MeetingId": self.scene()["$meeting"]}

    def begin(self, configuration):
        """Starts, or goes on in another way."""
        answer = self.start(self.identity["MeetingId"], configuration)
        self.check_success(START, answer)

    def is_transcribed(self):
        """What the service's own operation says of the meeting."""
        answer = send(self.endpoint, "GET", f"/carillon/v1/meetings/{self.identity['MeetingId']}")
        return json.loads(answer.content)["Transcribing"]

    def test_every_valid_configuration_starts_and_stops(self):
        for name, configuration in VALID.items():
            with self.subTest(name):
                self.assertFalse(self.is_transcribed())
                self.begin(configuration)
                self.assertTrue(self.is_transcribed())
                self.carry_out(STOP, self.identity)
        self.assertFalse(self.is_transcribed())

    def test_what_was_started_twice_is_stopped_once(self):
        for configuration in VALID.values():
            self.begin(configuration)
        self.carry_out(STOP, self.identity)
        message = self.check_error(self.ask(STOP, self.identity), "UnprocessableEntityException")
        self.assertIn(self.identity["MeetingId"], message)

    def test_refused_configuration_changes_nothing(self):
        for is_transcribed in (False, True):
            with self.subTest(is_transcribed):
                answer = self.start(self.identity["MeetingId"], {})
                self.check_error(answer, "BadRequestException")
                self.assertEqual(self.is_transcribed(), is_transcribed)
                self.begin(VALID["fixed language"])

    def test_meeting_shows_nothing_of_it(self):
        before = self.carry_out("GetMeeting", self.identity)
        self.begin(VALID["fixed language"])
        self.assertEqual(self.carry_out("GetMeeting", self.identity), before)

    def test_meeting_that_is_transcribed_can_be_ended(self):
        self.begin(VALID["fixed language"])
        self.carry_out("DeleteMeeting", self.identity)
        self.check_error(self.ask(STOP, self.identity), "NotFoundException")


class KeptSettings(ConformanceTest):
    """The settings as the events of a start and of a stop have them."""

    FLAGS = (*ENGINE, "--events", "-")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.events = cls.service.printed()

    def told(self, event_type):
        """Waits for the next event of this type, and returns what it says of the engine."""
        while True:
            detail = json.loads(self.events.get(timeout=HANG))["detail"]
            if detail["eventType"] == f"chime:{event_type}":
                settings = json.loads(detail["transcriptionConfiguration"])
                return detail["transcriptionRegion"], settings

    def test_every_member_is_kept_as_it_was_given(self):
        for row in rows.inside(START):
            answer = self.try_out(START, row.request)
            if answer.status_code == 200:
                with self.subTest(row.name):
                    _, settings = self.told("TranscriptionStarted")
                    self.assertEqual(settings, row.request["TranscriptionConfiguration"])

    def test_latest_settings_are_those_that_are_stopped(self):
        scene = self.scene()
        for configuration in VALID.values():
            request = SAMPLES[START] | {"TranscriptionConfiguration": configuration}
            self.carry_out(START, filled(request, scene))
            self.assertEqual(self.told("TranscriptionStarted")[1], configuration)
        self.carry_out(STOP, filled(SAMPLES[STOP], scene))
        self.assertEqual(self.told("TranscriptionStopped")[1], list(VALID.values())[-1])

    def test_region_is_the_engines_or_else_the_meetings(self):
        for region, expected in (({}, REGION), ({"Region": "eu-west-2"}, "eu-west-2")):
            with self.subTest(expected):
                settings = {"LanguageCode": "en-US"} | region
                configuration = {"EngineTranscribeSettings": settings}
                request = SAMPLES[START] | {"TranscriptionConfiguration": configuration}
                self.carry_out(START, filled(request, self.scene()))
                self.assertEqual(self.told("TranscriptionStarted")[0], expected)
