//! How are payloads read without letting one strange member spoil the rest?
//!
//! `serde`'s derive fails a document on a duplicate key and on a value of another type than it
//! expects; senders produce both. [`object!`] declares the members that a shape needs, each with
//! the exact (case-sensitive) keys it goes by: unknown members are skipped without being built,
//! of duplicates the last counts, as in every browser, and anything that is no object is an
//! object without members. Only what is no JSON at all is an error.

use super::scalar::Scalar;
use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::fmt;
use std::marker::PhantomData;

/// Declares an object: `struct Name<'a> { field: Type = "Key" | "OtherKey", … }`.
macro_rules! object {
    (
        $(#[$doc:meta])*
        struct $name:ident<$a:lifetime> {
            $($(#[$field_doc:meta])* $field:ident: $type:ty = $($key:literal)|+,)+
        }
    ) => {
        $(#[$doc])*
        #[derive(Debug, Default)]
        pub(in crate::webhook) struct $name<$a> {
            $($(#[$field_doc])* pub(in crate::webhook) $field: $type,)+
        }

        impl<$a> $crate::webhook::object::Read<$a> for $name<$a> {
            fn member<A: serde::de::MapAccess<$a>>(
                &mut self,
                key: &str,
                map: &mut A,
            ) -> Result<(), A::Error> {
                match key {
                    $($($key)|+ => self.$field = map.next_value()?,)+
                    _ => $crate::webhook::object::skip(map)?,
                }
                Ok(())
            }
        }

        impl<$a> serde::Deserialize<$a> for $name<$a> {
            fn deserialize<D: serde::Deserializer<$a>>(from: D) -> Result<Self, D::Error> {
                $crate::webhook::object::lenient(from)
            }
        }
    };
}
pub(super) use object;

/// What can be read from any JSON value; what does not fit is the default.
pub(super) trait Read<'de>: Default {
    /// Takes a scalar.
    fn scalar(_scalar: Scalar<'de>) -> Self {
        Self::default()
    }

    /// Takes one member of an object: must take (or [`skip`]) its value from `map`.
    fn member<A: MapAccess<'de>>(&mut self, _key: &str, map: &mut A) -> Result<(), A::Error> {
        skip(map)
    }

    /// Takes the next element of a list; `false` at its end.
    fn element<A: SeqAccess<'de>>(&mut self, list: &mut A) -> Result<bool, A::Error> {
        Ok(list.next_element::<IgnoredAny>()?.is_some())
    }
}

/// Leaves out the value of the present member.
pub(super) fn skip<'de, A: MapAccess<'de>>(map: &mut A) -> Result<(), A::Error> {
    map.next_value::<IgnoredAny>().map(drop)
}

/// Reads a `T` from whatever value comes.
pub(super) fn lenient<'de, T: Read<'de>, D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
    from.deserialize_any(Lenient(PhantomData))
}

/// The visitor behind [`lenient`].
struct Lenient<T>(PhantomData<T>);

impl<'de, T: Read<'de>> Visitor<'de> for Lenient<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<T, A::Error> {
        let mut object = T::default();
        // A `Scalar`, because it borrows a key wherever it can: serde's own `Cow` never does.
        while let Some(key) = map.next_key::<Scalar>()? {
            match key {
                Scalar::Text(key) => object.member(&key, &mut map)?,
                Scalar::Absent | Scalar::Number(_) | Scalar::Truth(_) => skip(&mut map)?,
            }
        }
        Ok(object)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<T, A::Error> {
        let mut value = T::default();
        while value.element(&mut list)? {}
        Ok(value)
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<T, E> {
        Ok(T::scalar(Scalar::Text(text.into())))
    }

    fn visit_str<E>(self, text: &str) -> Result<T, E> {
        Ok(T::scalar(Scalar::Text(text.to_owned().into())))
    }

    fn visit_bool<E>(self, truth: bool) -> Result<T, E> {
        Ok(T::scalar(Scalar::Truth(truth)))
    }

    fn visit_f64<E>(self, number: f64) -> Result<T, E> {
        Ok(T::scalar(Scalar::Number(number)))
    }

    #[expect(clippy::cast_precision_loss, reason = "nothing counts beyond 2^53 here")]
    fn visit_u64<E: Error>(self, number: u64) -> Result<T, E> {
        self.visit_f64(number as f64)
    }

    #[expect(clippy::cast_precision_loss, reason = "nothing counts beyond 2^53 here")]
    fn visit_i64<E: Error>(self, number: i64) -> Result<T, E> {
        self.visit_f64(number as f64)
    }

    fn visit_unit<E>(self) -> Result<T, E> {
        Ok(T::default())
    }
}

impl<'de> Read<'de> for Scalar<'de> {
    fn scalar(scalar: Scalar<'de>) -> Self {
        scalar
    }
}

impl<'de> Deserialize<'de> for Scalar<'de> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        lenient(from)
    }
}

/// A value of which it matters whether its key was there at all.
#[derive(Debug, PartialEq)]
pub(super) struct Given<T>(pub(super) Option<T>);

impl<T> Default for Given<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Given<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        T::deserialize(from).map(|value| Self(Some(value)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    object! {
        struct Inner<'a> { deep: Scalar<'a> = "deep", }
    }
    object! {
        struct Outer<'a> {
            word: Scalar<'a> = "word" | "mot",
            inner: Inner<'a> = "inner",
        }
    }

    fn read(json: &str) -> Result<(String, String), String> {
        let outer: Outer = serde_json::from_str(json).map_err(|e| e.to_string())?;
        Ok((outer.word.text(), outer.inner.deep.text()))
    }

    #[test]
    fn strange_members_do_not_spoil_the_others() {
        let cases = [
            (r#"{"word":"a","inner":{"deep":"b"}}"#, ("a", "b")),
            (r#"{"inner":7,"word":"a"}"#, ("a", "")),
            (r#"{"inner":[{"deep":"b"}],"word":"a"}"#, ("a", "")),
            (r#"{"word":"a","Word":"c","WORD":null}"#, ("a", "")),
            (r#"{"word":"a","word":"c"}"#, ("c", "")),
            (r#"{"mot":"a","x":[{"word":1}]}"#, ("a", "")),
            (r#"{"w\u006frd":"a"," word ":"c"}"#, ("a", "")),
            (r#"{"word":{"word":1}}"#, ("", "")),
            ("[1]", ("", "")),
            ("null", ("", "")),
        ];
        for (json, (word, deep)) in cases {
            assert_eq!(read(json), Ok((word.to_owned(), deep.to_owned())), "{json}");
        }
        assert!(read("{").is_err());
    }

    #[test]
    fn any_json_value_is_a_scalar_or_absent() {
        let cases = [
            ("null", Scalar::Absent),
            ("[1,[2]]", Scalar::Absent),
            (r#"{"a":{"b":1}}"#, Scalar::Absent),
            ("-3", Scalar::Number(-3.0)),
            ("true", Scalar::Truth(true)),
            (r#""x""#, Scalar::Text("x".into())),
            (r#""\u00e9""#, Scalar::Text("é".into())),
        ];
        for (json, expected) in cases {
            let read: Scalar = serde_json::from_str(json).unwrap_or_else(|e| panic!("{json}: {e}"));
            assert_eq!(read, expected, "{json}");
        }
    }
}
