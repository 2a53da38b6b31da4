//! What does an event stream say?
//!
//! [`Events`] reads the form of <https://html.spec.whatwg.org/multipage/server-sent-events.html> from
//! bytes as they come, in pieces of any size. It is pure. Lines end with CR, LF or both; comments, `id`
//! and `retry` are skipped; an event without data is none. A line and the data of an event have a
//! bound, so that nobody can make us keep what never ends.

/// Most bytes of a line, and of an event's data. What Plex says takes less than one KiB.
pub const MOST: usize = 64 * 1024;

/// One event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message {
    /// Its kind; empty where it has none.
    pub kind: String,
    /// Its data; of several lines with line feeds between them.
    pub data: String,
}

/// A line or an event is longer than [`MOST`]; nothing more is to be read then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLong;

/// Reads an event stream.
#[derive(Clone, Debug, Default)]
pub struct Events {
    line: Vec<u8>,
    message: Message,
    /// The last byte was a CR: an LF now belongs to it.
    after_return: bool,
    /// The first line is over, before which a byte-order mark may stand.
    is_under_way: bool,
}

impl Events {
    /// Takes what came, and adds what is whole now to `told`.
    ///
    /// # Errors
    /// [`TooLong`].
    pub fn take(&mut self, bytes: &[u8], told: &mut Vec<Message>) -> Result<(), TooLong> {
        for byte in bytes {
            let ends_a_return = std::mem::take(&mut self.after_return) && *byte == b'\n';
            match byte {
                b'\n' if ends_a_return => {}
                b'\n' | b'\r' => {
                    self.after_return = *byte == b'\r';
                    let line = std::mem::take(&mut self.line);
                    told.extend(self.line(&line)?);
                }
                _ if self.line.len() >= MOST => return Err(TooLong),
                byte => self.line.push(*byte),
            }
        }
        Ok(())
    }

    /// What is whole with this line.
    fn line(&mut self, line: &[u8]) -> Result<Option<Message>, TooLong> {
        let mark: &[u8] = if self.is_under_way { b"" } else { "\u{feff}".as_bytes() };
        self.is_under_way = true;
        let line = String::from_utf8_lossy(line.strip_prefix(mark).unwrap_or(line));
        if line.is_empty() {
            let message = std::mem::take(&mut self.message);
            let data = message.data.strip_suffix('\n').map(str::to_owned);
            return Ok(data.map(|data| Message { data, ..message }));
        }
        let (field, value) = line.split_once(':').unwrap_or((&line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => value.clone_into(&mut self.message.kind),
            "data" if self.message.data.len() + value.len() >= MOST => return Err(TooLong),
            "data" => {
                self.message.data.push_str(value);
                self.message.data.push('\n');
            }
            _ => {}
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Kinds and data of what comes of these pieces.
    fn told(pieces: &[&[u8]]) -> Result<Vec<(String, String)>, TooLong> {
        let (mut events, mut told) = (Events::default(), Vec::new());
        for piece in pieces {
            events.take(piece, &mut told)?;
        }
        Ok(told.into_iter().map(|message| (message.kind, message.data)).collect())
    }

    #[test]
    fn an_event_is_its_lines_up_to_an_empty_one() {
        let cases: &[(&str, &[(&str, &str)])] = &[
            ("event: playing\ndata: {}\n\n", &[("playing", "{}")]),
            ("event: playing\r\ndata: {}\r\n\r\n", &[("playing", "{}")]),
            ("event:playing\rdata:{}\r\r", &[("playing", "{}")]),
            ("data: a\n\ndata: b\n\n", &[("", "a"), ("", "b")]),
            ("event: a\nevent: b\ndata: 1\ndata: 2\ndata\n\n", &[("b", "1\n2\n")]),
            (": comment\nid: 7\nretry: 1\nnonsense\ndata:  x: y\n\n", &[("", " x: y")]),
            ("event: ping\n\ndata: a\n\n", &[("", "a")]),
            ("data\n\n", &[("", "")]),
            ("\u{feff}data: a\n\n\u{feff}data: b\n\n", &[("", "a")]),
            ("data: a", &[]),
            ("data: a\n", &[]),
            ("\n\r\n\r", &[]),
        ];
        for (text, expected) in cases {
            let expected = expected.iter().map(|(kind, data)| ((*kind).into(), (*data).into()));
            assert_eq!(told(&[text.as_bytes()]), Ok(expected.collect()), "{text:?}");
        }
        let broken = [&b"data: "[..], &[0xff], b"\n\n"].concat();
        assert_eq!(told(&[&broken]), Ok(vec![(String::new(), "\u{fffd}".to_owned())]));
    }

    #[test]
    fn what_never_ends_is_given_up() {
        let line = vec![b'x'; MOST];
        assert_eq!(told(&[&line]), Ok(Vec::new()));
        assert_eq!(told(&[&line, b"x"]), Err(TooLong));
        let data = format!("data: {}\n", "x".repeat(1_000)).repeat(66);
        assert_eq!(told(&[data.as_bytes()]), Err(TooLong));
        let many = "data: x\n\n".repeat(100_000);
        assert_eq!(told(&[many.as_bytes()]).map(|told| told.len()), Ok(100_000));
    }

    proptest! {
        /// However the network cuts it, it says the same.
        #[test]
        fn pieces_make_no_difference(text in "((event|data|id|): ?[a-c]{0,2}|[\r\n]|\r\n|:|\u{feff}){0,30}", cut in 0usize..80) {
            let bytes = text.as_bytes();
            let (first, second) = bytes.split_at(cut.min(bytes.len()));
            let whole = told(&[bytes]);
            prop_assert_eq!(&told(&[first, second]), &whole);
            let single: Vec<_> = bytes.chunks(1).collect();
            prop_assert_eq!(&told(&single), &whole);
        }
    }
}
