//! Which file does Plex speak of? The first part of the one of an item's `Media` that is played.

use crate::event::Versions;
use crate::webhook::object::{Read, lenient, object};
use crate::webhook::scalar::Scalar;
use serde::de::{Deserialize, Deserializer, SeqAccess};

/// The versions of an item.
#[derive(Debug, Default)]
pub(in crate::webhook) struct Media(Versions);

/// The files of a version.
#[derive(Debug, Default)]
pub(in crate::webhook) struct Parts<'a>(Option<Scalar<'a>>);

object! {
    struct Version<'a> {
        parts: Parts<'a> = "Part",
        is_played: Scalar<'a> = "selected",
    }
}

object! {
    struct Part<'a> { file: Scalar<'a> = "file", }
}

impl Media {
    /// Its path on the server, or empty.
    pub(super) fn file(&self) -> &str {
        self.0.path()
    }
}

impl<'de> Read<'de> for Media {
    fn element<A: SeqAccess<'de>>(&mut self, list: &mut A) -> Result<bool, A::Error> {
        let Some(version) = list.next_element::<Version>()? else { return Ok(false) };
        let path = version.parts.0.as_ref().map(Scalar::text).unwrap_or_default();
        self.0.add(&path, version.is_played.truth().unwrap_or(false));
        Ok(true)
    }
}

impl<'de> Read<'de> for Parts<'de> {
    fn element<A: SeqAccess<'de>>(&mut self, list: &mut A) -> Result<bool, A::Error> {
        let Some(part) = list.next_element::<Part>()? else { return Ok(false) };
        self.0 = self.0.take().or(Some(part.file).filter(|file| !file.is_empty()));
        Ok(true)
    }
}

impl<'de> Deserialize<'de> for Media {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        lenient(from)
    }
}

impl<'de> Deserialize<'de> for Parts<'de> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        lenient(from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_of_an_item_is_read_from_whatever_comes() {
        let cases = [
            (r#"[{"id":1,"Part":[{"id":7,"file":"/m/a.mkv"},{"file":"/m/b.mkv"}]}]"#, "/m/a.mkv"),
            (r#"[{"Part":[]},{"Part":[{"file":""},{"file":"/m/b.mkv"}]}]"#, "/m/b.mkv"),
            (
                r#"[{"Part":[{"file":"/t/a.mkv"}]},{"selected":true,"Part":[{"file":"/m/b.mkv"}]}]"#,
                "/m/b.mkv",
            ),
            (r#"[{"Part":[{"file":"/t/a.mkv"}]},{"Part":[{"file":"/m/b.mkv"}]}]"#, ""),
            (r#"[{"Part":{"file":"/m/c.mkv"}}]"#, ""),
            ("[{}]", ""),
            ("[]", ""),
            ("null", ""),
            ("7", ""),
            (r#"{"Part":[{"file":"/m/d.mkv"}]}"#, ""),
        ];
        for (json, expected) in cases {
            let media: Media = serde_json::from_str(json).expect("whatever comes");
            assert_eq!(media.file(), expected, "{json}");
        }
    }
}
