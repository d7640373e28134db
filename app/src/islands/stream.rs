//! One `EventSource` per address, shared by the islands of a page, sought again when it is lost for good.

use std::{cell::RefCell, collections::HashMap, rc::Rc, time::Duration};

use leptos::prelude::set_timeout;
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{EventSource, MessageEvent};

/// What a source told.
pub(super) enum Told<'a> {
    /// A message's data.
    Data(&'a str),
    /// Connected.
    Open,
    /// Not connected.
    Lost,
}

type Listener = Rc<dyn Fn(Told<'_>)>;

thread_local! {
    static LISTENERS: RefCell<HashMap<String, Vec<Listener>>> = RefCell::default();
}

/// Adds a listener, and opens the source if it is the first.
pub(super) fn subscribe(address: String, told: impl Fn(Told<'_>) + 'static) {
    let first = LISTENERS.with_borrow_mut(|all| {
        let listeners = all.entry(address.clone()).or_default();
        listeners.push(Rc::new(told));
        listeners.len() == 1
    });
    if first {
        open(address);
    }
}

fn tell(address: &str, what: impl Fn() -> Told<'static>) {
    for listener in listeners(address) {
        listener(what());
    }
}

/// A copy, so that a listener may subscribe in turn.
fn listeners(address: &str) -> Vec<Listener> {
    LISTENERS.with_borrow(|all| all.get(address).cloned().unwrap_or_default())
}

fn open(address: String) {
    let Ok(source) = EventSource::new(&address) else { return };

    let at = address.clone();
    let message = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
        if let Some(text) = event.data().as_string() {
            for listener in listeners(&at) {
                listener(Told::Data(&text));
            }
        }
    });
    source.set_onmessage(Some(message.as_ref().unchecked_ref()));

    let at = address.clone();
    let opened = Closure::<dyn Fn()>::new(move || tell(&at, || Told::Open));
    source.set_onopen(Some(opened.as_ref().unchecked_ref()));

    let here = source.clone();
    let lost = Closure::<dyn Fn()>::new(move || {
        tell(&address, || Told::Lost);
        // The browser itself seeks again after a cut connection, but not after an error status.
        if here.ready_state() == EventSource::CLOSED {
            let address = address.clone();
            set_timeout(move || open(address), Duration::from_secs(5));
        }
    });
    source.set_onerror(Some(lost.as_ref().unchecked_ref()));

    // They live as long as the page does.
    message.forget();
    opened.forget();
    lost.forget();
}
