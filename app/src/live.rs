//! The one stream of a tab. The server pushes; the page never asks again by itself.
//!
//! The stream is closed while the tab is hidden and opened where it was left off when the tab comes
//! back. Reconnecting is done here and not by `EventSource`, since a new position can only go into
//! the address. Frames are handed over together, once per animation frame: a burst of a thousand
//! events is one rendering.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use leptos::prelude::*;
use send_wrapper::SendWrapper;
use wasm_bindgen::JsCast as _;
use wasm_bindgen::closure::Closure;
use web_sys::{EventSource, MessageEvent};

/// How the stream is, as the page's head shows it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Liveness {
    /// This page has none, or what it showed is over.
    #[default]
    Off,
    /// Being opened for the first time.
    Connecting,
    /// Open.
    Live,
    /// Broken; it is tried again.
    Reconnecting,
    /// Closed, since nobody is looking.
    Paused,
}

/// One message of the stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// The event's name.
    pub name: &'static str,
    /// Its data: JSON.
    pub data: String,
}

/// What a page does with its stream.
pub struct Subscription {
    /// The address to open now; `None` when there is nothing more to come.
    pub address: Box<dyn Fn() -> Option<String>>,
    /// The names of the frames that are wanted.
    pub names: &'static [&'static str],
    /// Frames that arrived, in their order.
    pub on_frames: Box<dyn Fn(Vec<Frame>)>,
    /// The stream is open, for the first time or again.
    pub on_open: Box<dyn Fn()>,
    /// It could not be opened twice in a row: perhaps the session ended.
    pub on_trouble: Box<dyn Fn()>,
}

/// The signal behind the indicator; provided once, above all pages.
#[derive(Clone, Copy, Debug)]
pub struct Indicator(RwSignal<Liveness>);

impl Indicator {
    /// Provides it to all components below.
    pub fn provide() {
        provide_context(Self(RwSignal::new(Liveness::Off)));
    }

    /// The one that was provided.
    #[must_use]
    pub fn get() -> Self {
        use_context().unwrap_or_else(|| Self(RwSignal::new(Liveness::Off)))
    }

    /// How the stream is.
    #[must_use]
    pub fn liveness(self) -> Liveness {
        self.0.get()
    }
}

/// Opens a stream for as long as the surrounding component lives. In the browser only: call it in an
/// effect.
pub fn subscribe(indicator: Indicator, subscription: Subscription) {
    let stream = Stream(Rc::new(Inner {
        subscription,
        indicator,
        open: RefCell::default(),
        waiting: RefCell::default(),
        arrived: RefCell::default(),
        failures: Cell::new(0),
        over: Cell::new(false),
    }));
    stream.start(Liveness::Connecting);
    let watched = SendWrapper::new(stream.clone());
    let visibility = window_event_listener_untyped("visibilitychange", move |_| watched.visibility_changed());
    let stream = SendWrapper::new(stream);
    on_cleanup(move || {
        visibility.remove();
        stream.0.over.set(true);
        stream.stop(Liveness::Off);
    });
}

/// Milliseconds before the next try after so many failures; half of it is spread at random, so that
/// many tabs do not come back at once.
fn pause(failures: u32, random: f64) -> Duration {
    let longest = 500_u32.saturating_mul(2_u32.saturating_pow(failures.min(5))).min(15_000);
    Duration::from_millis(u64::from(longest)).mul_f64(0.5 + random.clamp(0.0, 1.0) / 2.0)
}

/// An open connection with the callbacks that belong to it; closing one drops the others.
struct Connection {
    source: EventSource,
    _on_frame: Vec<Closure<dyn FnMut(MessageEvent)>>,
    _on_open: Closure<dyn FnMut()>,
    _on_error: Closure<dyn FnMut()>,
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.source.set_onopen(None);
        self.source.set_onerror(None);
        self.source.close();
    }
}

struct Inner {
    subscription: Subscription,
    indicator: Indicator,
    open: RefCell<Option<Connection>>,
    waiting: RefCell<Option<TimeoutHandle>>,
    arrived: RefCell<Vec<Frame>>,
    failures: Cell<u32>,
    /// The page that asked for the stream is gone, and its signals with it.
    over: Cell<bool>,
}

#[derive(Clone)]
struct Stream(Rc<Inner>);

impl Stream {
    fn start(&self, shown: Liveness) {
        if document().hidden() {
            return self.stop(Liveness::Paused);
        }
        let Some(address) = (self.0.subscription.address)() else {
            return self.stop(Liveness::Off);
        };
        self.stop(shown);
        let Ok(source) = EventSource::new(&address) else {
            return self.failed();
        };
        let (opened, broken) = (self.clone(), self.clone());
        let on_open = Closure::<dyn FnMut()>::new(move || opened.opened());
        let on_error = Closure::<dyn FnMut()>::new(move || broken.failed());
        source.set_onopen(Some(on_open.as_ref().unchecked_ref()));
        source.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        let on_frame = self.0.subscription.names.iter().map(|name| self.listen(&source, name)).collect();
        let connection = Connection { source, _on_frame: on_frame, _on_open: on_open, _on_error: on_error };
        *self.0.open.borrow_mut() = Some(connection);
    }

    fn listen(&self, source: &EventSource, name: &'static str) -> Closure<dyn FnMut(MessageEvent)> {
        let stream = self.clone();
        let closure = Closure::<dyn FnMut(MessageEvent)>::new(move |message: MessageEvent| {
            if let Some(data) = message.data().as_string() {
                stream.arrived(Frame { name, data });
            }
        });
        // Fails only for arguments that are no functions.
        let _ = source.add_event_listener_with_callback(name, closure.as_ref().unchecked_ref());
        closure
    }

    fn stop(&self, shown: Liveness) {
        if let Some(waiting) = self.0.waiting.borrow_mut().take() {
            waiting.clear();
        }
        // The borrow ends before the connection is dropped: its callbacks lead back here.
        let closed = self.0.open.borrow_mut().take();
        drop(closed);
        self.show(shown);
    }

    fn show(&self, liveness: Liveness) {
        // The signal is gone when the whole page is.
        let _ = self.0.indicator.0.try_set(liveness);
    }

    fn opened(&self) {
        self.0.failures.set(0);
        self.show(Liveness::Live);
        (self.0.subscription.on_open)();
    }

    fn arrived(&self, frame: Frame) {
        let first = {
            let mut arrived = self.0.arrived.borrow_mut();
            arrived.push(frame);
            arrived.len() == 1
        };
        if first {
            let stream = self.clone();
            request_animation_frame(move || {
                let frames = stream.0.arrived.take();
                if stream.0.over.get() {
                    return;
                }
                (stream.0.subscription.on_frames)(frames);
                if (stream.0.subscription.address)().is_none() {
                    stream.stop(Liveness::Off);
                }
            });
        }
    }

    fn failed(&self) {
        let failures = self.0.failures.get().saturating_add(1);
        self.0.failures.set(failures);
        let stream = self.clone();
        let again = set_timeout_with_handle(
            move || stream.start(Liveness::Reconnecting),
            pause(failures, js_sys::Math::random()),
        );
        // Closed, not dropped: it is the connection that calls this.
        if let Some(connection) = self.0.open.borrow().as_ref() {
            connection.source.close();
        }
        *self.0.waiting.borrow_mut() = again.ok();
        self.show(Liveness::Reconnecting);
        if failures == 2 {
            (self.0.subscription.on_trouble)();
        }
    }

    fn visibility_changed(&self) {
        if document().hidden() {
            self.stop(Liveness::Paused);
        } else if self.0.open.borrow().is_none() {
            self.0.failures.set(0);
            self.start(Liveness::Reconnecting);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_bound_and_are_spread() {
        assert_eq!(pause(1, 1.0), Duration::from_millis(1_000));
        assert_eq!(pause(1, 0.0), Duration::from_millis(500));
        assert_eq!(pause(2, 1.0), Duration::from_millis(2_000));
        assert_eq!(pause(400, 1.0), Duration::from_millis(15_000));
    }
}
