"""Meetings: created once a token, echoed, found, ended."""

import json

from botocore.exceptions import ConnectionClosedError
from botocore.httpsession import URLLib3Session

from service import ACCOUNT, REGION, ServiceTest, client, unknown_id


class Meetings(ServiceTest):
    def test_created_meeting_says_where_to_go(self):
        meeting = self.meeting(ExternalMeetingId="standup", MeetingHostId="host-1")
        identity = meeting["MeetingId"]
        self.assertEqual(meeting["ExternalMeetingId"], "standup")
        self.assertEqual(meeting["MeetingHostId"], "host-1")
        self.assertEqual(meeting["MediaRegion"], REGION)
        arn = f"arn:aws:chime:{REGION}:{ACCOUNT}:meeting/{identity}"
        self.assertEqual(meeting["MeetingArn"], arn)
        placement = meeting["MediaPlacement"]
        for name in ("AudioHostUrl", "AudioFallbackUrl", "SignalingUrl", "TurnControlUrl"):
            self.assertTrue(placement[name], name)
        self.assertIn(identity, placement["SignalingUrl"])

    def test_found_meeting_is_the_created_one(self):
        meeting = self.meeting()
        found = self.chime.get_meeting(MeetingId=meeting["MeetingId"])
        self.assertEqual(found["Meeting"], meeting)
        self.assertTrue(found["ResponseMetadata"]["RequestId"])
        self.assertEqual(
            found["ResponseMetadata"]["HTTPHeaders"]["content-type"], "application/json"
        )

    def test_token_means_one_meeting(self):
        first = self.meeting(ClientRequestToken="wish-1")
        self.assertEqual(self.meeting(ClientRequestToken="wish-1"), first)
        other = self.meeting(ClientRequestToken="wish-2")
        self.assertNotEqual(other["MeetingId"], first["MeetingId"])
        self.assertNotEqual(self.meeting()["MeetingId"], self.meeting()["MeetingId"])

    def test_call_repeated_after_a_lost_answer_makes_one_meeting(self):
        chime, made = client(self.endpoint, attempts=2), []

        def lose_the_first_answer(request, **_):
            if not made:
                answer = json.loads(URLLib3Session().send(request).content)
                made.append(answer["Meeting"]["MeetingId"])
                raise ConnectionClosedError(endpoint_url=self.endpoint)

        event = "before-send.chime-sdk-meetings.CreateMeeting"
        chime.meta.events.register(event, lose_the_first_answer)
        answer = chime.create_meeting(MediaRegion=REGION, ExternalMeetingId="weekly")
        self.assertEqual(answer["ResponseMetadata"]["RetryAttempts"], 1)
        self.assertEqual([answer["Meeting"]["MeetingId"]], made)

    def test_token_of_an_ended_meeting_is_free_again(self):
        first = self.meeting(ClientRequestToken="again")
        self.chime.delete_meeting(MeetingId=first["MeetingId"])
        second = self.meeting(ClientRequestToken="again")
        self.assertNotEqual(second["MeetingId"], first["MeetingId"])

    def test_deleted_meeting_is_gone(self):
        identity = self.meeting()["MeetingId"]
        answer = self.chime.delete_meeting(MeetingId=identity)
        self.assertEqual(answer["ResponseMetadata"]["HTTPStatusCode"], 204)
        for call in (self.chime.get_meeting, self.chime.delete_meeting, self.chime.list_attendees):
            message = self.refused(call, "NotFoundException", 404, MeetingId=identity)
            self.assertIn(identity, message)

    def test_features_are_echoed(self):
        features = {
            "Audio": {"EchoReduction": "AVAILABLE"},
            "Video": {"MaxResolution": "FHD"},
            "Content": {"MaxResolution": "UHD"},
            "Attendee": {"MaxCount": 20},
        }
        self.assertEqual(self.meeting(MeetingFeatures=features)["MeetingFeatures"], features)

    def test_tenants_tags_and_notifications_are_taken(self):
        meeting = self.meeting(
            TenantIds=["tenant-a", "tenant-b"],
            Tags=[{"Key": "team", "Value": "blue"}],
            NotificationsConfiguration={"SqsQueueArn": "arn:aws:sqs:us-east-1:1:queue"},
            MediaPlacementNetworkType="DualStack",
        )
        self.assertEqual(meeting["TenantIds"], ["tenant-a", "tenant-b"])

    def test_names_beyond_ascii_come_back_whole(self):
        name = "Réunion «été» #1"
        meeting = self.meeting(ExternalMeetingId=name)
        found = self.chime.get_meeting(MeetingId=meeting["MeetingId"])["Meeting"]
        self.assertEqual(found["ExternalMeetingId"], name)

    def test_meeting_with_attendees_is_made_in_one_call(self):
        answer = self.chime.create_meeting_with_attendees(
            ClientRequestToken="all-at-once",
            MediaRegion=REGION,
            ExternalMeetingId="weekly",
            Attendees=[{"ExternalUserId": "alice"}, {"ExternalUserId": "Zoë"}],
        )
        users = [attendee["ExternalUserId"] for attendee in answer["Attendees"]]
        self.assertEqual((users, answer["Errors"]), (["alice", "Zoë"], []))
        listed = self.chime.list_attendees(MeetingId=answer["Meeting"]["MeetingId"])
        self.assertEqual(listed["Attendees"], answer["Attendees"])

    def test_replica_is_refused_by_a_quota_of_none(self):
        primary = self.meeting()["MeetingId"]
        replica = {"PrimaryMeetingId": primary, "ClientRequestToken": "replica"}
        message = self.refused(self.meeting, "LimitExceededException", 400, **replica)
        self.assertIn("replica", message.lower())
        self.refused(self.meeting, "BadRequestException", 400, PrimaryMeetingId=unknown_id())

    def test_region_of_the_signature_stands_in_the_arn(self):
        abroad = client(self.endpoint, region="eu-central-1")
        meeting = abroad.create_meeting(
            ClientRequestToken="abroad", MediaRegion=REGION, ExternalMeetingId="weekly"
        )["Meeting"]
        self.assertIn(":eu-central-1:", meeting["MeetingArn"])
        here = self.meeting(ClientRequestToken="abroad")
        self.assertNotEqual(here["MeetingId"], meeting["MeetingId"])
        self.assertIn(f":{REGION}:", here["MeetingArn"])

    def test_broken_constraints_are_named(self):
        broken = {
            "externalMeetingId": {"ExternalMeetingId": "AWS:reserved"},
            "mediaRegion": {"MediaRegion": "x" * 65},
            "clientRequestToken": {"ClientRequestToken": "white space"},
            "tenantIds": {"TenantIds": ["aaaa"]},
            "meetingFeatures": {"MeetingFeatures": {"Attendee": {"MaxCount": 251}}},
            "mediaPlacementNetworkType": {"MediaPlacementNetworkType": "Carrier"},
        }
        for member, parameters in broken.items():
            with self.subTest(member):
                message = self.refused(self.meeting, "BadRequestException", 400, **parameters)
                self.assertIn(member, message)

    def test_names_outside_the_documented_alphabet_are_refused(self):
        self.refused(self.meeting, "BadRequestException", 400, ExternalMeetingId="会議室")
