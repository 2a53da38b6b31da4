//! How is a receiver?

use std::fmt;

/// How a receiver is: a program of the user's that is told of plays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ReceiverState {
    /// Nothing was sent since the start.
    #[default]
    Starting,
    /// It has taken the last thing that was sent.
    Connected,
    /// It refuses what is sent: why, and what to do.
    Refused(String),
    /// It does not answer; no need to do anything.
    Unreachable(String),
    /// It has said that it is gone for good; nothing is sent.
    Off,
}

impl ReceiverState {
    /// In one word.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Connected => "connected",
            Self::Refused(_) => "refused",
            Self::Unreachable(_) => "unreachable",
            Self::Off => "off",
        }
    }

    /// Whether a person should know of it.
    #[must_use]
    pub fn is_trouble(&self) -> bool {
        match self {
            Self::Starting | Self::Connected => false,
            Self::Refused(_) | Self::Unreachable(_) | Self::Off => true,
        }
    }
}

/// In one sentence that says what to do.
impl fmt::Display for ReceiverState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Starting => f.write_str("nothing was sent since the start"),
            Self::Connected => f.write_str("takes what is sent"),
            Self::Refused(why) => f.write_str(why),
            Self::Unreachable(why) => write!(f, "can't be reached ({why}); it is tried again"),
            Self::Off => f.write_str(
                "has answered that it is gone for good (410), so nothing is sent there any more; \
                 change its `url`, or remove it from the config",
            ),
        }
    }
}
