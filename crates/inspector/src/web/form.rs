//! The fields of a query or of a form.

use form_urlencoded::Serializer;

/// The most fields that are read.
const MOST_FIELDS: usize = 64;

/// The fields of a query or of a form, in their order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Form(Vec<(String, String)>);

impl Form {
    /// Reads fields. Fields beyond the bound are ignored.
    pub(crate) fn read(text: &[u8]) -> Self {
        let fields = form_urlencoded::parse(text).take(MOST_FIELDS);
        Self(fields.map(|(name, value)| (name.into_owned(), value.into_owned())).collect())
    }

    /// Returns the trimmed value of a field; `None` if it is absent or empty.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let value = self.0.iter().find(|(field, _)| field == name).map(|(_, value)| value.trim());
        value.filter(|value| !value.is_empty())
    }

    /// Returns the fields with another value of one field. An empty value removes it.
    #[must_use]
    pub(crate) fn with(&self, name: &str, value: &str) -> Self {
        let mut fields = self.without(&[name]).0;
        if !value.is_empty() {
            fields.push((name.to_owned(), value.to_owned()));
        }
        Self(fields)
    }

    /// Returns the fields without those of these names.
    #[must_use]
    pub(crate) fn without(&self, names: &[&str]) -> Self {
        Self(self.0.iter().filter(|(field, _)| !names.contains(&field.as_str())).cloned().collect())
    }

    /// Returns the fields of these names.
    #[must_use]
    pub(crate) fn only(&self, names: &[&str]) -> Self {
        let is_wanted = |(name, value): &&(String, String)| names.contains(&name.as_str()) && !value.trim().is_empty();
        Self(self.0.iter().filter(is_wanted).cloned().collect())
    }

    /// Returns the names and values.
    pub(crate) fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Returns whether the form is empty.
    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the fields as the query of a URL, with its question mark; an empty text without fields.
    pub(crate) fn to_query(&self) -> String {
        if self.0.is_empty() {
            return String::new();
        }
        let mut query = Serializer::for_suffix("?".to_owned(), 1);
        query.extend_pairs(&self.0);
        query.finish()
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Form {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(fields: I) -> Self {
        Self(fields.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_survive_a_query() {
        let form = Form::read(b"q=a%26b+c&state=parked&only=&q=second");
        assert_eq!(
            (form.get("q"), form.get("state"), form.get("only"), form.get("x")),
            (Some("a&b c"), Some("parked"), None, None)
        );
        assert_eq!(form.with("q", "\"<é>").only(&["q", "state"]).to_query(), "?state=parked&q=%22%3C%C3%A9%3E");
        assert_eq!(Form::read(&form.to_query().as_bytes()[1..]), form);
        assert_eq!(form.without(&["q", "state", "only"]).to_query(), "");
        assert_eq!(Form::read(&b"a=1&".repeat(1_000)).fields().count(), MOST_FIELDS);
    }
}
