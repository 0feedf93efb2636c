//! Who may call: access keys with their secrets and accounts.

use std::{collections::BTreeMap, fmt};

use carillon_types::{AccountId, WallTime};

/// The access keys that the service knows.
#[derive(Clone, Debug, Default)]
pub struct Credentials(BTreeMap<String, AccessKey>);

impl Credentials {
    /// Looks up an access key by its id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&AccessKey> {
        self.0.get(id)
    }
}

impl FromIterator<(String, AccessKey)> for Credentials {
    fn from_iter<I: IntoIterator<Item = (String, AccessKey)>>(keys: I) -> Self {
        Self(keys.into_iter().collect())
    }
}

/// What belongs to an access key.
#[derive(Clone, Debug)]
pub struct AccessKey {
    /// The secret that requests are signed with.
    pub secret: Secret,
    /// The account that owns what is created with this key.
    pub account: AccountId,
    /// Present for temporary keys, absent for lasting ones.
    pub session: Option<Session>,
}

/// The end of temporary credentials, and the token that proves them.
#[derive(Clone, Debug)]
pub struct Session {
    /// The token that every request must carry.
    pub token: Secret,
    /// When the key stops working.
    pub expires: WallTime,
}

/// A text that no log and no answer may show.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// Wraps a secret.
    #[must_use]
    pub const fn new(text: String) -> Self {
        Self(text)
    }

    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<secret>")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_do_not_show_in_debug_text() {
        let secret = Secret::new("hunter2".to_owned());
        let session = Session { token: secret.clone(), expires: WallTime::default() };
        let key =
            AccessKey { secret, account: "000000000000".parse().unwrap(), session: Some(session) };
        let credentials: Credentials = [("devkey".to_owned(), key)].into_iter().collect();
        assert!(!format!("{credentials:?}").contains("hunter2"));
    }
}
