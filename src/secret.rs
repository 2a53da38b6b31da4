//! Text that must not be seen: tokens, keys, passwords.

use std::fmt;
use subtle::ConstantTimeEq;

/// A secret. It has no `Display`, and its `Debug` says nothing, so that it can't reach a log, an
/// error or an answer by accident; who needs the text has to say [`reveal`](Self::reveal).
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Hides `text`.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Whether `shown` is it. Takes the same time for every wrong text of one length.
    #[must_use]
    pub fn is(&self, shown: &[u8]) -> bool {
        self.0.as_bytes().ct_eq(shown).into()
    }

    /// Whether there is nothing to hide (a setting that was not made).
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_empty() { "(none)" } else { "(hidden)" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_nothing_of_it() {
        assert_eq!(format!("{:?} {:?}", Secret::new("abc"), Secret::default()), "(hidden) (none)");
    }
}
