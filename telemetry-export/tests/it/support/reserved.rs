use std::net::SocketAddr;

use tokio::net::TcpSocket;
use tokio::runtime::Runtime;

use super::Receiver;

/// A port at which nobody listens yet, kept from everybody else meanwhile: who connects is refused.
pub(crate) struct Reserved {
    socket: TcpSocket,
    address: SocketAddr,
    runtime: Runtime,
}

impl Reserved {
    pub(crate) fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().unwrap();
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let address = socket.local_addr().unwrap();
        Self { socket, address, runtime }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Opens it.
    pub(crate) fn start(self) -> Receiver {
        let _within = self.runtime.enter();
        let listener = self.socket.listen(1024).unwrap().into_std().unwrap();
        listener.set_nonblocking(false).unwrap();
        Receiver::listen(listener, [])
    }
}
