//! The path template of an endpoint.

/// A path template: literal segments, `{name}` for one segment, `{*name}` or `{name:.*}` for the rest.
#[derive(Debug, Clone)]
pub(crate) struct Pattern(Vec<Segment>);

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Segment {
    Literal(String),
    /// One segment that is not empty.
    Any,
    /// All segments that are left, at least one.
    Rest,
}

impl Pattern {
    /// Reads a template as axum and actix-web write it.
    ///
    /// # Panics
    ///
    /// If the template does not begin with `/`, or if segments follow the rest.
    pub(crate) fn new(template: &str) -> Self {
        let Some(path) = template.strip_prefix('/') else { panic!("the path `{template}` must begin with `/`") };
        let segments: Vec<Segment> = path.split('/').map(Segment::new).collect();
        let rest = segments.iter().position(|segment| *segment == Segment::Rest);
        assert!(
            rest.is_none_or(|place| place + 1 == segments.len()),
            "the rest must be the end of the path `{template}`"
        );
        Self(segments)
    }

    pub(crate) fn segments(&self) -> &[Segment] {
        &self.0
    }

    pub(crate) fn literals(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|segment| match segment {
            Segment::Literal(text) if !text.is_empty() => Some(text.as_str()),
            _ => None,
        })
    }

    /// Returns whether a path has this form, byte by byte.
    pub(crate) fn matches(&self, path: &str) -> bool {
        let Some(path) = path.strip_prefix('/') else { return false };
        let mut given = path.split('/');
        for segment in &self.0 {
            let Some(text) = given.next() else { return false };
            match segment {
                Segment::Literal(literal) if literal == text => {}
                Segment::Any if !text.is_empty() => {}
                Segment::Rest => return !text.is_empty() || given.next().is_some(),
                Segment::Literal(_) | Segment::Any => return false,
            }
        }
        given.next().is_none()
    }
}

impl Segment {
    pub(crate) fn is_empty(&self) -> bool {
        matches!(self, Self::Literal(text) if text.is_empty())
    }

    pub(crate) const fn is_literal(&self) -> bool {
        matches!(self, Self::Literal(_))
    }

    fn new(text: &str) -> Self {
        match text.find('{') {
            None => Self::Literal(text.to_owned()),
            Some(_) if text.starts_with("{*") || text.ends_with(":.*}") => Self::Rest,
            Some(_) => Self::Any,
        }
    }
}
