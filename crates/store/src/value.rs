//! What goes into a statement and what comes out of it: one value type and one row type for both engines.
//! There are no dates, floats or booleans: times are microseconds, truth is 0 or 1.

use crate::error::StoreError;

/// One parameter of a statement, or one column of a row.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Value {
    /// SQL's null.
    #[default]
    Null,
    /// A BIGINT.
    Int(i64),
    /// A TEXT. It holds no NUL character: PostgreSQL cannot keep one, so neither engine takes it.
    Text(String),
    /// A BLOB (BYTEA in PostgreSQL).
    Blob(Vec<u8>),
}

impl Value {
    /// How many bytes the value takes, roughly; used to cut batches.
    pub(crate) fn len_bytes(&self) -> usize {
        match self {
            Self::Null => 1,
            Self::Int(_) => 8,
            Self::Text(text) => text.len(),
            Self::Blob(bytes) => bytes.len(),
        }
    }

    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Int(_) => "an integer",
            Self::Text(_) => "text",
            Self::Blob(_) => "bytes",
        }
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<u32> for Value {
    fn from(value: u32) -> Self {
        Self::Int(i64::from(value))
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Int(i64::from(value))
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

impl From<&String> for Value {
    fn from(value: &String) -> Self {
        Self::Text(value.clone())
    }
}

impl From<Vec<u8>> for Value {
    fn from(value: Vec<u8>) -> Self {
        Self::Blob(value)
    }
}

impl From<&[u8]> for Value {
    fn from(value: &[u8]) -> Self {
        Self::Blob(value.to_vec())
    }
}

impl From<[u8; 32]> for Value {
    fn from(value: [u8; 32]) -> Self {
        Self::Blob(value.to_vec())
    }
}

impl From<&[u8; 32]> for Value {
    fn from(value: &[u8; 32]) -> Self {
        Self::Blob(value.to_vec())
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// One row of an answer; columns are counted from 0. Every accessor fails with [`StoreError::Row`] when the
/// column is missing or holds another type (a null included, except in the `opt_` accessors).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    values: Vec<Value>,
}

impl Row {
    pub(crate) fn new(values: Vec<Value>) -> Self {
        Self { values }
    }

    /// All columns in order.
    #[must_use]
    pub fn values(&self) -> &[Value] {
        &self.values
    }

    /// All columns in order, without a copy.
    #[must_use]
    pub fn into_values(self) -> Vec<Value> {
        self.values
    }

    /// An integer.
    pub fn int(&self, column: usize) -> Result<i64, StoreError> {
        self.opt_int(column)?.ok_or_else(|| unexpected(column, "an integer", &Value::Null))
    }

    /// A truth kept as 0 or 1; any other number is an error.
    pub fn bool(&self, column: usize) -> Result<bool, StoreError> {
        match self.int(column)? {
            0 => Ok(false),
            1 => Ok(true),
            other => Err(StoreError::Row(format!("column {column} holds {other} where 0 or 1 belongs"))),
        }
    }

    /// A text, copied.
    pub fn text(&self, column: usize) -> Result<String, StoreError> {
        self.text_ref(column).map(str::to_owned)
    }

    /// A text, taken out of the row: the column is null afterwards.
    pub(crate) fn take_text(&mut self, column: usize) -> Result<String, StoreError> {
        match self.values.get_mut(column).map(std::mem::take) {
            Some(Value::Text(text)) => Ok(text),
            Some(other) => Err(unexpected(column, "text", &other)),
            None => self.text(column),
        }
    }

    /// A text, borrowed from the row.
    pub fn text_ref(&self, column: usize) -> Result<&str, StoreError> {
        match self.value(column)? {
            Value::Text(text) => Ok(text),
            other => Err(unexpected(column, "text", other)),
        }
    }

    /// Bytes, copied.
    pub fn blob(&self, column: usize) -> Result<Vec<u8>, StoreError> {
        self.blob_ref(column).map(<[u8]>::to_vec)
    }

    /// Bytes, borrowed from the row.
    pub fn blob_ref(&self, column: usize) -> Result<&[u8], StoreError> {
        match self.value(column)? {
            Value::Blob(bytes) => Ok(bytes),
            other => Err(unexpected(column, "bytes", other)),
        }
    }

    /// Exactly 32 bytes: a digest or a hash.
    pub fn hash(&self, column: usize) -> Result<[u8; 32], StoreError> {
        let bytes = self.blob_ref(column)?;
        <[u8; 32]>::try_from(bytes).map_err(|_| {
            StoreError::Row(format!("column {column} holds {} bytes where 32 belong", bytes.len()))
        })
    }

    /// An integer or null.
    pub fn opt_int(&self, column: usize) -> Result<Option<i64>, StoreError> {
        match self.value(column)? {
            Value::Null => Ok(None),
            Value::Int(number) => Ok(Some(*number)),
            other => Err(unexpected(column, "an integer", other)),
        }
    }

    /// A text or null, copied.
    pub fn opt_text(&self, column: usize) -> Result<Option<String>, StoreError> {
        match self.value(column)? {
            Value::Null => Ok(None),
            _ => self.text(column).map(Some),
        }
    }

    /// Bytes or null, copied.
    pub fn opt_blob(&self, column: usize) -> Result<Option<Vec<u8>>, StoreError> {
        match self.value(column)? {
            Value::Null => Ok(None),
            _ => self.blob(column).map(Some),
        }
    }

    /// Exactly 32 bytes or null.
    pub fn opt_hash(&self, column: usize) -> Result<Option<[u8; 32]>, StoreError> {
        match self.value(column)? {
            Value::Null => Ok(None),
            _ => self.hash(column).map(Some),
        }
    }

    fn value(&self, column: usize) -> Result<&Value, StoreError> {
        self.values.get(column).ok_or_else(|| {
            StoreError::Row(format!("there is no column {column}; the row has {}", self.values.len()))
        })
    }
}

fn unexpected(column: usize, wanted: &str, found: &Value) -> StoreError {
    StoreError::Row(format!("column {column} is {} where {wanted} belongs", found.kind()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row() -> Row {
        Row::new(vec![Value::Null, 7_i64.into(), "x".into(), vec![1_u8, 2].into(), [9_u8; 32].into()])
    }

    #[test]
    fn each_accessor_reads_its_own_type() {
        let row = row();
        assert_eq!(row.int(1), Ok(7));
        assert_eq!(row.text(2).as_deref(), Ok("x"));
        assert_eq!(row.blob(3), Ok(vec![1, 2]));
        assert_eq!(row.hash(4), Ok([9; 32]));
    }

    #[test]
    fn null_is_absence_only_where_it_is_allowed() {
        let row = row();
        assert_eq!(row.opt_int(0), Ok(None));
        assert_eq!(row.opt_text(0), Ok(None));
        assert_eq!(row.opt_blob(0), Ok(None));
        assert_eq!(row.opt_hash(0), Ok(None));
        assert!(matches!(row.int(0), Err(StoreError::Row(_))));
        assert!(matches!(row.text(0), Err(StoreError::Row(_))));
    }

    #[test]
    fn a_wrong_type_or_place_is_an_error_that_names_it() {
        let row = row();
        let Err(StoreError::Row(wrong)) = row.int(2) else { panic!("text was read as an integer") };
        assert!(wrong.contains("column 2") && wrong.contains("text"), "{wrong}");
        assert!(matches!(row.int(9), Err(StoreError::Row(_))));
        assert!(matches!(row.hash(3), Err(StoreError::Row(_))), "two bytes are no hash");
        assert!(matches!(row.bool(1), Err(StoreError::Row(_))), "7 is no truth");
    }

    #[test]
    fn options_become_nulls() {
        assert_eq!(Value::from(None::<i64>), Value::Null);
        assert_eq!(Value::from(Some("a")), Value::Text("a".into()));
        assert_eq!(Value::from(true), Value::Int(1));
    }
}
