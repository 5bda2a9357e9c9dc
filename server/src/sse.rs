//! Server-sent events (WHATWG HTML, section 9.2) over a followed log.

use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::header;
use bytes::Bytes;
use futures_util::Stream;
use futures_util::stream;
use schemars::{Schema, SchemaGenerator, json_schema};
use tokio_util::sync::CancellationToken;

use crate::actors::Face;
use crate::follow::{Follow, News};
use crate::problem::Problem;

/// A comment keeps proxies from closing a quiet stream.
pub const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// First frame: clients come back after two seconds.
const OPENING: &[u8] = b"retry: 2000\n\n";

/// What the contract says about a stream.
pub(crate) const FRAMES: &str = "The events, one after another; the schema is that of one.";

/// Its frames' schema.
pub(crate) fn frame(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object",
        "properties": {
            "id": {"type": "string", "description": "The event's seq, for `Last-Event-ID`."},
            "event": {"type": "string", "description": "The event's type."},
            "data": {"type": "string", "description": "The event, a JSON document."},
        },
        "required": ["event", "data"],
    })
}

/// The first frame of every stream.
#[must_use]
pub fn opening() -> Bytes {
    Bytes::from_static(OPENING)
}

/// A comment frame.
#[must_use]
pub fn keep_alive() -> Bytes {
    Bytes::from_static(b": keep-alive\n\n")
}

/// A response that streams frames.
#[must_use]
pub fn response(frames: impl Stream<Item = Result<Bytes, Problem>> + 'static) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/event-stream; charset=utf-8")
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header(("X-Accel-Buffering", "no"))
        .streaming(frames)
}

struct Frames {
    follow: Follow,
    face: Face,
    draining: CancellationToken,
    opened: bool,
}

/// The frames of a followed log: ends after the terminal event, and at shutdown (the client comes
/// back and is served by whoever is there then).
pub fn events(
    follow: Follow,
    face: Face,
    draining: CancellationToken,
) -> impl Stream<Item = Result<Bytes, Problem>> {
    stream::unfold(Frames { follow, face, draining, opened: false }, Frames::next)
}

impl Frames {
    async fn next(mut self) -> Option<(Result<Bytes, Problem>, Self)> {
        if !self.opened {
            self.opened = true;
            return Some((Ok(opening()), self));
        }
        let frame = tokio::select! {
            next = told(&mut self.follow, self.face) => match next {
                Ok(Some(frames)) => Ok(frames),
                Ok(None) => return None,
                Err(problem) => Err(problem),
            },
            () = tokio::time::sleep(KEEP_ALIVE) => Ok(keep_alive()),
            () = self.draining.cancelled() => return None,
        };
        Some((frame, self))
    }
}

/// What a follower comes to next, as frames.
async fn told(follow: &mut Follow, face: Face) -> Result<Option<Bytes>, Problem> {
    loop {
        return Ok(match follow.next().await? {
            Some(News::Events { batch, above }) => Some(batch.bytes(face, above)),
            // The console tells messages when they are complete.
            Some(News::Speech(_)) if face == Face::Admin => continue,
            Some(News::Speech(frame)) => Some(frame),
            None => None,
        });
    }
}
