"""The service under test, and unmodified boto3 clients for it.

`CARILLON_BIN` names the program to start; `CARILLON_ENDPOINT` names a service that already runs, and leaves out
the tests that have to kill it.
"""

import contextlib
import json
import os
import queue
import subprocess
import tempfile
import threading
import unittest
import uuid

import boto3
import botocore.exceptions
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.httpsession import URLLib3Session

BINARY = os.environ.get("CARILLON_BIN")
ENDPOINT = os.environ.get("CARILLON_ENDPOINT")
KEY, SECRET, ACCOUNT = "devkey", "devsecret", "000000000000"
REGION = "us-east-1"
SESSION = URLLib3Session()
# Flags of a service that transcribes, with a script for an engine.
ENGINE = ("--transcription-script", os.path.join(os.path.dirname(__file__), "script.json"))
MODELLED = {
    "BadRequestException",
    "ForbiddenException",
    "LimitExceededException",
    "NotFoundException",
    "ResourceNotFoundException",
    "TooManyTagsException",
    "UnprocessableEntityException",
}


class Service:
    """One process of the service; it listens on ports of its own choice."""

    def __init__(self, data=None, config=None, flags=(), around=()):
        self.log = tempfile.TemporaryFile("w+")
        access = ["--config", config] if config else ["--dev"]
        ports = ["--listen", "127.0.0.1:0", "--media", "127.0.0.1:0"]
        self.process = subprocess.Popen(
            [*around, BINARY, "serve", *access, *ports, *flags]
            + (["--data", data] if data else []),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self.log,
            text=True,
        )
        line = self.process.stdout.readline()
        ready = json.loads(line) if line else {}
        if not ready.get("ready"):
            self.kill()
            self.log.seek(0)
            raise RuntimeError(f"the service did not start: {line!r}\n{self.log.read()}")
        self.endpoint = ready["api"]

    def printed(self):
        """Reads what it prints from then on, which events may be told to: a queue of lines."""
        lines = queue.Queue()

        def read():
            with contextlib.suppress(ValueError):  # closed meanwhile
                for line in self.process.stdout:
                    lines.put(line)

        threading.Thread(target=read, daemon=True).start()
        return lines

    def kill(self):
        """Ends the process at once, as a power cut would."""
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def close(self):
        """Ends the process and forgets what it said."""
        self.kill()
        self.log.close()


def client(
    endpoint, region=REGION, key=KEY, secret=SECRET, token=None, attempts=1, verify=None, **config
):
    """Makes a boto3 client that repeats no call unless told to."""
    return boto3.session.Session().client(
        "chime-sdk-meetings",
        endpoint_url=endpoint,
        region_name=region,
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        aws_session_token=token,
        verify=verify,
        config=Config(retries={"total_max_attempts": attempts}, **config),
    )


def send(endpoint, method, target, body=b"", sign=True, region=REGION):
    """Sends a request of any shape, signed by botocore, and returns the answer."""
    request = AWSRequest(method, endpoint + target, data=body)
    if sign:
        SigV4Auth(Credentials(KEY, SECRET), "chime", region).add_auth(request)
    return SESSION.send(request.prepare())


class ServiceTest(unittest.TestCase):
    """Tests of one service that lives as long as the class."""

    # What this service is told beyond what every one is.
    FLAGS = ()

    @classmethod
    def setUpClass(cls):
        cls.endpoint = ENDPOINT
        if cls.FLAGS and not BINARY:
            raise unittest.SkipTest("a service that someone else started has flags of its own")
        if cls.FLAGS or not ENDPOINT:
            cls.service = Service(flags=cls.FLAGS)
            cls.addClassCleanup(cls.service.close)
            cls.endpoint = cls.service.endpoint
        cls.chime = client(cls.endpoint)

    def refused(self, call, code, status, **parameters):
        """Makes a call that has to fail, checks all that SDKs read of it, and returns its message."""
        with self.assertRaises(botocore.exceptions.ClientError) as caught:
            call(**parameters)
        answer = caught.exception.response
        self.assertEqual(answer["Error"]["Code"], code)
        self.assertEqual(answer["ResponseMetadata"]["HTTPStatusCode"], status)
        self.assertTrue(answer["ResponseMetadata"]["RequestId"])
        if code in MODELLED:
            self.assertIsInstance(caught.exception, getattr(self.chime.exceptions, code))
            self.assertEqual(answer["RequestId"], answer["ResponseMetadata"]["RequestId"])
        self.assertTrue(answer["Error"]["Message"])
        return answer["Error"]["Message"]

    def meeting(self, **parameters):
        """Creates a meeting."""
        wish = {"MediaRegion": REGION, "ExternalMeetingId": "weekly"}
        return self.chime.create_meeting(**(wish | parameters))["Meeting"]

    def attendee(self, meeting, user="alice", **parameters):
        """Creates an attendee."""
        answer = self.chime.create_attendee(
            MeetingId=meeting["MeetingId"], ExternalUserId=user, **parameters
        )
        return answer["Attendee"]


def unknown_id():
    """Makes an id that the service never gave out."""
    return str(uuid.uuid4())
