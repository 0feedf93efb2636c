//! Where a meeting's events are to be delivered.

use serde::{Deserialize, Serialize};

use crate::{
    constraint::{Checked, Checker},
    text::NotificationArn,
};

/// The targets that hear of a meeting's events.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct NotificationsConfiguration {
    /// A function.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lambda_function_arn: Option<NotificationArn>,
    /// A topic.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sns_topic_arn: Option<NotificationArn>,
    /// A queue.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sqs_queue_arn: Option<NotificationArn>,
}

/// `NotificationsConfiguration` as a caller sends it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct NotificationsConfigurationBody {
    /// A function.
    pub lambda_function_arn: Option<String>,
    /// A topic.
    pub sns_topic_arn: Option<String>,
    /// A queue.
    pub sqs_queue_arn: Option<String>,
}

impl Checked for NotificationsConfiguration {
    type Raw = NotificationsConfigurationBody;

    fn check(checker: &mut Checker, path: &str, raw: Self::Raw) -> Option<Self> {
        Some(Self {
            lambda_function_arn: checker
                .optional((path, "lambdaFunctionArn"), raw.lambda_function_arn),
            sns_topic_arn: checker.optional((path, "snsTopicArn"), raw.sns_topic_arn),
            sqs_queue_arn: checker.optional((path, "sqsQueueArn"), raw.sqs_queue_arn),
        })
    }
}
