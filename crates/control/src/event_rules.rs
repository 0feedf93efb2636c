//! Who hears of what happens in a meeting.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::Arc,
    time::Duration,
};

use carillon_types::{NotificationArn, NotificationsConfiguration};

/// The name that an operator gave to a target of events.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TargetName(Arc<str>);

impl TargetName {
    /// Names a target.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self(name.into())
    }

    /// Returns the name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TargetName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What becomes of a wish for a meeting that names an ARN without a target.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UnknownArns {
    /// The meeting is made, and the default target hears of it.
    #[default]
    Accept,
    /// There is no meeting.
    Refuse,
}

/// What an operator decides about events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventRules {
    /// Who hears of every meeting.
    pub default: Option<TargetName>,
    /// Who hears of meetings that name one of these ARNs.
    pub arns: BTreeMap<NotificationArn, TargetName>,
    /// Who is there as well, and takes what waits for it from before; who is named nowhere else hears of no meeting.
    pub others: BTreeSet<TargetName>,
    /// What becomes of wishes that name another.
    pub unknown: UnknownArns,
    /// How many events may wait for one target; the oldest give way to later ones.
    pub most_waiting: usize,
}

impl Default for EventRules {
    /// Nobody hears of anything.
    ///
    /// 100,000 events are what a hundred meetings of 250 people tell of themselves, in about 80 MB on the disk and 2 MB
    /// of memory; more survive a longer outage of the target, fewer fit a smaller disk.
    fn default() -> Self {
        Self {
            default: None,
            arns: BTreeMap::new(),
            others: BTreeSet::new(),
            unknown: UnknownArns::default(),
            most_waiting: 100_000,
        }
    }
}

impl EventRules {
    /// For how long an event waits for a target that does not take it, from when it happened: a day, as EventBridge has
    /// it. Less loses events over a night, more delivers what nobody can use.
    pub const LONGEST_AGE: Duration = Duration::from_secs(24 * 60 * 60);

    /// Says whether nobody ever hears of anything.
    pub(crate) fn are_silent(&self) -> bool {
        self.default.is_none() && self.arns.is_empty()
    }

    /// Says whether a target is there.
    pub(crate) fn knows(&self, target: &TargetName) -> bool {
        self.arns.values().chain(&self.default).chain(&self.others).any(|known| known == target)
    }

    /// Returns who hears of a meeting with this wish, everybody once.
    pub(crate) fn targets(
        &self,
        wish: Option<&NotificationsConfiguration>,
    ) -> BTreeSet<&TargetName> {
        arns(wish).filter_map(|arn| self.arns.get(arn)).chain(&self.default).collect()
    }

    /// Returns the ARNs of a wish that have no target.
    pub(crate) fn unmapped<'a>(
        &'a self,
        wish: Option<&'a NotificationsConfiguration>,
    ) -> impl Iterator<Item = &'a NotificationArn> {
        arns(wish).filter(|arn| !self.arns.contains_key(*arn))
    }
}

fn arns(wish: Option<&NotificationsConfiguration>) -> impl Iterator<Item = &NotificationArn> {
    wish.into_iter().flat_map(|wish| {
        let NotificationsConfiguration { lambda_function_arn, sns_topic_arn, sqs_queue_arn } = wish;
        [lambda_function_arn, sns_topic_arn, sqs_queue_arn].into_iter().flatten()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arn(text: &str) -> NotificationArn {
        format!("arn:aws:sqs:us-east-1:111122223333:{text}").parse().unwrap()
    }

    fn names(rules: &EventRules, wish: &NotificationsConfiguration) -> Vec<String> {
        rules.targets(Some(wish)).into_iter().map(ToString::to_string).collect()
    }

    #[test]
    fn default_hears_of_all_and_others_of_what_names_them() {
        let rules = EventRules {
            default: Some(TargetName::new("all")),
            arns: [(arn("calls"), TargetName::new("calls")), (arn("all"), TargetName::new("all"))]
                .into(),
            ..EventRules::default()
        };
        let mut wish = NotificationsConfiguration::default();
        assert_eq!(names(&rules, &wish), ["all"]);
        wish.sqs_queue_arn = Some(arn("calls"));
        assert_eq!(names(&rules, &wish), ["all", "calls"]);
        // Two ways to one target are one delivery.
        wish.sqs_queue_arn = Some(arn("all"));
        wish.sns_topic_arn = Some(arn("elsewhere"));
        assert_eq!(names(&rules, &wish), ["all"]);
        assert_eq!(rules.unmapped(Some(&wish)).collect::<Vec<_>>(), [&arn("elsewhere")]);
    }

    #[test]
    fn nothing_configured_is_silent() {
        let rules = EventRules::default();
        assert!(rules.are_silent());
        assert_eq!(rules.targets(None).len(), 0);
    }
}
