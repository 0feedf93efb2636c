//! What a script, or a key, wants of a participant.

use std::str::FromStr;

use carillon_facade::TileId;

/// One wish.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Wish {
    Mute,
    Unmute,
    CameraOn,
    CameraOff,
    ShareOn,
    ShareOff,
    SharePause,
    ShareResume,
    Say { topic: String, text: String },
    PauseTile(TileId),
    ResumeTile(TileId),
    Leave,
}

/// A line that is no wish.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "'{0}' is no command: mute, unmute, camera on|off, share on|off|pause|resume, say TOPIC TEXT, pause TILE, \
     resume TILE, leave"
)]
pub(crate) struct NoWish(String);

impl FromStr for Wish {
    type Err = NoWish;

    fn from_str(line: &str) -> Result<Self, NoWish> {
        let line = line.trim();
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        let no_wish = || NoWish(line.to_owned());
        let tile = || rest.trim().parse().map(TileId).map_err(|_| no_wish());
        Ok(match (word, rest.trim()) {
            ("mute", "") => Self::Mute,
            ("unmute", "") => Self::Unmute,
            ("camera", "on") => Self::CameraOn,
            ("camera", "off") => Self::CameraOff,
            ("share", "on") => Self::ShareOn,
            ("share", "off") => Self::ShareOff,
            ("share", "pause") => Self::SharePause,
            ("share", "resume") => Self::ShareResume,
            ("pause", _) => Self::PauseTile(tile()?),
            ("resume", _) => Self::ResumeTile(tile()?),
            ("leave", "") => Self::Leave,
            ("say", said) => {
                let (topic, text) = said.split_once(' ').ok_or_else(no_wish)?;
                Self::Say { topic: topic.to_owned(), text: text.to_owned() }
            }
            _ => return Err(no_wish()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_wishes_or_named_as_none() {
        assert_eq!("mute".parse(), Ok(Wish::Mute));
        assert_eq!(" camera  off ".parse(), Ok(Wish::CameraOff));
        assert_eq!("pause 7".parse(), Ok(Wish::PauseTile(TileId(7))));
        let said = Wish::Say { topic: "chat".to_owned(), text: "hello all".to_owned() };
        assert_eq!("say chat hello all".parse(), Ok(said));
        for line in ["", "dance", "mute me", "pause x", "say chat"] {
            assert!(line.parse::<Wish>().is_err(), "{line}");
        }
    }
}
