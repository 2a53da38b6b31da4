//! Which file does Plex speak of? The first part of the first of an item's `Media`.

use crate::webhook::object::{Read, lenient, object};
use crate::webhook::scalar::Scalar;
use serde::de::{Deserialize, Deserializer, SeqAccess};

/// The versions of an item, of which the first counts that has a file.
#[derive(Debug, Default)]
pub(in crate::webhook) struct Media<'a>(Option<Scalar<'a>>);

/// The files of a version.
#[derive(Debug, Default)]
pub(in crate::webhook) struct Parts<'a>(Option<Scalar<'a>>);

object! {
    struct Version<'a> { parts: Parts<'a> = "Part", }
}

object! {
    struct Part<'a> { file: Scalar<'a> = "file", }
}

impl Media<'_> {
    /// Its path on the server, or empty.
    pub(super) fn file(&self) -> String {
        self.0.as_ref().map(Scalar::text).unwrap_or_default()
    }
}

impl<'de> Read<'de> for Media<'de> {
    fn element<A: SeqAccess<'de>>(&mut self, list: &mut A) -> Result<bool, A::Error> {
        let Some(version) = list.next_element::<Version>()? else { return Ok(false) };
        let file = version.parts.0.filter(|file| !file.is_empty());
        self.0 = self.0.take().or(file);
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

impl<'de> Deserialize<'de> for Media<'de> {
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
    fn the_first_file_of_an_item_is_read_from_whatever_comes() {
        let cases = [
            (r#"[{"id":1,"Part":[{"id":7,"file":"/m/a.mkv"},{"file":"/m/b.mkv"}]}]"#, "/m/a.mkv"),
            (r#"[{"Part":[]},{"Part":[{"file":""},{"file":"/m/b.mkv"}]}]"#, "/m/b.mkv"),
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
