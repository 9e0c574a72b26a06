//! A scheme alone, with its settings: the names and the spelling that its platform uses.

use clap::ValueEnum;
use referral_webhooks::{
    BodyHmac, BodyToken, ConfigError, DetachedJws, HeaderToken, Scheme, Svix, TimestampedHmac, UrlToken,
};
use serde::Deserialize;

/// The name of a scheme.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SchemeName {
    /// Svix and Standard Webhooks: id, time and signatures in three headers.
    Svix,
    /// HMAC-SHA256 of the body in the header given with `--header`.
    BodyHmac,
    /// HMAC-SHA256 of time and body, `t=…,v1=…` in the header given with `--header`.
    TimestampedHmac,
    /// A secret in the URL.
    UrlToken,
    /// A static secret in the header given with `--header`.
    HeaderToken,
    /// A static secret in the member of the JSON body given with `--member`.
    BodyToken,
    /// A detached JSON Web Signature in the header given with `--header`: RS256 or ES256. The secret is a JWK set.
    DetachedJws,
}

/// The settings of a scheme.
#[derive(Debug, Clone, Default, clap::Args, Deserialize)]
pub(crate) struct Settings {
    /// The header of the scheme; required for schemes without a fixed header.
    #[arg(long, value_name = "NAME", requires = "scheme")]
    header: Option<String>,

    /// The text before the signature or the token in the header, such as `sha256=` or `Bearer `.
    #[arg(long, value_name = "TEXT", requires = "header")]
    prefix: Option<String>,

    /// The encoding of the signature of `body-hmac`; by default, hex.
    #[arg(long, value_enum, value_name = "ENCODING", requires = "header")]
    encoding: Option<Encoding>,

    /// The names of the elements of `timestamped-hmac` that hold time and signature, such as `ts,v`.
    #[arg(long, value_name = "TIME,SIGNATURE", requires = "header")]
    elements: Option<String>,

    /// The unit of the time of `timestamped-hmac`; by default, seconds.
    #[arg(long, value_enum, value_name = "UNIT", requires = "header")]
    unit: Option<Unit>,

    /// The member of the body that holds the token; required for `body-token`.
    #[arg(long, value_name = "NAME", requires = "scheme")]
    member: Option<String>,

    /// The field of a form that may hold the JSON.
    #[arg(long, value_name = "NAME", requires = "scheme")]
    form_field: Option<String>,
}

/// The encoding of a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Encoding {
    Hex,
    Base64,
    /// Hexadecimal when signing, and both when verifying.
    Either,
}

/// The unit of a signed time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Unit {
    Seconds,
    Milliseconds,
}

impl Settings {
    /// Whether no setting is given.
    pub(crate) fn is_empty(&self) -> bool {
        let Self { header, prefix, encoding, elements, unit, member, form_field } = self;
        let texts = [header, prefix, elements, member, form_field];
        texts.into_iter().all(Option::is_none) && encoding.is_none() && unit.is_none()
    }

    /// Returns the scheme of this name with these settings.
    pub(crate) fn scheme(&self, name: SchemeName) -> Result<Scheme, String> {
        self.check(name)?;
        self.make(name).map_err(|error| error.to_string())
    }

    /// Fails if a setting is missing or belongs to other schemes.
    fn check(&self, name: SchemeName) -> Result<(), String> {
        use SchemeName::{BodyHmac, BodyToken, DetachedJws, HeaderToken, Svix, TimestampedHmac, UrlToken};
        let has_header = matches!(name, BodyHmac | TimestampedHmac | HeaderToken | DetachedJws);
        match (&self.header, name) {
            (Some(_), Svix | UrlToken) => return Err("the headers of this scheme are fixed".to_owned()),
            (Some(_), BodyToken) => return Err("this scheme has no header, but a member".to_owned()),
            (None, _) if has_header => return Err("this scheme needs the name of its header".to_owned()),
            _ => {}
        }
        if self.member.is_none() && name == BodyToken {
            return Err("this scheme needs the name of its member".to_owned());
        }
        let misplaced = [
            ("prefix", self.prefix.is_some() && !matches!(name, BodyHmac | HeaderToken)),
            ("encoding", self.encoding.is_some() && name != BodyHmac),
            ("elements", self.elements.is_some() && name != TimestampedHmac),
            ("unit", self.unit.is_some() && name != TimestampedHmac),
            ("member", self.member.is_some() && name != BodyToken),
            ("form-field", self.form_field.is_some() && !matches!(name, BodyHmac | BodyToken)),
        ];
        match misplaced.iter().find(|(_, is_misplaced)| *is_misplaced) {
            Some((setting, _)) => Err(format!("this scheme has no setting `{setting}`")),
            None => Ok(()),
        }
    }

    fn make(&self, name: SchemeName) -> Result<Scheme, ConfigError> {
        let header = self.header.as_deref().unwrap_or_default();
        let prefix = self.prefix.as_deref().unwrap_or_default();
        Ok(match name {
            SchemeName::Svix => Scheme::Svix(Svix),
            SchemeName::UrlToken => Scheme::UrlToken(UrlToken),
            SchemeName::DetachedJws => Scheme::DetachedJws(DetachedJws::try_new(header)?),
            SchemeName::BodyHmac => {
                let scheme = BodyHmac::try_new(header)?.try_with_prefix(prefix)?;
                let scheme = match self.encoding {
                    Some(Encoding::Base64) => scheme.base64(),
                    Some(Encoding::Either) => scheme.or_base64(),
                    Some(Encoding::Hex) | None => scheme,
                };
                Scheme::BodyHmac(match &self.form_field {
                    Some(field) => scheme.try_or_form(field)?,
                    None => scheme,
                })
            }
            SchemeName::TimestampedHmac => {
                let scheme = TimestampedHmac::try_new(header)?;
                let scheme = match &self.elements {
                    Some(names) => {
                        let (time, signature) = names.split_once(',').ok_or(ConfigError::ElementName)?;
                        scheme.try_with_elements(time, signature)?
                    }
                    None => scheme,
                };
                Scheme::TimestampedHmac(match self.unit {
                    Some(Unit::Milliseconds) => scheme.in_milliseconds(),
                    Some(Unit::Seconds) | None => scheme,
                })
            }
            SchemeName::HeaderToken => Scheme::HeaderToken(HeaderToken::try_new(header)?.try_with_prefix(prefix)?),
            SchemeName::BodyToken => {
                let scheme = BodyToken::try_new(self.member.as_deref().unwrap_or_default())?;
                Scheme::BodyToken(match &self.form_field {
                    Some(field) => scheme.try_or_form(field)?,
                    None => scheme,
                })
            }
        })
    }
}
