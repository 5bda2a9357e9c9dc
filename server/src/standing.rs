//! Streams end when whoever reads them may not be here any more.

use actix_web::web::Bytes;
use futures_util::{Stream, StreamExt, stream};
use magone_service::TenantCaller;
use serde_json::json;

use crate::problem::Problem;
use crate::state::AppState;

/// The last frame of a stream whose reader was turned out. It carries no id: where the reader comes back
/// with another key, it goes on where it was.
const CLOSED: &str = "stream.closed";

/// The frames, for as long as the caller's key is valid; then one that says why they end.
pub fn while_valid(
    frames: impl Stream<Item = Result<Bytes, Problem>> + 'static,
    state: &AppState,
    caller: TenantCaller,
) -> impl Stream<Item = Result<Bytes, Problem>> + 'static {
    let services = state.services.clone();
    let lost = state.keep(async move { Problem::from(services.lost_standing(&caller).await) });
    let frames = frames.map(Some).chain(stream::once(async { None }));
    stream::unfold(Some((Box::pin(frames), Box::pin(lost))), |open| async {
        let (mut frames, mut lost) = open?;
        tokio::select! {
            biased;
            problem = &mut lost => Some((Ok(closing(&problem)), None)),
            frame = frames.next() => Some((frame.flatten()?, Some((frames, lost)))),
        }
    })
}

fn closing(problem: &Problem) -> Bytes {
    let data = json!({"code": problem.code.as_str(), "detail": problem.detail});
    format!("event: {CLOSED}\ndata: {data}\n\n").into()
}
