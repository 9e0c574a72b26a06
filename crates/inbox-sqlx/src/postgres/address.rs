//! The URL of a database.

use sqlx::postgres::PgConnectOptions;

use crate::OpenError;

/// Parses a URL. sqlx would ignore its scheme, and connect to a server on this machine.
pub(crate) fn parse(url: &str) -> Result<PgConnectOptions, OpenError> {
    let url = url.trim();
    if url.is_empty() {
        return Err(invalid(url, "it is empty; write `postgres://user@host/database`"));
    }
    // The rest may have a password.
    let scheme = url.split_once(':').map(|(scheme, _)| scheme);
    let Some(scheme) = scheme.filter(|scheme| scheme.bytes().all(|byte| byte.is_ascii_alphanumeric())) else {
        return Err(invalid("…", "it has no scheme; write `postgres://user@host/database`"));
    };
    let shown = format!("{scheme}:…");
    if scheme.to_ascii_lowercase().starts_with("sqlite") {
        return Err(invalid(&shown, "it names a SQLite file, which `SqliteStore` opens"));
    }
    if !["postgres", "postgresql"].contains(&scheme.to_ascii_lowercase().as_str()) {
        return Err(invalid(&shown, "its scheme must be `postgres`; write `postgres://user@host/database`"));
    }
    url.parse().map_err(|error: sqlx::Error| match error {
        sqlx::Error::Configuration(error) => invalid(&shown, format!("its URL is invalid: {error}")),
        error => error.into(),
    })
}

fn invalid(address: &str, why: impl Into<std::borrow::Cow<'static, str>>) -> OpenError {
    OpenError::InvalidAddress { address: address.to_owned(), why: why.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_of_another_kind_is_refused_without_its_password() {
        let rows = [
            ("", "empty"),
            (" \n", "empty"),
            ("shop.db", "no scheme"),
            ("host=db password=planted", "no scheme"),
            ("user:planted@db/shop", "`user:…`"),
            ("sqlite:shop.db", "SqliteStore"),
            ("sqlite://shop.db?mode=rwc", "SqliteStore"),
            ("SQLite:shop.db", "SqliteStore"),
            ("mysql://shop:planted@db/shop", "`mysql:…`"),
            ("http://shop:planted@db/shop", "must be `postgres`"),
            ("jdbc:postgresql://shop:planted@db/shop", "`jdbc:…`"),
            ("postgres+asyncpg://shop:planted@db/shop", "no scheme"),
            ("postgres://shop:planted@db:port/shop", "invalid port"),
            ("postgres://shop:planted@db/shop?sslmode=planted", "invalid"),
        ];
        for (url, want) in rows {
            let error = parse(url).map(|_| ()).err().map(|error| format!("{error} {error:?}"));
            let error = error.unwrap_or_default();
            assert!(error.contains(want), "{url}: {error}");
            assert!(!error.contains("shop:planted") && !error.contains("password=planted"), "{url}: {error}");
        }
        for url in ["postgres://shop@db/shop", "postgresql://shop@db/shop", "postgres:///shop", "POSTGRES://db/shop\n"]
        {
            assert!(parse(url).is_ok(), "{url}");
        }
    }
}
