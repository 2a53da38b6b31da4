//! Where does a chunked body end, and what is in it?
//!
//! [`Decoder`] is pure and is fed bytes as they come, in pieces of any size. It takes the form of
//! RFC 9112, 7.1, with hard ends: chunk-size lines (extensions are skipped) and trailers that
//! grow without end are refused, so that nobody can make us read for ever.

/// Why bytes are no chunks, or none that anybody takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The coding is broken; how.
    Malformed(&'static str),
    /// A chunk is announced that is longer than the body may be.
    TooLarge,
}

/// Most bytes of one line: a chunk's size with its extensions, or a trailer.
pub const LINE_MOST: usize = 256;
/// Most bytes of all trailers together.
const TRAILERS_MOST: usize = 4096;

/// Undoes `Transfer-Encoding: chunked`.
#[derive(Clone, Debug)]
pub struct Decoder {
    place: DecoderState,
    /// Most bytes of the decoded body.
    most: usize,
    /// Bytes of the line in progress.
    line: usize,
    /// Bytes of the trailers so far.
    trailers: usize,
}

/// What the next byte belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum DecoderState {
    /// The digits of a size, of which some may have come.
    Size { so_far: Option<usize> },
    /// What follows the digits up to the carriage return.
    Extension { size: usize },
    /// The line feed of a size line.
    SizeEnd { size: usize },
    /// The bytes of a chunk.
    Data { left: usize },
    /// The carriage return, then the line feed, after a chunk.
    DataEnd { return_seen: bool },
    /// A trailer or the last, empty line.
    Trailer { return_seen: bool },
    /// The body is whole.
    End,
}

impl Decoder {
    /// A decoder of a body of at most `most` bytes. Of a stream whose body is taken away after each
    /// [`Decoder::decode`] no chunk may be longer than that.
    #[must_use]
    pub fn new(most: usize) -> Self {
        Self { place: DecoderState::Size { so_far: None }, most, line: 0, trailers: 0 }
    }

    /// Whether the body is whole.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.place == DecoderState::End
    }

    /// Takes from `raw` what belongs to this body, appends what it holds to `body`, and says how
    /// many bytes it took. Bytes after the end are left.
    ///
    /// # Errors
    /// [`Fault::Malformed`] where the coding is broken, [`Fault::TooLarge`] as soon as a
    /// chunk announces more than the body may have. The decoder must not be used after that.
    pub fn decode(&mut self, raw: &[u8], body: &mut Vec<u8>) -> Result<usize, Fault> {
        let mut rest = raw;
        while let Some((&byte, after)) = rest.split_first() {
            match self.place {
                DecoderState::End => break,
                DecoderState::Data { left } => {
                    let (data, after) = rest.split_at(left.min(rest.len()));
                    body.extend_from_slice(data);
                    rest = after;
                    self.place = match left - data.len() {
                        0 => DecoderState::DataEnd { return_seen: false },
                        left => DecoderState::Data { left },
                    };
                }
                DecoderState::Size { .. }
                | DecoderState::Extension { .. }
                | DecoderState::SizeEnd { .. }
                | DecoderState::DataEnd { .. }
                | DecoderState::Trailer { .. } => {
                    self.place = self.past(byte, body.len())?;
                    rest = after;
                }
            }
        }
        Ok(raw.len() - rest.len())
    }

    /// Where we are after `byte`, which is no data.
    fn past(&mut self, byte: u8, decoded: usize) -> Result<DecoderState, Fault> {
        self.line += 1;
        if self.line > LINE_MOST {
            return Err(Fault::Malformed("a line between the chunks is too long"));
        }
        let broken = Err(Fault::Malformed("the chunks are broken"));
        match self.place {
            DecoderState::Size { so_far } => match (so_far, byte) {
                (_, digit) if digit.is_ascii_hexdigit() => {
                    let value = char::from(digit).to_digit(16).unwrap_or(0) as usize;
                    let size = so_far
                        .unwrap_or(0)
                        .checked_mul(16)
                        .and_then(|size| size.checked_add(value))
                        .filter(|size| *size <= self.most.saturating_sub(decoded))
                        .ok_or(Fault::TooLarge)?;
                    Ok(DecoderState::Size { so_far: Some(size) })
                }
                (Some(size), b'\r') => Ok(DecoderState::SizeEnd { size }),
                (Some(size), b';' | b' ' | b'\t') => Ok(DecoderState::Extension { size }),
                _ => broken,
            },
            DecoderState::Extension { size } => match byte {
                b'\r' => Ok(DecoderState::SizeEnd { size }),
                b'\n' => broken,
                _ => Ok(DecoderState::Extension { size }),
            },
            DecoderState::SizeEnd { size } if byte == b'\n' => {
                self.line = 0;
                Ok(match size {
                    0 => DecoderState::Trailer { return_seen: false },
                    left => DecoderState::Data { left },
                })
            }
            DecoderState::DataEnd { return_seen: false } if byte == b'\r' => {
                Ok(DecoderState::DataEnd { return_seen: true })
            }
            DecoderState::DataEnd { return_seen: true } if byte == b'\n' => {
                self.line = 0;
                Ok(DecoderState::Size { so_far: None })
            }
            DecoderState::Trailer { return_seen: false } if byte != b'\n' => {
                Ok(DecoderState::Trailer { return_seen: byte == b'\r' })
            }
            DecoderState::Trailer { return_seen: true } if byte == b'\n' => {
                let was_empty = self.line == 2;
                self.trailers += self.line;
                self.line = 0;
                if self.trailers > TRAILERS_MOST {
                    return Err(Fault::Malformed("the trailers are too long"));
                }
                Ok(if was_empty {
                    DecoderState::End
                } else {
                    DecoderState::Trailer { return_seen: false }
                })
            }
            DecoderState::SizeEnd { .. }
            | DecoderState::DataEnd { .. }
            | DecoderState::Trailer { .. }
            | DecoderState::Data { .. }
            | DecoderState::End => broken,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The body, how many bytes were taken for it, and whether it is whole.
    type Decoded<T> = Result<(T, usize, bool), Fault>;

    /// What comes of these pieces.
    fn decoded(pieces: &[&[u8]]) -> Decoded<Vec<u8>> {
        let (mut decoder, mut body, mut taken) = (Decoder::new(100), Vec::new(), 0);
        for piece in pieces {
            taken += decoder.decode(piece, &mut body)?;
        }
        Ok((body, taken, decoder.is_done()))
    }

    #[test]
    fn bodies_end_where_they_say_and_nothing_after_is_taken() {
        let malformed = |why| Err(Fault::Malformed(why));
        let broken = || malformed("the chunks are broken");
        let long_line = format!("1;{}\r\n", "x".repeat(LINE_MOST));
        let trailers = format!("0\r\n{}\r\n", format!("A: {}\r\n", "b".repeat(200)).repeat(30));
        let cases: &[(&str, Decoded<&str>)] = &[
            ("0\r\n\r\n", Ok(("", 5, true))),
            ("5\r\nhello\r\n0\r\n\r\nPOST /", Ok(("hello", 15, true))),
            ("5;a=b\r\nhello\r\n1 \r\n!\r\n000\r\nA: b\r\n\r\n", Ok(("hello!", 34, true))),
            ("A\r\n0123456789\r\n0\r\n", Ok(("0123456789", 18, false))),
            ("5\r\nhel", Ok(("hel", 6, false))),
            ("", Ok(("", 0, false))),
            ("\r\n", broken()),
            ("-5\r\n", broken()),
            ("0x5\r\n", broken()),
            ("5\nhello", broken()),
            ("5\r\nhelloo\r\n", broken()),
            ("5\rhello", broken()),
            ("0\r\n\n", broken()),
            ("0\r\nA\rB\r\n\r\n", broken()),
            ("65\r\n", Err(Fault::TooLarge)),
            ("ffffffffffffffffffff\r\n", Err(Fault::TooLarge)),
            (&long_line, malformed("a line between the chunks is too long")),
            (&trailers, malformed("the trailers are too long")),
        ];
        let wrong: Vec<_> = cases
            .iter()
            .filter_map(|(raw, expected)| {
                let got = decoded(&[raw.as_bytes()]);
                let expected = expected.map(|(body, n, end)| (body.as_bytes().to_vec(), n, end));
                (got != expected).then(|| format!("{raw:?}: {got:?}, not {expected:?}"))
            })
            .collect();
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    #[test]
    fn all_chunks_together_stay_within_the_limit() {
        let raw = format!("40\r\n{}\r\n25\r\n", "x".repeat(64));
        assert_eq!(decoded(&[raw.as_bytes()]), Err(Fault::TooLarge));
    }

    proptest! {
        /// However the network cuts a body, it is the same body.
        #[test]
        fn pieces_make_no_difference(raw in "([0-9a-f]{1,2}(;x)?\r\n|[0-9a-f\r\n]){0,30}|[ -~\r\n]{0,60}", cut in 0usize..120) {
            let raw = raw.as_bytes();
            let (first, second) = raw.split_at(cut.min(raw.len()));
            let whole = decoded(&[raw]);
            prop_assert_eq!(&decoded(&[first, second]), &whole);
            let bytes: Vec<_> = raw.chunks(1).collect();
            prop_assert_eq!(&decoded(&bytes), &whole);
        }

        /// What was encoded comes out again.
        #[test]
        fn encoded_bodies_come_back(chunks in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..20), 0..5)) {
            let mut raw = Vec::new();
            for chunk in &chunks {
                raw.extend(format!("{:x}\r\n", chunk.len()).bytes());
                raw.extend(chunk);
                raw.extend(b"\r\n");
            }
            raw.extend(b"0\r\n\r\n");
            prop_assert_eq!(decoded(&[&raw]), Ok((chunks.concat(), raw.len(), true)));
        }
    }
}
