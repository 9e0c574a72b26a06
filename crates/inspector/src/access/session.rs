//! The session of a browser: a cookie that the page itself has handed out.

use http::header::COOKIE;
use http::request::Parts;
use time::{Duration, OffsetDateTime};

use super::key::{Key, nonce};

/// The time after which a session ends.
const LASTS: Duration = Duration::hours(12);

/// The time for which personal data stay revealed.
const REVEALED: Duration = Duration::minutes(15);

/// The session of a browser.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    id: String,
    key: Key,
}

impl Session {
    /// Begins a session, and returns it with the value of its cookie.
    pub(crate) fn begin(key: &Key, now: OffsetDateTime) -> (Self, String) {
        let id = nonce();
        let end = (now + LASTS).unix_timestamp().to_string();
        let proof = key.prove("session", &[&id, &end]);
        (Self { id: id.clone(), key: key.clone() }, format!("{id}.{end}.{proof}"))
    }

    /// Returns the session of a request; `None` if its cookie is missing, forged or over.
    pub(crate) fn of(head: &Parts, cookie: &str, key: &Key, now: OffsetDateTime) -> Option<Self> {
        let lines = head.headers.get_all(COOKIE).iter().filter_map(|line| line.to_str().ok());
        let mut cookies = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
        cookies.find_map(|(name, value)| {
            let mut parts = value.split('.');
            let (id, end, proof) = (parts.next()?, parts.next()?, parts.next()?);
            let is_ours = name == cookie && key.proves(proof, "session", &[id, end]);
            let is_over = end.parse::<i64>().ok()? <= now.unix_timestamp();
            (is_ours && !is_over).then(|| Self { id: id.to_owned(), key: key.clone() })
        })
    }

    /// Returns the token that forms of this operator send.
    pub(crate) fn form_token(&self, operator: &str) -> String {
        self.key.prove("form", &[&self.id, operator])
    }

    /// Returns whether a text is the token of the forms.
    pub(crate) fn is_form_token(&self, token: &str, operator: &str) -> bool {
        self.key.proves(token, "form", &[&self.id, operator])
    }

    /// Returns a grant to see something, `entry/5` say, that holds for some minutes in this session.
    pub(crate) fn grant(&self, what: &str, now: OffsetDateTime) -> String {
        let end = (now + REVEALED).unix_timestamp().to_string();
        let proof = self.key.prove("grant", &[&self.id, what, &end]);
        format!("{end}.{proof}")
    }

    /// Returns whether a text is a grant to see something now.
    pub(crate) fn is_granted(&self, grant: &str, what: &str, now: OffsetDateTime) -> bool {
        grant.split_once('.').is_some_and(|(end, proof)| {
            end.parse::<i64>().is_ok_and(|end| end > now.unix_timestamp())
                && self.key.proves(proof, "grant", &[&self.id, what, end])
        })
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop where it fails")]
mod tests {
    use http::Request;

    use super::*;

    fn head(cookie: &str) -> Parts {
        Request::builder().header(COOKIE, cookie).body(()).unwrap().into_parts().0
    }

    #[test]
    fn a_session_ends_and_cannot_be_forged() {
        let (key, now) = (Key::random(), OffsetDateTime::now_utc());
        let (_, value) = Session::begin(&key, now);
        let (id, rest) = value.split_once('.').unwrap();
        let later = format!("{id}.9999999999.{}", rest.split_once('.').unwrap().1);
        let rows = [
            (format!("c={value}"), Duration::ZERO, true),
            (format!("a=b; c={value}; d"), LASTS - Duration::SECOND, true),
            // A cookie of a parent domain comes too, and the own one counts.
            (format!("c=forged; c={value}"), Duration::ZERO, true),
            (format!("c={value}"), LASTS, false),
            (format!("other={value}"), Duration::ZERO, false),
            (format!("c={later}"), LASTS, false),
            (format!("c={id}"), Duration::ZERO, false),
            ("c=..".to_owned(), Duration::ZERO, false),
            (String::new(), Duration::ZERO, false),
        ];
        for (cookie, age, want) in rows {
            assert_eq!(Session::of(&head(&cookie), "c", &key, now + age).is_some(), want, "{cookie} after {age}");
        }
        assert!(Session::of(&head(&format!("c={value}")), "c", &Key::random(), now).is_none());
    }

    #[test]
    fn a_token_belongs_to_its_session_and_operator() {
        let (key, now) = (Key::random(), OffsetDateTime::now_utc());
        let ((one, _), (other, _)) = (Session::begin(&key, now), Session::begin(&key, now));
        let token = one.form_token("dana");
        assert!(one.is_form_token(&token, "dana"));
        assert!(!one.is_form_token(&token, "robin") && !other.is_form_token(&token, "dana"));
        let grant = one.grant("entry/5", now);
        assert!(one.is_granted(&grant, "entry/5", now));
        assert!(!one.is_granted(&grant, "entry/6", now) && !other.is_granted(&grant, "entry/5", now));
        assert!(!one.is_granted(&grant, "entry/5", now + REVEALED));
        assert!(!one.is_granted(&token, "entry/5", now));
    }
}
