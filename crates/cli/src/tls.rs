//! TLS of the client: the trusted certificates, and the causes of failures in words.

use std::error::Error;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use http::Uri;
use http::uri::Scheme;
use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{CertificateError, ClientConfig, RootCertStore};

use crate::failure::Failure;

/// The certificates of `https://` endpoints.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct TlsArgs {
    /// The authorities that may sign the certificate of an `https://` endpoint, a PEM file; by default, those that this
    /// system trusts.
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
}

impl TlsArgs {
    /// Returns the settings of connections to this URL. Certificates are read only for `https://`.
    pub(crate) fn config(&self, to: &Uri) -> Result<ClientConfig, Failure> {
        let roots = match &self.ca_file {
            _ if to.scheme() != Some(&Scheme::HTTPS) => RootCertStore::empty(),
            Some(file) => from_file(file)?,
            None => of_system()?,
        };
        // The provider is named, because other crates of a build may bring a second one.
        let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
        let builder = builder.with_safe_default_protocol_versions().map_err(io::Error::other)?;
        Ok(builder.with_root_certificates(roots).with_no_client_auth())
    }
}

fn from_file(file: &PathBuf) -> Result<RootCertStore, Failure> {
    let help = "give a PEM file, with `-----BEGIN CERTIFICATE-----` before each certificate";
    let fail = |cause: String| Failure::new(format!("cannot use `{}`: {cause}", file.display()), help);
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(file).map_err(|error| fail(error.to_string()))? {
        let certificate = certificate.map_err(|error| fail(error.to_string()))?;
        roots.add(certificate).map_err(|error| fail(error.to_string()))?;
    }
    if roots.is_empty() { Err(fail("it has no certificate".to_owned())) } else { Ok(roots) }
}

fn of_system() -> Result<RootCertStore, Failure> {
    let found = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(found.certs);
    if roots.is_empty() {
        let cause = found.errors.first().map(|error| format!(": {error}")).unwrap_or_default();
        let help = "install the package `ca-certificates`, or name the authorities with `--ca-file FILE`";
        return Err(Failure::new(format!("this system trusts no certificates{cause}"), help));
    }
    Ok(roots)
}

/// Returns the cause of a failed connection in words, if it lies in TLS.
pub(crate) fn explain(error: &(dyn Error + 'static)) -> Option<String> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref() {
            return Some(in_words(error));
        }
        // An `io::Error` hides its content from `source`.
        let hidden = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        cause = hidden.map(|hidden| hidden as &(dyn Error + 'static)).or_else(|| error.source());
    }
    None
}

fn in_words(error: &rustls::Error) -> String {
    match error {
        rustls::Error::InvalidCertificate(fault) => match fault {
            CertificateError::UnknownIssuer => {
                "no trusted authority signed the server's certificate; name the authority with `--ca-file FILE`"
                    .to_owned()
            }
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                "the server's certificate has expired; platforms refuse it too".to_owned()
            }
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                "the server's certificate is not valid yet; compare the clocks of both machines".to_owned()
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                "the server's certificate is for another host name; platforms refuse it too".to_owned()
            }
            fault => format!("the server's certificate is invalid: {fault}"),
        },
        rustls::Error::InvalidMessage(_) => "the server does not speak TLS here; is its URL `http://`?".to_owned(),
        error => format!("TLS failed: {error}"),
    }
}
