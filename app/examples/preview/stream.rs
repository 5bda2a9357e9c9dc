//! The stream of the made-up world, frame by frame as the server sends them.

use std::collections::VecDeque;
use std::sync::Arc;

use actix_web::http::header::CACHE_CONTROL;
use actix_web::web::{Bytes, Data, Query};
use actix_web::{HttpResponse, Responder};
use futures_util::stream;
use magone_core::execution::Event;
use magone_core::ids::ExecutionId;
use serde::{Deserialize, Serialize};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

use crate::world::{News, World};

/// What is asked for.
#[derive(Deserialize)]
pub struct Asked {
    topics: String,
    after: Option<u64>,
}

fn frame(name: &str, id: Option<u64>, data: &impl Serialize) -> Bytes {
    let id = id.map_or_else(String::new, |id| format!("id: {id}\n"));
    let data = serde_json::to_string(data).unwrap_or_default();
    Bytes::from(format!("{id}event: {name}\ndata: {data}\n\n"))
}

struct Reader {
    world: Arc<World>,
    news: Receiver<News>,
    run: Option<ExecutionId>,
    after: u64,
    ready: VecDeque<Bytes>,
}

impl Reader {
    fn events(&mut self, events: &[Event]) {
        let Some(run) = &self.run else { return };
        for event in events.iter().filter(|event| event.seq > self.after) {
            self.ready.push_back(frame("event", Some(event.seq), event));
        }
        self.after = events.last().map_or(self.after, |event| event.seq.max(self.after));
        if let Some(view) = self.world.view(run) {
            self.ready.push_back(frame("view", None, &view));
        }
    }

    async fn next(&mut self) -> Option<Bytes> {
        loop {
            if let Some(ready) = self.ready.pop_front() {
                return Some(ready);
            }
            match self.news.recv().await {
                Ok((id, event)) if self.run.as_ref() == Some(&id) => self.events(&[event]),
                Ok((id, _)) if self.run.is_none() => {
                    self.ready.extend(self.world.row(&id).map(|row| frame("row", None, &row)));
                }
                Ok(_) | Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return None,
            }
        }
    }
}

/// Answers with the stream of all runs, or of one.
pub async fn stream(asked: Query<Asked>, world: Data<World>) -> impl Responder {
    let world = world.into_inner();
    let run = asked.topics.strip_prefix("execution:").map(ExecutionId::from_text);
    let news = world.listen();
    let mut reader = Reader {
        news,
        run,
        after: asked.after.unwrap_or(0),
        ready: VecDeque::new(),
        world: Arc::clone(&world),
    };
    if let Some(run) = reader.run.clone() {
        let events = world.events_after(&run, reader.after);
        reader.events(&events);
    }
    reader.ready.push_front(Bytes::from_static(b": open\n\n"));
    let frames = stream::unfold(reader, |mut reader| async move {
        let frame = reader.next().await?;
        Some((Ok::<_, actix_web::Error>(frame), reader))
    });
    HttpResponse::Ok()
        .content_type("text/event-stream")
        .insert_header((CACHE_CONTROL, "no-store"))
        .streaming(frames)
}
