//! The part of the configuration file that is about events.

use std::{collections::BTreeMap, path::PathBuf};

use serde::Deserialize;

use super::super::{EventSink, EventTarget, EventsConfig, SecretKey, WebhookConfig};

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Events {
    default: Option<String>,
    #[serde(default)]
    strict_targets: bool,
    #[serde(default)]
    targets: BTreeMap<String, Target>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Target {
    kind: Kind,
    #[serde(default)]
    arns: Vec<String>,
    url: Option<String>,
    secret: Option<String>,
    secret_file: Option<PathBuf>,
    ca_file: Option<PathBuf>,
    path: Option<PathBuf>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    Webhook,
    File,
    Stdout,
}

impl Events {
    /// Returns what is said of events, or which target says too little or too much.
    pub(super) fn into_config(self) -> Result<EventsConfig, String> {
        let targets = self.targets.into_iter().map(|(name, target)| {
            let target = target.into_config().map_err(|problem| format!("{name} {problem}"))?;
            Ok((name, target))
        });
        Ok(EventsConfig {
            default: self.default,
            strict_targets: self.strict_targets,
            targets: targets.collect::<Result<_, String>>()?,
            ..EventsConfig::default()
        })
    }
}

impl Target {
    fn into_config(self) -> Result<EventTarget, String> {
        let Self { kind, arns, url, secret, secret_file, ca_file, path } = self;
        let given = [
            (url.is_some(), "url"),
            (secret.is_some(), "secret"),
            (secret_file.is_some(), "secret-file"),
            (ca_file.is_some(), "ca-file"),
            (path.is_some(), "path"),
        ];
        let allowed: &[&str] = match kind {
            Kind::Webhook => &["url", "secret", "secret-file", "ca-file"],
            Kind::File => &["path"],
            Kind::Stdout => &[],
        };
        if let Some((_, key)) = given.iter().find(|(set, key)| *set && !allowed.contains(key)) {
            return Err(format!("has a {key}, which its kind does not use"));
        }
        let sink = match kind {
            Kind::Webhook => EventSink::Webhook(WebhookConfig {
                url: url.ok_or("has no url")?,
                secret: SecretKey(one_secret(secret, secret_file)?),
                ca_file,
            }),
            Kind::File => EventSink::File(path.ok_or("has no path")?),
            Kind::Stdout => EventSink::Stdout,
        };
        Ok(EventTarget { sink, arns })
    }
}

/// Returns the secret, without the line end that editors add to a file.
fn one_secret(secret: Option<String>, file: Option<PathBuf>) -> Result<String, String> {
    match (secret, file) {
        (Some(secret), None) => Ok(secret),
        (None, Some(file)) => match std::fs::read_to_string(&file) {
            Ok(text) => Ok(text.trim_end_matches(['\r', '\n']).to_owned()),
            Err(error) => Err(format!("has a secret-file that cannot be read: {error}")),
        },
        (Some(_), Some(_)) => Err("has both secret and secret-file".to_owned()),
        (None, None) => Err("has neither secret nor secret-file".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<EventsConfig, String> {
        toml::from_str::<Events>(text).map_err(|error| error.message().to_owned())?.into_config()
    }

    #[test]
    fn all_kinds_of_targets_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("secret");
        std::fs::write(&file, "from a file, with a line end\n").unwrap();
        let config = read(&format!(
            "default = 'hook'\nstrict-targets = true\n\
             [targets.hook]\nkind = 'webhook'\nurl = 'https://h/p'\nsecret-file = '{}'\narns = ['arn:x']\n\
             [targets.audit]\nkind = 'file'\npath = '/var/log/events'\n\
             [targets.console]\nkind = 'stdout'\n",
            file.display()
        ));
        let config = config.unwrap();
        assert_eq!((config.default.as_deref(), config.strict_targets), (Some("hook"), true));
        let EventSink::Webhook(hook) = &config.targets["hook"].sink else { panic!("{config:?}") };
        assert_eq!(hook.secret.0, "from a file, with a line end");
        assert_eq!(config.targets["hook"].arns, ["arn:x"]);
        assert!(
            matches!(&config.targets["audit"].sink, EventSink::File(path) if path.ends_with("events"))
        );
        assert!(matches!(config.targets["console"].sink, EventSink::Stdout));
        assert!(!format!("{config:?}").contains("from a file"));
    }

    #[test]
    fn what_a_kind_lacks_or_does_not_use_is_named() {
        for (text, problem) in [
            ("kind = 'webhook'\nsecret = 's'", "t has no url"),
            ("kind = 'webhook'\nurl = 'http://h'", "t has neither secret nor secret-file"),
            ("kind = 'webhook'\nurl = 'http://h'\nsecret = 's'\nsecret-file = 'f'", "t has both"),
            ("kind = 'webhook'\nurl = 'http://h'\nsecret-file = '/none'", "t has a secret-file"),
            ("kind = 'file'", "t has no path"),
            ("kind = 'file'\npath = 'p'\nurl = 'http://h'", "t has a url"),
            ("kind = 'stdout'\npath = 'p'", "t has a path"),
            ("kind = 'queue'", "unknown variant"),
            ("kind = 'stdout'\ncolour = 'red'", "unknown field"),
        ] {
            let error = read(&format!("[targets.t]\n{text}\n")).unwrap_err();
            assert!(error.starts_with(problem), "{error}");
        }
    }
}
