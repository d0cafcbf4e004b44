//! TLS to a broker: whom to trust, what to show.

use std::path::Path;
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};

use crate::site::MqttTls;

/// A client's configuration from the site's files, or what is wrong with them.
pub(crate) fn config(settings: &MqttTls) -> Result<Arc<ClientConfig>, String> {
    let provider = Arc::new(ring::default_provider());
    let roots = Arc::new(roots(settings.ca.as_deref())?);
    let web = WebPkiServerVerifier::builder_with_provider(roots, provider.clone()).build();
    let web = web.map_err(|e| format!("the certificates of `ca` cannot be used: {e}"))?;
    let verifier: Arc<dyn ServerCertVerifier> = match &settings.server_name {
        None => web,
        Some(name) => {
            let name = ServerName::try_from(name.clone()).map_err(|_| format!("server_name \"{name}\" is no name"))?;
            Arc::new(Named { name, web })
        }
    };
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|e| e.to_string())?
        .dangerous()
        .with_custom_certificate_verifier(verifier);
    let config = match &settings.identity {
        None => config.with_no_client_auth(),
        Some((cert, key)) => {
            let chain = certificates(cert)?;
            let secret = PrivateKeyDer::from_pem_file(key).map_err(|e| format!("key {}: {e}", key.display()))?;
            let config = config.with_client_auth_cert(chain, secret);
            config.map_err(|e| format!("cert {} and key {}: {e}", cert.display(), key.display()))?
        }
    };
    Ok(Arc::new(config))
}

fn roots(ca: Option<&Path>) -> Result<RootCertStore, String> {
    let mut roots = RootCertStore::empty();
    match ca {
        Some(file) => {
            for certificate in certificates(file)? {
                roots.add(certificate).map_err(|e| format!("ca {}: {e}", file.display()))?;
            }
        }
        None => {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            if roots.is_empty() {
                return Err("this system has no certificates of authorities; name one with `ca`".to_owned());
            }
        }
    }
    Ok(roots)
}

fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let all: Result<Vec<_>, _> = CertificateDer::pem_file_iter(file).and_then(Iterator::collect);
    match all {
        Ok(all) if !all.is_empty() => Ok(all),
        Ok(_) => Err(format!("{} holds no certificate in PEM", file.display())),
        Err(e) => Err(format!("{}: {e}", file.display())),
    }
}

/// Checks the broker's certificate for another name than the one it is reached by.
#[derive(Debug)]
struct Named {
    name: ServerName<'static>,
    web: Arc<WebPkiServerVerifier>,
}

impl ServerCertVerifier for Named {
    fn verify_server_cert(
        &self,
        end: &CertificateDer<'_>,
        between: &[CertificateDer<'_>],
        _reached_by: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        self.web.verify_server_cert(end, between, &self.name, ocsp, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.web.verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.web.verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.web.supported_verify_schemes()
    }
}
