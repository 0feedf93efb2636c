//! Where events go: what an operator says of it, and whether it can be meant.

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use carillon_control::{EventRules, TargetName, UnknownArns};
use carillon_types::NotificationArn;

use super::SecretKey;

/// Bytes of the shortest secret: one that can be guessed makes signatures worthless.
const SHORTEST_SECRET: usize = 16;

/// Where events go; without targets, nowhere.
#[derive(Clone, Debug, Default)]
pub struct EventsConfig {
    /// The target that hears of every meeting.
    pub default: Option<String>,
    /// Whether a meeting that names an ARN without target is refused.
    pub strict_targets: bool,
    /// The targets by their names.
    pub targets: BTreeMap<String, EventTarget>,
    /// How patient deliveries are.
    pub pace: DeliveryPace,
}

/// One target.
#[derive(Clone, Debug)]
pub struct EventTarget {
    /// How it is told.
    pub sink: EventSink,
    /// The ARNs of queues, topics and functions that mean it.
    pub arns: Vec<String>,
}

/// How a target is told.
#[derive(Clone, Debug)]
pub enum EventSink {
    /// By a request to its web server.
    Webhook(WebhookConfig),
    /// By a line at the end of this file.
    File(PathBuf),
    /// By a line on standard output, after [`Server::announced`](crate::Server::announced).
    Stdout,
}

/// A web server that takes events.
#[derive(Clone, Debug)]
pub struct WebhookConfig {
    /// Where it takes them, `http://…` or `https://…`.
    pub url: String,
    /// What deliveries are signed with.
    pub secret: SecretKey,
    /// The certificates that vouch for it; absent for those that the system trusts.
    pub ca_file: Option<PathBuf>,
}

/// How patient deliveries are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeliveryPace {
    /// How long the first repetition waits at most; each further one waits up to twice as long.
    pub first: Duration,
    /// How long a repetition waits at most.
    pub longest: Duration,
    /// How long an attempt may take.
    pub timeout: Duration,
}

impl Default for DeliveryPace {
    /// A second, a minute, and 10 s for an attempt.
    ///
    /// A restarted target is found again after a minute at the latest; asking it more often helps it less.
    /// Who takes 10 s for an event is to take it and work later; shorter repeats what has been understood.
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self { first: seconds(1), longest: seconds(60), timeout: seconds(10) }
    }
}

/// Why events cannot go where the configuration says.
#[derive(Debug, thiserror::Error)]
pub enum EventsError {
    /// The default is no target: name one of the targets, or configure it.
    #[error("the default target of events, {0}, is not among the targets")]
    UnknownDefault(String),
    /// The address is none: write a whole `http` or `https` address.
    #[error("the url of the events target {0} is no http(s) address")]
    Url(String),
    /// The secret can be guessed: write a longer one.
    #[error("the secret of the events target {0} has less than {SHORTEST_SECRET} bytes")]
    Secret(String),
    /// The text is no ARN: correct it.
    #[error("{arn:?}, among the arns of the events target {target}, is no ARN")]
    Arn {
        /// The target.
        target: String,
        /// The text.
        arn: String,
    },
    /// The ARN means two targets: take it from one of them.
    #[error("{0} is among the arns of two events targets")]
    ArnTwice(String),
    /// The certificates cannot be used: see that the file holds some as PEM, or that the system has some.
    #[error("there are no certificates to know the events target {target} by")]
    Certificates {
        /// The target.
        target: String,
        /// What is wrong with them.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl EventsConfig {
    /// Returns what of this is the control plane's.
    pub(crate) fn rules(&self) -> Result<EventRules, EventsError> {
        if let Some(name) = self.default.as_ref().filter(|name| !self.targets.contains_key(*name)) {
            return Err(EventsError::UnknownDefault(name.clone()));
        }
        let mut arns = BTreeMap::<NotificationArn, TargetName>::new();
        for (target, EventTarget { arns: texts, .. }) in &self.targets {
            for text in texts {
                let arn = text
                    .parse()
                    .map_err(|_| EventsError::Arn { target: target.clone(), arn: text.clone() })?;
                if arns.insert(arn, TargetName::new(target)).is_some() {
                    return Err(EventsError::ArnTwice(text.clone()));
                }
            }
        }
        Ok(EventRules {
            default: self.default.as_deref().map(TargetName::new),
            arns,
            others: self.targets.keys().map(|name| TargetName::new(name)).collect(),
            unknown: if self.strict_targets { UnknownArns::Refuse } else { UnknownArns::Accept },
            ..EventRules::default()
        })
    }
}

impl WebhookConfig {
    /// Sees that the secret of a target is one.
    pub(crate) fn check_secret(&self, target: &str) -> Result<(), EventsError> {
        if self.secret.0.len() < SHORTEST_SECRET {
            return Err(EventsError::Secret(target.to_owned()));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(default: Option<&str>, targets: &[(&str, &[&str])]) -> EventsConfig {
        let target = |(name, arns): &(&str, &[&str])| {
            let arns = arns.iter().map(ToString::to_string).collect();
            (name.to_string(), EventTarget { sink: EventSink::Stdout, arns })
        };
        EventsConfig {
            default: default.map(ToOwned::to_owned),
            targets: targets.iter().map(target).collect(),
            ..EventsConfig::default()
        }
    }

    #[test]
    fn names_and_arns_become_rules() {
        let rules = config(Some("a"), &[("a", &[]), ("b", &["arn:x"])]).rules().unwrap();
        assert_eq!(rules.default, Some(TargetName::new("a")));
        assert_eq!(rules.arns, [("arn:x".parse().unwrap(), TargetName::new("b"))].into());
        assert_eq!(rules.unknown, UnknownArns::Accept);
        assert_eq!(EventsConfig::default().rules().unwrap(), EventRules::default());
    }

    #[test]
    fn what_cannot_be_meant_is_refused_by_name() {
        let error = |config: EventsConfig| config.rules().unwrap_err().to_string();
        assert!(error(config(Some("c"), &[("a", &[])])).contains(", c,"));
        assert!(error(config(None, &[("a", &["queue"])])).contains("\"queue\""));
        let twice: &[&str] = &["arn:x"];
        assert!(error(config(None, &[("a", twice), ("b", twice)])).contains("arn:x"));
    }
}
