use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// A TCP port that passes everything on to another one and writes down what clients send.
#[derive(Debug)]
pub struct Relay {
    address: SocketAddr,
    sent: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Relay {
    /// A relay to `target`, at a free port. Its threads wait until the test's process ends.
    pub fn to(target: SocketAddr) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let sent = Arc::<Mutex<Vec<Vec<u8>>>>::default();
        let connections = Arc::clone(&sent);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                // A target that is gone is a connection that breaks, as it would be without us.
                let Ok(server) = TcpStream::connect(target) else { continue };
                pass(client, server, Arc::clone(&connections));
            }
        });
        Self { address, sent }
    }

    /// What a client is told as the address.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The bytes that clients have sent, by connection.
    pub fn sent(&self) -> Vec<Vec<u8>> {
        self.sent.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn pass(client: TcpStream, server: TcpStream, sent: Arc<Mutex<Vec<Vec<u8>>>>) {
    let number = {
        let mut sent = sent.lock().unwrap_or_else(PoisonError::into_inner);
        sent.push(Vec::new());
        sent.len() - 1
    };
    let (from, to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
    thread::spawn(move || {
        copy(from, to, |piece| {
            sent.lock().unwrap_or_else(PoisonError::into_inner)[number].extend_from_slice(piece);
        });
    });
    thread::spawn(move || copy(server, client, |_| {}));
}

fn copy(mut from: TcpStream, mut to: TcpStream, mut see: impl FnMut(&[u8])) {
    let mut piece = [0; 16 * 1024];
    while let Ok(length @ 1..) = from.read(&mut piece) {
        see(&piece[..length]);
        if to.write_all(&piece[..length]).is_err() {
            break;
        }
    }
    // One side has closed; either may be gone altogether.
    let _ = to.shutdown(Shutdown::Write);
}
