//! The proof of a profile: `scheme`.

use http::HeaderName;
use serde::Serialize;

use super::fault::{Fault, quoted};
use super::node::Node;
use super::pointer::Pointer;
use super::table::{Table, Value};

/// The keys of every kind of scheme.
const KEYS: [&str; 12] = [
    "kind",
    "token",
    "header",
    "prefix",
    "encoding",
    "key",
    "form",
    "time",
    "signature",
    "unit",
    "member",
    "algorithm",
];

/// The maximum length of a name, in bytes.
const MOST_NAME: usize = 128;

/// The scheme of a profile, with all its settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub(super) enum Proof {
    BodyHmac { header: String, prefix: Option<String>, encoding: Encoding, key: KeyReading, form: Option<String> },
    TimestampedHmac { header: String, time: String, signature: String, unit: TimeUnit },
    Svix,
    UrlToken,
    HeaderToken { header: String, prefix: String },
    BodyToken { member: String, form: Option<String> },
    DetachedJws { header: String, only: Option<Algorithm> },
}

/// The encoding of a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Encoding {
    Hex,
    Base64,
    Either,
}

/// The way in which a key is made of the secret's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum KeyReading {
    Text,
    Hex,
    TextOrHex,
}

/// The only algorithm of a JWS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Algorithm {
    Rs256,
    Es256,
}

/// The unit of a time in a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum TimeUnit {
    S,
    Ms,
}

#[derive(Clone, Copy)]
enum Kind {
    BodyHmac,
    TimestampedHmac,
    Svix,
    UrlToken,
    HeaderToken,
    BodyToken,
    DetachedJws,
    Unsigned,
}

const KINDS: [(&str, Kind); 8] = [
    ("body-hmac", Kind::BodyHmac),
    ("timestamped-hmac", Kind::TimestampedHmac),
    ("svix", Kind::Svix),
    ("url-token", Kind::UrlToken),
    ("header-token", Kind::HeaderToken),
    ("body-token", Kind::BodyToken),
    ("detached-jws", Kind::DetachedJws),
    ("unsigned", Kind::Unsigned),
];

impl Proof {
    /// Reads the scheme. A scheme without settings may be its name alone.
    pub(super) fn read(value: Value) -> Result<Self, Fault> {
        if let Ok(name) = value.text() {
            let (place, node) = (format!("{}.kind", value.place), value.node.clone());
            if !matches!(name, "svix" | "url-token" | "unsigned") {
                kind(&Value { place, node })?;
                return Err(value.fault(format!("the scheme `{}` has settings; give a table", quoted(name))));
            }
            let kind = Value { place: "kind".to_owned(), node };
            let entries = vec![("kind".to_owned(), kind.node)];
            return Self::read(Value { place: value.place, node: Node::Table(entries) });
        }
        let mut table = value.clone().table(&KEYS)?;
        let name = table.take("kind").ok_or_else(|| {
            let kinds: Vec<&str> = KINDS.iter().map(|(name, _)| *name).collect();
            value.fault(format!("`kind` is missing; known are {}", kinds.join(", ")))
        })?;
        let shown = name.text().map(quoted).unwrap_or_default();
        let kind = kind(&name)?;
        if !matches!(kind, Kind::DetachedJws) {
            table.take("algorithm").map_or(Ok(()), |name| algorithm(&name))?;
        }
        let proof = match kind {
            Kind::BodyHmac => Self::body_hmac(&value, &mut table)?,
            Kind::TimestampedHmac => Self::timestamped_hmac(&value, &mut table)?,
            Kind::Svix => Self::Svix,
            Kind::UrlToken => Self::UrlToken,
            Kind::HeaderToken => Self::header_token(&value, &mut table)?,
            Kind::BodyToken => Self::body_token(&value, &mut table)?,
            Kind::DetachedJws => Self::detached_jws(&value, &mut table)?,
            Kind::Unsigned => Self::unsigned(&value, &mut table)?,
        };
        table.finish(&format!("is no setting of the scheme `{shown}`"))?;
        Ok(proof)
    }

    fn body_hmac(value: &Value, table: &mut Table) -> Result<Self, Fault> {
        let encodings = [("hex", Encoding::Hex), ("base64", Encoding::Base64), ("either", Encoding::Either)];
        let readings = [("text", KeyReading::Text), ("hex", KeyReading::Hex), ("text-or-hex", KeyReading::TextOrHex)];
        let header = header(value, table)?;
        let prefix = table.take("prefix").map(|prefix| self::prefix(&prefix)).transpose()?;
        let encoding = table.take("encoding").map_or(Ok(Encoding::Hex), |encoding| encoding.word(&encodings))?;
        let key = table.take("key").map_or(Ok(KeyReading::Text), |key| key.word(&readings))?;
        let form_place = table.place_of("form").map(str::to_owned);
        let form = table.take("form").map(|form| member(&form)).transpose()?;
        if let (Some(place), true) = (form_place, key != KeyReading::Text) {
            return Err(Fault::new(place, "a form goes with `key = \"text\"` only"));
        }
        Ok(Self::BodyHmac { header, prefix, encoding, key, form })
    }

    fn timestamped_hmac(value: &Value, table: &mut Table) -> Result<Self, Fault> {
        let units = [("s", TimeUnit::S), ("ms", TimeUnit::Ms)];
        let header = header(value, table)?;
        let mut element =
            |key: &str, default: &str| table.take(key).map_or_else(|| Ok(default.to_owned()), |name| element(&name));
        let (time, signature) = (element("time", "t")?, element("signature", "v1")?);
        if time == signature {
            return Err(value.fault(format!("time and signature have one element, `{time}`")));
        }
        let unit = table.take("unit").map_or(Ok(TimeUnit::S), |unit| unit.word(&units))?;
        Ok(Self::TimestampedHmac { header, time, signature, unit })
    }

    fn header_token(value: &Value, table: &mut Table) -> Result<Self, Fault> {
        let header = header(value, table)?;
        let prefix = table.take("prefix").map(|prefix| self::prefix(&prefix)).transpose()?.unwrap_or_default();
        Ok(Self::HeaderToken { header, prefix })
    }

    fn body_token(value: &Value, table: &mut Table) -> Result<Self, Fault> {
        let member = table.take("member").ok_or_else(|| {
            value.fault("`member` is missing; name the member at the top of the body that holds the secret")
        })?;
        let form = table.take("form").map(|form| self::member(&form)).transpose()?;
        Ok(Self::BodyToken { member: self::member(&member)?, form })
    }

    fn detached_jws(value: &Value, table: &mut Table) -> Result<Self, Fault> {
        if !cfg!(feature = "jws") {
            return Err(value.fault("`detached-jws` needs the feature `jws` of referral-webhooks, which is off"));
        }
        let header = header(value, table)?;
        let algorithms = [("rs256", Algorithm::Rs256), ("es256", Algorithm::Es256)];
        let only = table.take("algorithm").map(|algorithm| algorithm.word(&algorithms)).transpose()?;
        Ok(Self::DetachedJws { header, only })
    }

    /// Reads the place of the token that an unsigned platform needs.
    fn unsigned(value: &Value, table: &mut Table) -> Result<Self, Fault> {
        let place = table.take("token").ok_or_else(|| {
            value.fault(
                "an unsigned request proves its sender by a token alone; add `token = \"url\"` and register a secret \
                 URL, or `token = \"header\"` with `header`, or `token = \"body\"` with `member`",
            )
        })?;
        match place.word(&[("url", Kind::UrlToken), ("header", Kind::HeaderToken), ("body", Kind::BodyToken)])? {
            Kind::HeaderToken => Self::header_token(value, table),
            Kind::BodyToken => Self::body_token(value, table),
            _ => Ok(Self::UrlToken),
        }
    }

    /// Returns whether the sender signs the bytes, and so the members of the body.
    pub(super) const fn signs_body(&self) -> bool {
        !matches!(self, Self::UrlToken | Self::HeaderToken { .. } | Self::BodyToken { .. })
    }

    /// Returns whether a time in a header is signed.
    pub(super) const fn signs_time(&self) -> bool {
        matches!(self, Self::TimestampedHmac { .. } | Self::Svix)
    }

    /// Returns the member of the body that holds the token.
    pub(super) fn token_member(&self) -> Option<Pointer> {
        let Self::BodyToken { member, .. } = self else { return None };
        Pointer::new(&format!("/{}", member.replace('~', "~0").replace('/', "~1")))
    }

    /// Returns whether the scheme has a signed message id.
    pub(super) const fn has_message_id(&self) -> bool {
        matches!(self, Self::Svix)
    }
}

fn kind(name: &Value) -> Result<Kind, Fault> {
    refuse_weak(name, name.text()?)?;
    name.word(&KINDS)
}

/// Checks the name of an algorithm, which is SHA-256 for every scheme.
fn algorithm(value: &Value) -> Result<(), Fault> {
    let text = value.text()?;
    refuse_weak(value, text)?;
    let plain: String = text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    if matches!(plain.as_str(), "sha256" | "hmacsha256" | "hs256") {
        return Ok(());
    }
    Err(value.fault(format!("the algorithm `{}` is not offered; signatures are HMAC-SHA256", quoted(text))))
}

/// Refuses MD5 and SHA-1 by name.
fn refuse_weak(value: &Value, text: &str) -> Result<(), Fault> {
    let plain: String = text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    let is_sha1 = plain.contains("sha1") || plain.ends_with("sha") || plain.contains("hs1");
    let weak = if plain.contains("md5") { "MD5" } else { "SHA-1" };
    if weak != "MD5" && !is_sha1 {
        return Ok(());
    }
    Err(value.fault(format!(
        "{weak} is refused, because its signatures can be forged; treat the platform as unsigned: `scheme = {{ kind = \
         \"url-token\" }}`, with a secret URL registered at the platform"
    )))
}

/// Reads the name of the header, in lower case.
fn header(value: &Value, table: &mut Table) -> Result<String, Fault> {
    let header = table.take("header").ok_or_else(|| {
        value.fault("`header` is missing; name the header that carries the proof, as the platform documents it")
    })?;
    header_name(&header)
}

/// Reads a header's name, in lower case.
pub(super) fn header_name(value: &Value) -> Result<String, Fault> {
    let text = value.text()?;
    let name = HeaderName::from_bytes(text.as_bytes()).ok().filter(|_| text.len() <= MOST_NAME);
    let name = name.ok_or_else(|| value.fault(format!("`{}` is not a header's name", quoted(text))))?;
    let reserved = ["content-type", "content-length", "content-encoding", "host", "transfer-encoding", "connection"];
    if reserved.contains(&name.as_str()) {
        return Err(value.fault(format!("the header `{name}` belongs to HTTP itself")));
    }
    Ok(name.as_str().to_owned())
}

fn prefix(value: &Value) -> Result<String, Fault> {
    let text = value.text()?;
    refuse_weak(value, text)?;
    let is_printable = text.len() <= 64 && text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    if !is_printable || text.starts_with(' ') {
        return Err(value.fault("a prefix is at most 64 printable ASCII characters and begins without a blank"));
    }
    Ok(text.to_owned())
}

fn element(value: &Value) -> Result<String, Fault> {
    let text = value.text()?;
    let is_name = text.len() <= 32 && text.bytes().all(|byte| matches!(byte, b'!'..=b'~') && !b",=".contains(&byte));
    is_name.then(|| text.to_owned()).ok_or_else(|| {
        value.fault("the name of an element is at most 32 printable ASCII characters without `,` and `=`")
    })
}

fn member(value: &Value) -> Result<String, Fault> {
    let text = value.text()?;
    if text.starts_with('/') {
        return Err(value.fault(format!("`{}` is a pointer; give the name of a member at the top", quoted(text))));
    }
    let is_name = text.len() <= MOST_NAME && !text.chars().any(char::is_control);
    is_name.then(|| text.to_owned()).ok_or_else(|| value.fault("the name is too long or has a control character"))
}
