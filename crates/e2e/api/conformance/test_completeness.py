"""No operation of the model is left out."""

import unittest

from . import model
from . import test_attendees_by_the_model, test_capabilities_of_everybody_else
from . import test_meetings_by_the_model, test_tags, test_transcription

CLASSES = (
    test_attendees_by_the_model.Attendees,
    test_capabilities_of_everybody_else.EverybodyElseByTheModel,
    test_meetings_by_the_model.Meetings,
    test_tags.TagsByTheModel,
    test_transcription.TranscriptionByTheModel,
)


class Completeness(unittest.TestCase):
    def test_every_operation_of_the_model_has_rows(self):
        tried = [operation for tests in CLASSES for operation in tests.OPERATIONS]
        self.assertEqual(sorted(tried), sorted(model.OPERATIONS))
