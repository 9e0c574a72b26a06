//! Accidents of headers.

/// An accident of the headers of a proof: its name here, the names that the doctor must find, and the change of a value.
pub(super) struct Row(
    pub(super) &'static str,
    pub(super) &'static [&'static str],
    pub(super) fn(&str) -> Option<String>,
);

/// Accidents of every header of a proof.
pub(super) const ROWS: &[Row] = &[
    Row("doubled", &["header-doubled"], |value| Some(format!("{value}, {value}"))),
    Row("doubled without blank", &["header-doubled"], |value| Some(format!("{value},{value}"))),
    Row("tripled", &["header-doubled"], |value| Some(format!("{value}, {value}, {value}"))),
    Row("quoted", &["header-quoted"], |value| Some(format!("\"{value}\""))),
    Row("single quotes", &["header-quoted"], |value| Some(format!("'{value}'"))),
    Row("Python bytes", &["header-quoted"], |value| Some(format!("b'{value}'"))),
    Row("printed list", &["header-brackets", "header-quoted"], |value| Some(format!("['{value}']"))),
    Row("list of JSON", &["header-brackets", "header-quoted"], |value| Some(format!("[\"{value}\"]"))),
    Row("printed tuple", &["header-brackets", "header-quoted"], |value| Some(format!("('{value}',)"))),
    Row("Go's list", &["header-brackets"], |value| Some(format!("[{value}]"))),
    Row("trailing comma", &["header-blanks"], |value| Some(format!("{value},"))),
    Row("trailing semicolon", &["header-blanks"], |value| Some(format!("{value} ;"))),
    Row("literal line end", &["header-blanks"], |value| Some(format!("{value}\\r\\n"))),
    Row("percent escapes", &["header-escaped"], |value| {
        let escape =
            |byte: u8| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") };
        // A value without special characters has no escapes.
        Some(value.bytes().map(escape).collect::<String>()).filter(|escaped| escaped != value)
    }),
    Row("doubled and quoted", &["header-doubled", "header-quoted"], |value| Some(format!("\"{value}\", \"{value}\""))),
];
