"""The service's own operations against the document that describes them: requests that it allows and others."""

import json
import pathlib
import unittest

import schemathesis
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from service import KEY, REGION, SECRET, ServiceTest, send

DOCUMENT = pathlib.Path(__file__).parents[3] / "docs" / "openapi.json"
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
EXAMPLES = settings(
    max_examples=40,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


class Sign:
    """Signs what the requests library is about to send, as botocore does."""

    def __call__(self, request):
        body = request.body or b""
        signed = AWSRequest(request.method, request.url, data=body)
        SigV4Auth(Credentials(KEY, SECRET), "chime", REGION).add_auth(signed)
        request.headers.update(dict(signed.headers.items()))
        return request


class OpenApi(ServiceTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.schema = schemathesis.openapi.from_path(str(DOCUMENT))

    def test_served_document_is_the_documented_one(self):
        answer = send(self.endpoint, "GET", "/carillon/v1/openapi.json", sign=False)
        self.assertEqual(json.loads(answer.content), json.loads(DOCUMENT.read_text()))

    def test_every_operation_keeps_to_the_document(self):
        meeting = self.meeting()
        ids = {
            "MeetingId": meeting["MeetingId"],
            "AttendeeId": self.attendee(meeting)["AttendeeId"],
        }
        operations = [found.ok() for found in self.schema.get_all_operations()]
        self.assertGreater(len(operations), 8)
        for operation in operations:
            for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
                with self.subTest(operation=operation.label, mode=mode.value):
                    self.explore(operation, mode, ids)

    def explore(self, operation, mode, ids):
        """Sends what may and what may not be sent, half of it to a meeting that exists."""

        @EXAMPLES
        @given(case=operation.as_strategy(generation_mode=mode))
        def example(case):
            for known in (True, False):
                if known and case.path_parameters and mode is GenerationMode.POSITIVE:
                    case.path_parameters.update(
                        {name: ids[name] for name in case.path_parameters if name in ids}
                    )
                case.call_and_validate(base_url=self.endpoint, auth=Sign(), checks=CHECKS)

        example()


if __name__ == "__main__":
    unittest.main()
