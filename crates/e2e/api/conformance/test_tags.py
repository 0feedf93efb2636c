"""Tags of meetings: by the model, and what listing, adding and removing them does."""

from service import unknown_id

from .constraints import Constraints
from .scene import ConformanceTest, arn

BLUE, RED = {"Key": "team", "Value": "blue"}, {"Key": "team", "Value": "red"}
FLOOR, EMPTY = {"Key": "floor", "Value": "3"}, {"Key": "note", "Value": ""}
OPERATIONS = ("ListTagsForResource", "TagResource", "UntagResource")


def numbered(first, count):
    """Tags with keys of their own."""
    return [{"Key": f"key-{number}", "Value": "x"} for number in range(first, first + count)]


class TagsByTheModel(Constraints, ConformanceTest):
    OPERATIONS = OPERATIONS


class Tags(ConformanceTest):
    def meeting(self, *tags):
        """Makes a meeting, and returns its resource name."""
        return self.scene(Tags=list(tags))["$arn"]

    def listed(self, name):
        """The tags of a resource, by their keys."""
        tags = self.carry_out("ListTagsForResource", {"ResourceARN": name})["Tags"]
        found = {tag["Key"]: tag["Value"] for tag in tags}
        self.assertEqual(len(found), len(tags))
        return found

    def tag(self, name, *tags):
        """Adds tags."""
        request = {"ResourceARN": name, "Tags": list(tags)}
        self.carry_out("TagResource", request)

    def untag(self, name, *keys):
        """Removes tags."""
        request = {"ResourceARN": name, "TagKeys": list(keys)}
        self.carry_out("UntagResource", request)

    def check_unknown(self, name):
        """Checks that no operation finds a resource."""
        for operation, more in zip(OPERATIONS, ({}, {"Tags": [BLUE]}, {"TagKeys": ["team"]})):
            with self.subTest(f"{operation}: {name}"):
                answer = self.ask(operation, {"ResourceARN": name} | more)
                self.check_error(answer, "ResourceNotFoundException", ResourceName=name)

    def test_tags_of_the_creation_are_listed(self):
        self.assertEqual(self.listed(self.meeting(BLUE, EMPTY)), {"team": "blue", "note": ""})
        self.assertEqual(self.listed(self.meeting()), {})

    def test_tags_are_added_replaced_and_removed(self):
        name = self.meeting(BLUE)
        self.tag(name, FLOOR)
        self.assertEqual(self.listed(name), {"team": "blue", "floor": "3"})
        self.tag(name, RED)
        self.assertEqual(self.listed(name), {"team": "red", "floor": "3"})
        self.untag(name, "team")
        self.assertEqual(self.listed(name), {"floor": "3"})

    def test_repeating_a_change_succeeds(self):
        name = self.meeting()
        for _ in range(2):
            self.tag(name, BLUE)
            self.assertEqual(self.listed(name), {"team": "blue"})
        for _ in range(2):
            self.untag(name, "team", "never-there")
            self.assertEqual(self.listed(name), {})

    def test_both_forms_of_the_name_mean_the_meeting(self):
        name = self.meeting(BLUE)
        account, identity = name.split(":")[4], name.split("/")[1]
        other = f"arn:aws:chime::{account}:meeting:{identity}"
        self.tag(other, FLOOR)
        self.assertEqual(self.listed(name), self.listed(other))
        self.untag(other, "team")
        self.assertEqual(self.listed(name), {"floor": "3"})

    def test_fifty_tags_fit_and_one_more_does_not(self):
        name = self.meeting(*numbered(0, 30))
        self.tag(name, *numbered(30, 20))
        before = self.listed(name)
        self.assertEqual(len(before), 50)
        # What replaces a tag is none too many.
        self.tag(name, *numbered(0, 50))
        for more in (numbered(50, 1), numbered(49, 2), numbered(100, 50)):
            with self.subTest(f"{len(more)} more"):
                answer = self.ask("TagResource", {"ResourceARN": name, "Tags": more})
                self.check_error(answer, "TooManyTagsException", ResourceName=name)
                self.assertEqual(self.listed(name), before)

    def test_resource_that_is_not_there_is_not_found(self):
        self.check_unknown(arn(unknown_id()))
        self.check_unknown("arn:aws:s3:::bucket")
        self.check_unknown("arn:")

    def test_ended_meeting_has_no_tags(self):
        scene = self.scene(Tags=[BLUE])
        self.end(scene["$meeting"])
        self.check_unknown(scene["$arn"])

    def test_name_of_another_region_or_account_is_not_found(self):
        identity = self.scene()["$meeting"]
        self.check_unknown(arn(identity, region="eu-central-1"))
        self.check_unknown(arn(identity, account="999999999999"))

    def test_tags_do_not_show_in_the_meeting(self):
        request = {"MeetingId": self.scene(Tags=[BLUE])["$meeting"]}
        self.assertNotIn("Tags", self.carry_out("GetMeeting", request)["Meeting"])

    def test_unknown_resource_is_an_exception_of_the_client(self):
        name = arn(unknown_id())
        with self.assertRaises(self.chime.exceptions.ResourceNotFoundException) as caught:
            self.chime.list_tags_for_resource(ResourceARN=name)
        self.assertEqual(caught.exception.response["ResourceName"], name)
