"""One good request for each operation, with every member that does not exclude another.

`$meeting`, `$attendee` and `$arn` stand for what a scene made, `$token` for a request token that nobody used.
"""

from copy import deepcopy

# Content is off, so that each medium may be given any word without breaking the rule between the two.
CAPABILITIES = {"Audio": "SendReceive", "Video": "SendReceive", "Content": "None"}
EVERYTHING = {"Audio": "SendReceive", "Video": "SendReceive", "Content": "SendReceive"}
LISTENER = {"Audio": "Receive", "Video": "Receive", "Content": "Receive"}
PERSON = {"ExternalUserId": "alice", "Capabilities": CAPABILITIES}
ARN = "arn:aws:sqs:us-east-1:123456789012:events"

MEETING = {
    "ClientRequestToken": "$token",
    "MediaRegion": "us-east-1",
    "ExternalMeetingId": "weekly",
    "MeetingHostId": "host-1",
    "NotificationsConfiguration": {
        "LambdaFunctionArn": ARN,
        "SnsTopicArn": ARN,
        "SqsQueueArn": ARN,
    },
    # Few enough attendees that any resolution is allowed.
    "MeetingFeatures": {
        "Audio": {"EchoReduction": "AVAILABLE"},
        "Video": {"MaxResolution": "HD"},
        "Content": {"MaxResolution": "FHD"},
        "Attendee": {"MaxCount": 25},
    },
    "TenantIds": ["tenant-a"],
    "Tags": [{"Key": "team", "Value": "blue"}],
    "MediaPlacementNetworkType": "DualStack",
}

SAMPLES = {
    "CreateMeeting": MEETING,
    "CreateMeetingWithAttendees": MEETING | {"Attendees": [PERSON]},
    "GetMeeting": {"MeetingId": "$meeting"},
    "DeleteMeeting": {"MeetingId": "$meeting"},
    "CreateAttendee": {"MeetingId": "$meeting"} | PERSON,
    "BatchCreateAttendee": {"MeetingId": "$meeting", "Attendees": [PERSON]},
    "GetAttendee": {"MeetingId": "$meeting", "AttendeeId": "$attendee"},
    "ListAttendees": {"MeetingId": "$meeting", "MaxResults": 10},
    "DeleteAttendee": {"MeetingId": "$meeting", "AttendeeId": "$attendee"},
    "UpdateAttendeeCapabilities": {
        "MeetingId": "$meeting",
        "AttendeeId": "$attendee",
        "Capabilities": CAPABILITIES,
    },
    "BatchUpdateAttendeeCapabilitiesExcept": {
        "MeetingId": "$meeting",
        "ExcludedAttendeeIds": [{"AttendeeId": "$attendee"}],
        "Capabilities": CAPABILITIES,
    },
    "StartMeetingTranscription": {
        "MeetingId": "$meeting",
        "TranscriptionConfiguration": {"EngineTranscribeSettings": {"LanguageCode": "en-US"}},
    },
    "StopMeetingTranscription": {"MeetingId": "$meeting"},
    "ListTagsForResource": {"ResourceARN": "$arn"},
    "TagResource": {"ResourceARN": "$arn", "Tags": [{"Key": "team", "Value": "blue"}]},
    "UntagResource": {"ResourceARN": "$arn", "TagKeys": ["team"]},
}

_ENGINE = ("TranscriptionConfiguration", "EngineTranscribeSettings")
_MEDICAL = ("TranscriptionConfiguration", "EngineTranscribeMedicalSettings")
_SEVERAL = {"IdentifyLanguage": True, "LanguageOptions": "en-US,fr-FR"}

# What a member needs beside it, or excludes: what its parent holds instead of what the sample's does.
BESIDE = {
    (*_ENGINE, "IdentifyLanguage"): _SEVERAL,
    (*_ENGINE, "LanguageOptions"): _SEVERAL,
    (*_ENGINE, "PreferredLanguage"): _SEVERAL,
    (*_ENGINE, "VocabularyNames"): _SEVERAL,
    (*_ENGINE, "VocabularyFilterNames"): _SEVERAL,
    (*_ENGINE, "PiiEntityTypes"): {"LanguageCode": "en-US", "ContentIdentificationType": "PII"},
    (*_ENGINE, "PartialResultsStability"): {
        "LanguageCode": "en-US",
        "EnablePartialResultsStabilization": True,
    },
    (*_ENGINE, "VocabularyFilterMethod"): {
        "LanguageCode": "en-US",
        "VocabularyFilterName": "words",
    },
}
MEDICAL = {"LanguageCode": "en-US", "Specialty": "PRIMARYCARE", "Type": "CONVERSATION"}


def around(operation, path):
    """A good request of which the member at a path may be changed."""
    request = deepcopy(SAMPLES[operation])
    if path[:2] == _MEDICAL:
        request[path[0]] = {path[1]: dict(MEDICAL)}
    elif path in BESIDE:
        request[path[0]] = {path[1]: dict(BESIDE[path])}
    return request
