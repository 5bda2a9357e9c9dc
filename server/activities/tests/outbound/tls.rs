//! Encrypted connections.

use magone_core::activity::RetryClass;
use magone_core::error::ErrorCode;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::{ask, code_of, limits};

#[tokio::test]
async fn https_is_spoken_and_a_server_that_does_not_speak_it_gets_no_request() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    let server = tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let mut first = vec![0; 512];
        let read = socket.read(&mut first).await.unwrap();
        socket.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
        first[..read].to_vec()
    });
    let error = ask(&url, limits()).await.unwrap_err();
    assert_eq!((code_of(&error), error.retry), (ErrorCode::ProviderError, RetryClass::Backoff));
    assert_eq!(error.failure.error, "The model provider cannot be reached");
    // A handshake record of TLS, and nothing of the request in the clear.
    let first = server.await.unwrap();
    assert_eq!(first[0], 0x16);
    assert!(!first.windows(4).any(|bytes| bytes == b"POST"));
}
