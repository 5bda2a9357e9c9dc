//! Server-sent events, frame by frame.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};

use serde_json::Value;

use super::api::Call;
use super::outside::{block_on, spawn};
use super::wait::PATIENCE;

/// One frame.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Frame {
    /// `id`.
    pub id: Option<String>,
    /// `event`.
    pub event: Option<String>,
    /// `retry`.
    pub retry: Option<String>,
    /// `data`.
    pub data: Option<String>,
    /// A comment.
    pub comment: bool,
}

impl Frame {
    fn read(text: &str) -> Self {
        let mut frame = Self::default();
        for line in text.lines() {
            let (name, value) = line.split_once(':').expect("a field has a name");
            let value = Some(value.trim_start().to_owned());
            match name {
                "" => frame.comment = true,
                "id" => frame.id = value,
                "event" => frame.event = value,
                "retry" => frame.retry = value,
                "data" => frame.data = value,
                name => panic!("no field of an event stream: {name}"),
            }
        }
        frame
    }

    /// The event's document.
    pub fn document(&self) -> Value {
        serde_json::from_str(self.data.as_deref().expect("a frame with data")).unwrap()
    }
}

/// An open stream.
pub struct Stream {
    /// HTTP status.
    pub status: u16,
    /// `Content-Type` and `Cache-Control`.
    pub headers: reqwest::header::HeaderMap,
    frames: Receiver<Frame>,
}

impl Stream {
    pub(super) fn open(call: Call) -> Self {
        let response = block_on(call.open());
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let (sender, frames) = channel();
        spawn(read(response, sender));
        Self { status, headers, frames }
    }

    /// The next frame that is no comment; `None` when the server closed the stream.
    pub fn next(&self) -> Option<Frame> {
        loop {
            match self.frames.recv_timeout(PATIENCE) {
                Ok(frame) if frame.comment => {}
                Ok(frame) => return Some(frame),
                Err(RecvTimeoutError::Disconnected) => return None,
                Err(RecvTimeoutError::Timeout) => panic!("no frame within {PATIENCE:?}"),
            }
        }
    }

    /// The next frame of that event; those before it are passed over.
    pub fn next_named(&self, event: &str) -> Frame {
        loop {
            let frame = self.next().unwrap_or_else(|| panic!("the stream closed before {event}"));
            if frame.event.as_deref() == Some(event) {
                return frame;
            }
        }
    }

    /// All frames until the server closes.
    pub fn rest(&self) -> Vec<Frame> {
        std::iter::from_fn(|| self.next()).collect()
    }
}

/// Hands on whole frames; ends when the server closes or nobody listens any more.
async fn read(mut response: reqwest::Response, frames: Sender<Frame>) {
    let mut text = Vec::new();
    while let Ok(Some(bytes)) = response.chunk().await {
        text.extend_from_slice(&bytes);
        while let Some(end) = text.windows(2).position(|pair| pair == b"\n\n") {
            let frame: Vec<u8> = text.drain(..end + 2).collect();
            let frame = String::from_utf8(frame).expect("frames are UTF-8");
            if frames.send(Frame::read(frame.trim_end())).is_err() {
                return;
            }
        }
    }
}
