"""The tests that every operation has: its success, and each rule of the model kept and broken."""

from . import rows

# Well-formed values that no service knows: they pass validation, and fail at what they name.
NAMES_SOMETHING = {
    "mediaRegion": "is not served",
    "primaryMeetingId": "does not name a meeting",
    "nextToken": "NextToken is not valid",
}
IDS = ("meetingId", "attendeeId")


class Constraints:
    """Mixed into the tests of some operations, which `OPERATIONS` names."""

    OPERATIONS = ()

    def each(self, table, check):
        """Checks the rows of a table for every operation."""
        for operation in self.OPERATIONS:
            for row in table(operation):
                with self.subTest(f"{operation}: {row.name}"):
                    check(operation, row)

    def test_success_has_the_status_and_the_members_of_the_model(self):
        self.each(rows.success, self.check_taken)

    def test_required_members_are_required(self):
        self.each(rows.missing, self.check_violation)

    def test_null_is_as_good_as_absent(self):
        self.each(rows.null, self.check_taken)

    def test_unknown_members_are_ignored(self):
        self.each(rows.unknown, self.check_taken)

    def test_what_keeps_the_limits_is_taken(self):
        self.each(rows.inside, self.check_taken)

    def test_what_breaks_the_limits_is_refused_by_name(self):
        self.each(rows.outside, self.check_violation)

    def test_other_types_are_refused(self):
        self.each(rows.wrong_type, self.check_refused)

    def test_names_beyond_ascii_are_taken_raw_and_escaped(self):
        self.each(rows.beyond_ascii, self.check_echoed)

    def check_taken(self, operation, row):
        """Checks that a row is carried out, or fails at what it names and not at how."""
        answer = self.try_out(operation, row.request)
        if row.member in IDS and answer.status_code == 404:
            self.check_error(answer, "NotFoundException")
        elif row.member == "resourceARN" and answer.status_code == 404:
            name = row.request["ResourceARN"]
            self.check_error(answer, "ResourceNotFoundException", ResourceName=name)
        elif row.member in NAMES_SOMETHING and answer.status_code == 400:
            message = self.check_error(answer, "BadRequestException")
            self.assertIn(NAMES_SOMETHING[row.member], message)
        else:
            self.check_success(operation, answer)

    def check_refused(self, operation, row):
        """Checks that a row is refused, and returns the message."""
        answer = self.try_out(operation, row.request)
        return self.check_error(answer, "BadRequestException")

    def check_violation(self, operation, row):
        """Checks that a row is refused in the words of the original service."""
        message = self.check_refused(operation, row)
        self.assertRegex(message, "^[0-9]+ validation errors? detected: Value at '")
        self.assertIn(f"Value at '{row.member}' failed to satisfy constraint: ", message)

    def check_echoed(self, operation, row):
        """Checks that a name comes back whole, however it was sent."""
        for ascii_only in (True, False):
            answer = self.try_out(operation, row.request, ascii_only)
            self.check_success(operation, answer)
            self.assertIn(rows.NAME, answer.content.decode())
