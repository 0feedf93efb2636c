//! Members of a body that are JSON objects, and nothing else.
//!
//! Derived readers also take an array for a structure, and read its entries as the members in their order.

use std::{fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor, value::MapAccessDeserializer},
};

/// Reads an optional object.
pub(crate) fn optional<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Ok(Option::<Object<T>>::deserialize(deserializer)?.map(|Object(value)| value))
}

/// Reads an optional list of objects.
pub(crate) fn list<'de, D, T>(deserializer: D) -> Result<Option<Vec<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    let objects = Option::<Vec<Object<T>>>::deserialize(deserializer)?;
    Ok(objects.map(|objects| objects.into_iter().map(|Object(value)| value).collect()))
}

/// What is read from an object only.
struct Object<T>(T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Members(PhantomData))
    }
}

struct Members<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Members<T> {
    type Value = Object<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<Self::Value, A::Error> {
        T::deserialize(MapAccessDeserializer::new(members)).map(Object)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Default, Deserialize)]
    #[serde(default)]
    struct Body {
        #[serde(deserialize_with = "optional")]
        one: Option<Entry>,
        #[serde(deserialize_with = "list")]
        many: Option<Vec<Entry>>,
    }

    #[derive(Debug, Default, Deserialize)]
    #[serde(default)]
    struct Entry {
        word: Option<String>,
    }

    #[test]
    fn objects_are_read_and_arrays_are_not_taken_for_them() {
        let body: Body =
            serde_json::from_str(r#"{"one":{"word":"a"},"many":[{"word":"b"},{}]}"#).unwrap();
        assert_eq!(body.one.unwrap().word.as_deref(), Some("a"));
        let words = body.many.unwrap().into_iter().map(|entry| entry.word);
        assert_eq!(words.collect::<Vec<_>>(), [Some("b".to_owned()), None]);
        for text in [r#"{"one":["a"]}"#, r#"{"one":[]}"#, r#"{"many":[["a"]]}"#, r#"{"many":{}}"#] {
            assert!(serde_json::from_str::<Body>(text).is_err(), "{text}");
        }
    }

    #[test]
    fn absent_and_null_are_nothing() {
        for text in ["{}", r#"{"one":null,"many":null}"#] {
            let body: Body = serde_json::from_str(text).unwrap();
            assert!(body.one.is_none() && body.many.is_none());
        }
    }
}
