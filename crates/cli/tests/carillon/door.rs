//! The demo page's door, as the page knocks at it.

use std::net::SocketAddr;

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::clock::soon;

/// Enters the meeting of a code; gives what the page joins with.
pub(crate) async fn enter(at: SocketAddr, code: &str, name: &str) -> Value {
    let body = json!({ "name": name }).to_string();
    let length = body.len();
    let head = format!("POST /demo/meetings/{code}/attendees HTTP/1.0\r\nhost: {at}");
    let mut stream = TcpStream::connect(at).await.unwrap();
    let request = format!("{head}\r\ncontent-length: {length}\r\n\r\n{body}");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut text = String::new();
    soon(stream.read_to_string(&mut text)).await.unwrap();
    serde_json::from_str(text.split_once("\r\n\r\n").unwrap().1).expect(&text)
}
