"""Transcription on a service without an engine: what is valid gets as far as that, and nothing else does."""

from .scene import ConformanceTest
from .transcription import START, VALID, TranscriptionRows, TranscriptionRules

NO_ENGINE = "no transcription engine is configured"


class TranscriptionByTheModel(TranscriptionRows, ConformanceTest):
    def check_valid(self, operation, row):
        answer = self.try_out(operation, row.request)
        if row.member == "meetingId" and answer.status_code == 404:
            self.check_error(answer, "NotFoundException")
        else:
            message = self.check_error(answer, "UnprocessableEntityException")
            self.assertIn(NO_ENGINE, message.lower())


class Transcription(TranscriptionRules, ConformanceTest):
    def test_valid_configurations_want_an_engine(self):
        meeting = self.scene()["$meeting"]
        for name, configuration in VALID.items():
            with self.subTest(name):
                answer = self.start(meeting, configuration)
                message = self.check_error(answer, "UnprocessableEntityException")
                self.assertIn(NO_ENGINE, message.lower())
