"""The AWS CLI, told of the endpoint by its environment; in this process, as starting it takes most of its time."""

import contextlib
import io
import json
import os
import unittest
from unittest import mock

from awscli.clidriver import create_clidriver
from botocore import xform_name

from service import ENGINE, KEY, REGION, SECRET, unknown_id

from conformance import model
from conformance.samples import SAMPLES
from conformance.scene import ConformanceTest, filled

ENDPOINT = "AWS_ENDPOINT_URL_CHIME_SDK_MEETINGS"
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": KEY,
    "AWS_SECRET_ACCESS_KEY": SECRET,
    "AWS_DEFAULT_REGION": REGION,
    "AWS_MAX_ATTEMPTS": "1",
    # Nothing of whoever runs the tests.
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
}
START = "StartMeetingTranscription"
TAGS = [{"Key": f"key-{number}", "Value": "x"} for number in range(50)]

with open(os.path.join(os.path.dirname(__file__), "operations.json"), encoding="utf-8") as file:
    ROWS = json.load(file)


class CommandLine(ConformanceTest):
    FLAGS = ENGINE

    def perform(self, operation, request):
        """Does what the program does with its arguments: its exit code, what it prints and complains of."""
        arguments = ["chime-sdk-meetings", xform_name(operation, "-"), "--output", "json"]
        arguments += ["--cli-input-json", json.dumps(request)]
        printed, complaint = io.StringIO(), io.StringIO()
        with (
            mock.patch.dict(os.environ, ENVIRONMENT | {ENDPOINT: self.endpoint}),
            contextlib.redirect_stdout(printed),
            contextlib.redirect_stderr(complaint),
        ):
            code = create_clidriver().main(arguments)
        return code, printed.getvalue(), complaint.getvalue()

    def filled(self, request):
        """Makes what the placeholders stand for: a meeting with an attendee, one that is full, one that is transcribed."""
        scene = self.scene()
        full = self.scene(Tags=TAGS, MeetingFeatures={"Attendee": {"MaxCount": 1}})
        transcribed = self.scene()
        self.carry_out(START, filled(SAMPLES[START], transcribed))
        unknown = unknown_id()
        scene |= {
            "$full": full["$meeting"],
            "$full_arn": full["$arn"],
            "$transcribed": transcribed["$meeting"],
            "$unknown": unknown,
            "$unknown_arn": scene["$arn"].replace(scene["$meeting"], unknown),
            "$token": unknown,
        }
        return filled(request, scene)

    def test_every_operation_succeeds_with_the_members_of_its_answer(self):
        for row in ROWS:
            with self.subTest(row["operation"]):
                request = self.filled(row["success"]["request"])
                code, printed, complaint = self.perform(row["operation"], request)
                self.assertEqual((code, complaint), (0, ""))
                answer = json.loads(printed) if printed else {}
                self.assertLessEqual(set(row["success"]["answer"]), set(answer))

    def test_every_operation_fails_with_an_error_of_its_model(self):
        for row in ROWS:
            with self.subTest(row["operation"]):
                failure = row["failure"]
                request = self.filled(failure["request"])
                code, printed, complaint = self.perform(row["operation"], request)
                self.assertEqual((code, printed), (255, ""))
                error = f"({failure['error']}) when calling the {row['operation']} operation"
                self.assertIn(error, complaint)


class Rows(unittest.TestCase):
    def test_rows_are_of_the_model(self):
        for row in ROWS:
            with self.subTest(row["operation"]):
                failure, operation = row["failure"], row["operation"]
                self.assertIn(failure["error"], model.errors(operation))
                self.assertEqual(failure["status"], model.STATUS[failure["error"]])
                members = set(row["success"]["answer"])
                self.assertLessEqual(members, model.answer_members(operation))

    def test_rows_are_of_every_operation(self):
        self.assertEqual(sorted(row["operation"] for row in ROWS), sorted(model.OPERATIONS))
