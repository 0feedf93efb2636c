"""What holds of transcription with an engine and without one; each is a world of its own."""

from service import unknown_id

from .constraints import Constraints
from .samples import MEDICAL, SAMPLES
from .scene import filled

START, STOP = "StartMeetingTranscription", "StopMeetingTranscription"
IDENTIFY = {"IdentifyLanguage": True, "LanguageOptions": "en-US,fr-FR"}
ENGLISH = {"LanguageCode": "en-US"}

# Null is no choice of an engine and no choice of a language, which are required together and not each.
CHOICES = (
    "engineTranscribeSettings",
    "engineTranscribeSettings.languageCode",
    "engineTranscribeSettings.identifyLanguage",
    "engineTranscribeMedicalSettings",
)
# Options that keep the limits and name no two languages, and a flag that leaves them without one.
NO_LANGUAGES = ("languageOptions: 1 ch", "languageOptions: 200 ch", "identifyLanguage: flag False")

INVALID = {
    "no engine": {},
    "two engines": {
        "EngineTranscribeSettings": ENGLISH,
        "EngineTranscribeMedicalSettings": MEDICAL,
    },
    "no language": {"EngineTranscribeSettings": {"VocabularyName": "words"}},
    "options without identification": {
        "EngineTranscribeSettings": ENGLISH | {"LanguageOptions": "en-US,fr-FR"}
    },
    "one option": {
        "EngineTranscribeSettings": {"IdentifyLanguage": True, "LanguageOptions": "en-US"}
    },
    "two dialects of a language": {
        "EngineTranscribeSettings": {"IdentifyLanguage": True, "LanguageOptions": "en-US,en-GB"}
    },
    "preference without identification": {
        "EngineTranscribeSettings": ENGLISH | {"PreferredLanguage": "en-US"}
    },
    "preference without options": {
        "EngineTranscribeSettings": {"IdentifyLanguage": True, "PreferredLanguage": "en-US"}
    },
    "identification and redaction": {
        "EngineTranscribeSettings": ENGLISH
        | {"ContentIdentificationType": "PII", "ContentRedactionType": "PII"}
    },
    "kinds of personal data without either": {
        "EngineTranscribeSettings": ENGLISH | {"PiiEntityTypes": "NAME"}
    },
    "model with identified language": {
        "EngineTranscribeSettings": IDENTIFY | {"LanguageModelName": "own"}
    },
    "redaction with identified language": {
        "EngineTranscribeSettings": IDENTIFY | {"ContentRedactionType": "PII"}
    },
    "one vocabulary with identified language": {
        "EngineTranscribeSettings": IDENTIFY | {"VocabularyName": "words"}
    },
    "vocabularies with a fixed language": {
        "EngineTranscribeSettings": ENGLISH | {"VocabularyNames": "words,names"}
    },
    "filters with a fixed language": {
        "EngineTranscribeSettings": ENGLISH | {"VocabularyFilterNames": "words,names"}
    },
}

VALID = {
    "fixed language": {"EngineTranscribeSettings": ENGLISH},
    "identified language": {"EngineTranscribeSettings": IDENTIFY | {"PreferredLanguage": "fr-FR"}},
    "medical": {"EngineTranscribeMedicalSettings": MEDICAL},
    "region": {"EngineTranscribeSettings": ENGLISH | {"Region": "auto"}},
}


class TranscriptionRows(Constraints):
    """Mixed into the rows of a world, which says in `check_valid` what becomes there of what is valid."""

    OPERATIONS = (START, STOP)

    def check_taken(self, operation, row):
        member = row.member.removeprefix("transcriptionConfiguration.")
        chooses_nothing = row.name.endswith("is null") and member in CHOICES
        if chooses_nothing or any(part in row.name for part in NO_LANGUAGES):
            self.check_refused(operation, row)
        else:
            self.check_valid(operation, row)


class TranscriptionRules:
    """Mixed into the tests of a world: what is refused in each."""

    def start(self, meeting, configuration):
        """Sends a configuration."""
        return self.ask(START, {"MeetingId": meeting, "TranscriptionConfiguration": configuration})

    def test_invalid_configurations_are_refused(self):
        meeting = self.scene()["$meeting"]
        for name, configuration in INVALID.items():
            with self.subTest(name):
                self.check_error(self.start(meeting, configuration), "BadRequestException")

    def test_nothing_that_runs_is_stopped(self):
        answer = self.ask(STOP, filled(SAMPLES[STOP], self.scene()))
        self.check_error(answer, "UnprocessableEntityException")

    def test_unknown_and_ended_meetings_are_not_found(self):
        scene = self.scene()
        self.end(scene["$meeting"])
        for operation in (START, STOP):
            for identity in (scene["$meeting"], unknown_id()):
                with self.subTest(operation):
                    request = filled(SAMPLES[operation], {"$meeting": identity})
                    message = self.check_error(self.ask(operation, request), "NotFoundException")
                    self.assertIn(identity, message)

    def test_malformed_meeting_is_named(self):
        for operation in (START, STOP):
            with self.subTest(operation):
                answer = self.ask(operation, SAMPLES[operation] | {"MeetingId": "1"})
                message = self.check_error(answer, "BadRequestException")
                self.assertIn("meetingId", message)
