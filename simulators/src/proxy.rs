//! A TCP proxy with faults that can be switched on while it runs.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::error::SimError;
use crate::tasks::Tasks;

/// What the proxy does to its traffic.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fault {
    /// Passes everything on.
    #[default]
    None,
    /// Holds back every chunk, in both directions.
    Delay(Duration),
    /// Breaks what is connected and every new connection.
    Cut,
    /// Does not listen: new connections are refused, what is connected is broken.
    Refuse,
    /// Inverts every byte that comes from the target.
    Garble,
    /// Stays connected and swallows everything in both directions.
    Blackhole,
}

/// The proxy; dropping it ends it.
#[derive(Debug)]
pub struct FaultProxy {
    /// Where to connect instead of the target.
    pub addr: SocketAddr,
    fault: watch::Sender<Fault>,
    listening: watch::Receiver<bool>,
    _stop: DropGuard,
}

impl FaultProxy {
    /// Starts on a free loopback port in front of `target`.
    pub async fn start(target: SocketAddr) -> Result<Self, SimError> {
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        let listen = |source| SimError::Listen { address: any, source };
        let listener = TcpListener::bind(any).await.map_err(listen)?;
        let addr = listener.local_addr().map_err(listen)?;
        let (fault, watched) = watch::channel(Fault::None);
        let (state, listening) = watch::channel(true);
        let stop = CancellationToken::new();
        let tasks = Tasks::new(stop.clone());
        let front = Front { addr, target, fault: watched, listening: state, tasks: tasks.clone() };
        tasks.spawn(front.run(listener));
        Ok(Self { addr, fault, listening, _stop: stop.drop_guard() })
    }

    /// Switches the fault, also for what is connected; returns once the port is open or closed as the fault wants it.
    pub async fn set(&self, fault: Fault) {
        self.fault.send_replace(fault);
        let open = fault != Fault::Refuse;
        let mut listening = self.listening.clone();
        // an error means that the proxy has ended, which closes the port too
        let _ = listening.wait_for(|l| *l == open).await;
    }
}

struct Front {
    addr: SocketAddr,
    target: SocketAddr,
    fault: watch::Receiver<Fault>,
    listening: watch::Sender<bool>,
    tasks: Tasks,
}

impl Front {
    async fn run(mut self, listener: TcpListener) {
        let mut listener = Some(listener);
        loop {
            if *self.fault.borrow_and_update() == Fault::Refuse {
                drop(listener.take());
                self.listening.send_replace(false);
                if self.fault.changed().await.is_err() {
                    return;
                }
                continue;
            }
            let open = match &listener {
                Some(open) => open,
                None => match TcpListener::bind(self.addr).await {
                    Ok(open) => {
                        self.listening.send_replace(true);
                        listener.insert(open)
                    }
                    Err(error) => {
                        tracing::warn!(%error, address = %self.addr, "proxy cannot listen again");
                        tokio::time::sleep(Duration::from_millis(20)).await;
                        continue;
                    }
                },
            };
            tokio::select! {
                accepted = open.accept() => {
                    if let Ok((client, _)) = accepted {
                        self.tasks.spawn(join(client, self.target, self.fault.clone()));
                    }
                }
                changed = self.fault.changed() => if changed.is_err() { return },
            }
        }
    }
}

async fn join(client: TcpStream, target: SocketAddr, fault: watch::Receiver<Fault>) {
    let Ok(server) = TcpStream::connect(target).await else { return };
    // without it a small request waits for the acknowledgement of the one before
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    let (client_in, client_out) = client.into_split();
    let (server_in, server_out) = server.into_split();
    tokio::select! {
        () = pass(client_in, server_out, fault.clone(), false) => {}
        () = pass(server_in, client_out, fault, true) => {}
    }
}

/// Copies one direction until either side closes or a fault breaks it.
async fn pass(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut fault: watch::Receiver<Fault>, answers: bool) {
    let mut chunk = [0u8; 4096];
    loop {
        if matches!(*fault.borrow_and_update(), Fault::Cut | Fault::Refuse) {
            return;
        }
        let n = tokio::select! {
            read = from.read(&mut chunk) => match read {
                Ok(n) if n > 0 => n,
                _ => return,
            },
            changed = fault.changed() => match changed {
                Ok(()) => continue,
                Err(_) => return,
            },
        };
        let now = *fault.borrow();
        match now {
            Fault::Cut | Fault::Refuse => return,
            Fault::Blackhole => continue,
            Fault::Delay(by) => tokio::time::sleep(by).await,
            Fault::Garble if answers => chunk[..n].iter_mut().for_each(|b| *b = !*b),
            Fault::Garble | Fault::None => {}
        }
        if to.write_all(&chunk[..n]).await.is_err() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A server that sends back what it gets.
    async fn echo() -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        Tasks::new(CancellationToken::new()).spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let (mut from, mut to) = stream.split();
                let _ = tokio::io::copy(&mut from, &mut to).await;
            }
        });
        addr
    }

    async fn ask(stream: &mut TcpStream, text: &[u8]) -> std::io::Result<Vec<u8>> {
        stream.write_all(text).await?;
        let mut answer = vec![0; text.len()];
        stream.read_exact(&mut answer).await?;
        Ok(answer)
    }

    #[tokio::test]
    async fn passes_then_garbles_then_passes() {
        let proxy = FaultProxy::start(echo().await).await.unwrap();
        let mut stream = TcpStream::connect(proxy.addr).await.unwrap();
        assert_eq!(ask(&mut stream, b"abc").await.unwrap(), b"abc");
        proxy.set(Fault::Garble).await;
        assert_eq!(ask(&mut stream, b"abc").await.unwrap(), [!b'a', !b'b', !b'c']);
        proxy.set(Fault::None).await;
        assert_eq!(ask(&mut stream, b"abc").await.unwrap(), b"abc");
    }

    #[tokio::test]
    async fn delays() {
        let proxy = FaultProxy::start(echo().await).await.unwrap();
        let mut stream = TcpStream::connect(proxy.addr).await.unwrap();
        proxy.set(Fault::Delay(Duration::from_millis(60))).await;
        let begun = tokio::time::Instant::now();
        assert_eq!(ask(&mut stream, b"abc").await.unwrap(), b"abc");
        assert!(begun.elapsed() >= Duration::from_millis(120));
    }

    #[tokio::test]
    async fn swallows() {
        let proxy = FaultProxy::start(echo().await).await.unwrap();
        let mut stream = TcpStream::connect(proxy.addr).await.unwrap();
        proxy.set(Fault::Blackhole).await;
        let answer = tokio::time::timeout(Duration::from_millis(80), ask(&mut stream, b"abc")).await;
        assert!(answer.is_err(), "no answer, no end");
    }

    #[tokio::test]
    async fn cuts_and_refuses_and_comes_back() {
        let proxy = FaultProxy::start(echo().await).await.unwrap();
        let mut stream = TcpStream::connect(proxy.addr).await.unwrap();
        assert!(ask(&mut stream, b"abc").await.is_ok());
        proxy.set(Fault::Cut).await;
        assert!(ask(&mut stream, b"abc").await.is_err());
        proxy.set(Fault::Refuse).await;
        assert!(TcpStream::connect(proxy.addr).await.is_err());
        proxy.set(Fault::None).await;
        let mut stream = TcpStream::connect(proxy.addr).await.unwrap();
        assert_eq!(ask(&mut stream, b"abc").await.unwrap(), b"abc");
    }
}
