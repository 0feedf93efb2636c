//! The configuration file: TOML, every key optional but the access keys.

mod events;
mod limits;

use std::{
    io,
    net::{IpAddr, SocketAddr},
    num::NonZeroUsize,
    path::{Path, PathBuf},
    time::Duration,
};

use serde::Deserialize;

use self::{
    events::Events,
    limits::{LifetimeTable, QuotaTable, ThrottleTable},
};
use super::{Access, EventsConfig, KeyConfig, SecretKey, ServerConfig};
use crate::tls::TlsFiles;

/// Why a configuration file is of no use.
#[derive(Debug, thiserror::Error)]
pub enum ConfigFileError {
    /// It cannot be read: check the path and the permissions.
    #[error("cannot read {path}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// It is not valid: the message names the line and what is wrong with it, but does not show the line, which may hold
    /// a secret.
    #[error("{path}, line {line}: {problem}")]
    Invalid {
        /// The file.
        path: PathBuf,
        /// The line, counted from one.
        line: usize,
        /// What is wrong with it.
        problem: String,
    },
    /// Nobody could call the API: add a `[[keys]]` table.
    #[error("{0} has no [[keys]]: without one nobody can call the API")]
    NoKeys(PathBuf),
    /// A certificate needs its key, and a key its certificate: name both.
    #[error("{0} has one of tls-cert and tls-key: TLS needs both")]
    HalfOfTls(PathBuf),
    /// A target of events cannot be told what it says: correct its table.
    #[error("{path}: the events target {problem}")]
    Events {
        /// The file.
        path: PathBuf,
        /// Which target, and what is wrong with it.
        problem: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct File {
    listen: Option<SocketAddr>,
    media: Option<SocketAddr>,
    media_workers: Option<NonZeroUsize>,
    #[serde(default)]
    advertise: Vec<IpAddr>,
    max_shares: Option<usize>,
    public_url: Option<String>,
    tls_cert: Option<PathBuf>,
    tls_key: Option<PathBuf>,
    data: Option<PathBuf>,
    drain_seconds: Option<u64>,
    #[serde(default)]
    media_regions: Vec<String>,
    token_key_days: Option<u32>,
    #[serde(default)]
    quotas: QuotaTable,
    #[serde(default)]
    lifetimes: LifetimeTable,
    #[serde(default)]
    throttle: ThrottleTable,
    #[serde(default)]
    events: Events,
    #[serde(default)]
    keys: Vec<Key>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Key {
    access_key: String,
    secret_key: String,
    account: String,
}

/// Reads a configuration file.
///
/// # Errors
/// When it cannot be read or says something that cannot be meant.
pub fn read_config_file(path: &Path) -> Result<ServerConfig, ConfigFileError> {
    let unreadable = |source| ConfigFileError::Unreadable { path: path.to_owned(), source };
    let text = std::fs::read_to_string(path).map_err(unreadable)?;
    let mut file: File = toml::from_str(&text).map_err(|error| invalid(path, &text, &error))?;
    if file.keys.is_empty() {
        return Err(ConfigFileError::NoKeys(path.to_owned()));
    }
    if file.tls_cert.is_some() != file.tls_key.is_some() {
        return Err(ConfigFileError::HalfOfTls(path.to_owned()));
    }
    let events = std::mem::take(&mut file.events).into_config();
    let events =
        events.map_err(|problem| ConfigFileError::Events { path: path.to_owned(), problem })?;
    Ok(file.into_config(events))
}

fn invalid(path: &Path, text: &str, error: &toml::de::Error) -> ConfigFileError {
    let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
    let line = before.matches('\n').count().saturating_add(1);
    let problem = error.message().lines().collect::<Vec<_>>().join(" ");
    ConfigFileError::Invalid { path: path.to_owned(), line, problem }
}

impl File {
    fn into_config(self, events: EventsConfig) -> ServerConfig {
        let default = ServerConfig::default();
        let keys = self.keys.into_iter().map(|key| KeyConfig {
            access_key: key.access_key,
            secret_key: SecretKey(key.secret_key),
            account: key.account,
        });
        let tls = self.tls_cert.zip(self.tls_key).map(|(cert, key)| TlsFiles { cert, key });
        ServerConfig {
            listen: self.listen.unwrap_or(default.listen),
            media: self.media.unwrap_or(default.media),
            media_workers: self.media_workers.unwrap_or(default.media_workers),
            advertise: self.advertise,
            max_shares: self.max_shares.unwrap_or(default.max_shares),
            public_url: self.public_url.map(|url| url.trim_end_matches('/').to_owned()),
            tls,
            transcription: None,
            data: self.data,
            access: Access::Keys(keys.collect()),
            drain: self.drain_seconds.map_or(default.drain, Duration::from_secs),
            media_regions: self.media_regions,
            token_key_life: self.token_key_days.map_or(default.token_key_life, days),
            quotas: self.quotas.into_quotas(),
            lifetimes: self.lifetimes.into_rules(),
            throttle: self.throttle.into_rate(),
            events,
        }
    }
}

fn days(number: u32) -> Duration {
    Duration::from_secs(u64::from(number).saturating_mul(86_400))
}

#[cfg(test)]
mod tests {
    use carillon_control::{LifetimeRules, Quotas};
    use carillon_control_api::Rate;

    use super::*;

    fn read(text: &str) -> Result<ServerConfig, ConfigFileError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("carillon.toml");
        std::fs::write(&path, text).unwrap();
        read_config_file(&path)
    }

    const KEY: &str =
        "[[keys]]\naccess-key = 'AK'\nsecret-key = 'hush'\naccount = '123456789012'\n";

    #[test]
    fn a_file_sets_what_it_names_and_leaves_the_rest() {
        let config = read(&format!(
            "public-url = 'https://meet.example/'\ndrain-seconds = 5\nmax-shares = 1\n{KEY}"
        ));
        let config = config.unwrap();
        assert_eq!(config.max_shares, 1);
        assert_eq!(config.public_url.as_deref(), Some("https://meet.example"));
        assert_eq!(config.drain, Duration::from_secs(5));
        assert_eq!(config.listen, ServerConfig::default().listen);
        assert_eq!(config.access.keys()[0].account, "123456789012");
        assert!(!format!("{config:?}").contains("hush"));
    }

    #[test]
    fn limits_are_the_originals_unless_the_file_says_otherwise() {
        let config = read(KEY).unwrap();
        assert_eq!(config.quotas, Quotas::default());
        assert_eq!(config.lifetimes, LifetimeRules::default());
        assert_eq!(config.throttle, Some(Rate::ORIGINAL_API));
        let config = read(&format!(
            "media-regions = ['home-1']\ntoken-key-days = 7\n[quotas]\nmeetings = 7\n\
             [lifetimes]\nidle-minutes = 0\nlonely-minutes = 30\n\
             [throttle]\ncalls-per-second = 100\nburst = 5\n{KEY}"
        ));
        let config = config.unwrap();
        assert_eq!((config.quotas.meetings, config.quotas.attendees), (7, 250));
        assert_eq!(config.lifetimes.idle, Duration::MAX);
        assert_eq!(config.lifetimes.lonely, Duration::from_secs(1_800));
        let rate = Rate { interval: Duration::from_millis(10), burst: 5 };
        assert_eq!(config.throttle, Some(rate));
        assert_eq!(config.media_regions, ["home-1"]);
        assert_eq!(config.token_key_life, Duration::from_secs(7 * 86_400));
        let off = read(&format!("[throttle]\nenabled = false\n{KEY}")).unwrap();
        assert_eq!(off.throttle, None);
    }

    #[test]
    fn a_misspelt_key_is_an_error_that_names_it() {
        let error = read(&format!("lisen = '127.0.0.1:1'\n{KEY}")).unwrap_err();
        let text = error.to_string();
        assert!(text.contains("line 1") && text.contains("lisen"), "{text}");
    }

    #[test]
    fn a_mistake_beside_a_secret_does_not_tell_it() {
        let error = read(&format!("{KEY}secret-kye = 'hush hush'\n")).unwrap_err();
        let text = format!("{error} {error:?}");
        assert!(text.contains("line 5") && !text.contains("hush"), "{text}");
        let error = read(&KEY.replace("'hush'", "'hush")).unwrap_err();
        let text = format!("{error} {error:?}");
        assert!(text.contains("line 3") && !text.contains("hush"), "{text}");
    }

    #[test]
    fn targets_of_events_are_read_and_their_mistakes_named() {
        let table = "[events]\ndefault = 'out'\n[events.targets.out]\nkind = 'stdout'\n";
        let config = read(&format!("{table}{KEY}")).unwrap();
        assert_eq!(config.events.default.as_deref(), Some("out"));
        let error = read(&format!("{table}url = 'http://h'\n{KEY}")).unwrap_err().to_string();
        assert!(
            error.ends_with("the events target out has a url, which its kind does not use"),
            "{error}"
        );
        let error = read(&format!("{table}secrte = 'hush hush'\n{KEY}")).unwrap_err().to_string();
        assert!(error.contains("line 5") && !error.contains("hush"), "{error}");
    }

    #[test]
    fn a_file_without_keys_is_refused() {
        assert!(matches!(read("drain-seconds = 1\n"), Err(ConfigFileError::NoKeys(_))));
    }
}
