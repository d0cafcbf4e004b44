//! The web server's socket, plain or TLS.

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use axum::Router;
use axum::serve::{Listener, ListenerExt};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::lifecycle::Tasks;
use crate::site::Server;

/// A handshake that takes longer is given up.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// Most bytes the system keeps for a client that does not take them.
#[cfg(target_os = "linux")]
const UNSENT: u32 = 32 << 10;
/// Finished handshakes that may wait to be served; full: new ones wait.
const HANDSHAKES: usize = 64;

/// Binds and serves until the hub stops; answers the real address.
pub(super) async fn serve(server: &Server, router: Router, tasks: &Tasks) -> anyhow::Result<SocketAddr> {
    let listener = TcpListener::bind(server.listen)
        .await
        .with_context(|| format!("[server] cannot listen on {}", server.listen))?;
    let address = listener.local_addr()?;
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let stop = tasks.stopping().cancelled_owned();
    match &server.tls {
        None => {
            let listener = listener.tap_io(|tcp: &mut TcpStream| tune(tcp));
            tasks.spawn(
                "web server",
                async move { Ok(axum::serve(listener, service).with_graceful_shutdown(stop).await?) },
            );
        }
        Some((cert, key)) => {
            let acceptor = acceptor(cert, key)?;
            let (ready, finished) = mpsc::channel(HANDSHAKES);
            tasks.spawn("tls", handshakes(listener, acceptor, ready, tasks.clone()));
            let listener = Secured { address, finished }.tap_io(|_| {});
            tasks.spawn(
                "web server",
                async move { Ok(axum::serve(listener, service).with_graceful_shutdown(stop).await?) },
            );
        }
    }
    Ok(address)
}

/// Settings that are welcome but not needed.
fn tune(tcp: &TcpStream) {
    // frames are whole writes: waiting for more only adds delay
    let _ = tcp.set_nodelay(true);
    // what the system has taken cannot be made newer any more: a slow screen would be shown minutes-old values
    #[cfg(target_os = "linux")]
    let _ = socket2::SockRef::from(tcp).set_tcp_notsent_lowat(UNSENT);
}

fn acceptor(cert: &Path, key: &Path) -> anyhow::Result<TlsAcceptor> {
    let chain: Vec<_> = CertificateDer::pem_file_iter(cert)
        .and_then(Iterator::collect)
        .with_context(|| format!("[server] tls.cert {}", cert.display()))?;
    let key = PrivateKeyDer::from_pem_file(key).with_context(|| format!("[server] tls.key {}", key.display()))?;
    let mut config = ServerConfig::builder().with_no_client_auth().with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// Handshakes run beside each other, so that a slow one holds up nobody.
async fn handshakes(
    listener: TcpListener,
    acceptor: TlsAcceptor,
    ready: mpsc::Sender<(TlsStream<TcpStream>, SocketAddr)>,
    tasks: Tasks,
) -> anyhow::Result<()> {
    let stop = tasks.stopping();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stop.cancelled() => return Ok(()),
        };
        let Ok((tcp, from)) = accepted else {
            // out of file descriptors or the like: give it a moment
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        let (acceptor, ready) = (acceptor.clone(), ready.clone());
        tasks.once(async move {
            tune(&tcp);
            if let Ok(Ok(stream)) = tokio::time::timeout(HANDSHAKE, acceptor.accept(tcp)).await {
                // the server may have stopped
                let _ = ready.send((stream, from)).await;
            }
        });
    }
}

struct Secured {
    address: SocketAddr,
    finished: mpsc::Receiver<(TlsStream<TcpStream>, SocketAddr)>,
}

impl Listener for Secured {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        match self.finished.recv().await {
            Some(accepted) => accepted,
            // the hub stops: nothing more will come
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.address)
    }
}
