//! A value as JSON, cut to what a person reads.

use std::io::{Error, Write};

use crate::json::Value;

/// The JSON text of `value`, at most `most` bytes and an ellipsis. Work is bounded by `most`, not by the value.
pub(crate) fn excerpt(value: &Value<'_>, most: usize) -> String {
    let mut out = Short { bytes: Vec::new(), most };
    let whole = serde_json::to_writer(&mut out, value).is_ok();
    let mut text = String::from_utf8_lossy(&out.bytes).into_owned();
    if !whole {
        // A character that was cut in half.
        while text.ends_with('\u{FFFD}') {
            text.pop();
        }
        text.push('…');
    }
    text
}

struct Short {
    bytes: Vec<u8>,
    most: usize,
}

impl Write for Short {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Error> {
        let room = self.most.saturating_sub(self.bytes.len());
        if room == 0 && !bytes.is_empty() {
            return Err(Error::other("full"));
        }
        let taken = bytes.get(..room).unwrap_or(bytes);
        self.bytes.extend_from_slice(taken);
        Ok(taken.len())
    }

    fn flush(&mut self) -> Result<(), Error> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_values_are_cut_between_characters() {
        let long = Value::Array(vec![Value::String("ж".repeat(100).into()); 100]);
        let text = excerpt(&long, 21);
        assert_eq!(text, format!("[\"{}…", "ж".repeat(9)));
        assert_eq!(excerpt(&Value::Bool(true), 21), "true");
    }
}
