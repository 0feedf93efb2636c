"""Pages of attendees: every size, in the order of creation, nobody twice and nobody left out."""

from .scene import ConformanceTest

USERS = [f"user-{number:03}" for number in range(101)]


class Pages(ConformanceTest):
    def setUp(self):
        super().setUp()
        self.identity = self.scene()["$meeting"]
        for part in (USERS[:1], USERS[1:]):
            attendees = [{"ExternalUserId": user} for user in part]
            request = {"MeetingId": self.identity, "Attendees": attendees}
            self.carry_out("BatchCreateAttendee", request)

    def page(self, **parameters):
        """Fetches one page: the users on it, and the token of the next."""
        body = self.carry_out("ListAttendees", {"MeetingId": self.identity} | parameters)
        users = [attendee["ExternalUserId"] for attendee in body["Attendees"]]
        return users, body.get("NextToken")

    def walk(self, **parameters):
        """Fetches all pages, and returns them."""
        pages, token = [], None
        while True:
            users, token = self.page(**parameters, **({"NextToken": token} if token else {}))
            pages.append(users)
            if not token:
                return pages

    def test_pages_of_any_size_hold_everybody_once_in_order(self):
        everybody = ["somebody", *USERS]
        for size in (1, 2, 33, 34, 51, 99, 100):
            with self.subTest(size):
                pages = self.walk(MaxResults=size)
                self.assertEqual(sum(pages, []), everybody)
                self.assertEqual({len(page) for page in pages[:-1]}, {size})
                self.assertTrue(pages[-1])

    def test_page_has_a_hundred_unless_told_otherwise(self):
        self.assertEqual([len(page) for page in self.walk()], [100, 2])

    def test_tokens_survive_the_deletion_of_who_they_point_at(self):
        first = self.carry_out("ListAttendees", {"MeetingId": self.identity, "MaxResults": 3})
        for attendee in first["Attendees"]:
            identity = {"MeetingId": self.identity, "AttendeeId": attendee["AttendeeId"]}
            self.carry_out("DeleteAttendee", identity)
        users, _ = self.page(MaxResults=3, NextToken=first["NextToken"])
        self.assertEqual(users, USERS[2:5])

    def test_token_of_another_meeting_is_refused(self):
        _, token = self.page(MaxResults=1)
        request = {"MeetingId": self.scene()["$meeting"], "NextToken": token}
        self.check_error(self.ask("ListAttendees", request), "BadRequestException")
