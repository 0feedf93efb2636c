"""The API over TLS, with a certificate of an authority of one's own."""

import os
import subprocess
import tempfile
import unittest

import botocore.exceptions

from service import BINARY, REGION, Service, client

FRESH = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]


class Certificate:
    """An authority that nobody knows, and a certificate of it for loopback."""

    def __init__(self, folder):
        self.folder = folder
        self.ca, self.cert, self.key = map(self.file, ["ca.pem", "cert.pem", "key.pem"])
        ca_key, request, rules = map(self.file, ["ca.key", "cert.csr", "rules"])
        with open(rules, "w") as out:
            out.write("subjectAltName=IP:127.0.0.1,DNS:localhost\n")
        days = ["-days", "1"]
        authority = [*FRESH, "-keyout", ca_key, "-out", self.ca, "-subj", "/CN=Test authority"]
        self.openssl("req", "-x509", *authority, *days)
        self.openssl("req", *FRESH, "-keyout", self.key, "-out", request, "-subj", "/CN=localhost")
        signing = ["-in", request, "-CA", self.ca, "-CAkey", ca_key, "-CAcreateserial"]
        self.openssl("x509", "-req", *signing, "-out", self.cert, *days, "-extfile", rules)

    def file(self, name):
        return os.path.join(self.folder, name)

    def openssl(self, *arguments):
        subprocess.run(["openssl", *arguments], check=True, capture_output=True)


@unittest.skipUnless(BINARY, "a service that someone else started has its own certificate")
class Tls(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.certificate = Certificate(folder.name)
        flags = ["--tls-cert", cls.certificate.cert, "--tls-key", cls.certificate.key]
        service = Service(flags=flags)
        cls.addClassCleanup(service.close)
        cls.endpoint = service.endpoint

    def test_whoever_trusts_the_authority_is_served(self):
        self.assertTrue(self.endpoint.startswith("https://127.0.0.1:"))
        chime = client(self.endpoint, verify=self.certificate.ca)
        meeting = chime.create_meeting(MediaRegion=REGION, ExternalMeetingId="secret")["Meeting"]
        placement = meeting["MediaPlacement"]
        self.assertTrue(placement["SignalingUrl"].startswith("wss://127.0.0.1:"))
        self.assertTrue(placement["EventIngestionUrl"].startswith("https://127.0.0.1:"))
        found = chime.get_meeting(MeetingId=meeting["MeetingId"])["Meeting"]
        self.assertEqual(found, meeting)

    def test_whoever_does_not_trust_it_sends_nothing(self):
        with self.assertRaises(botocore.exceptions.SSLError):
            client(self.endpoint).list_attendees(MeetingId="x" * 36)
