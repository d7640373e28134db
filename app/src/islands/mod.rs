//! What is interactive. Each island is complete HTML before its script arrives.

#[cfg(feature = "hydrate")]
mod call;
#[cfg(feature = "desk")]
mod class;
#[cfg(feature = "desk")]
mod class_stack;
mod copy;
#[cfg(feature = "desk")]
mod editor;
mod live;
mod moment;
mod site;
mod stack;
#[cfg(feature = "hydrate")]
mod stream;
mod theme;

#[cfg(feature = "desk")]
pub use class::ClassTable;
#[cfg(feature = "desk")]
pub use class_stack::ClassStackTable;
pub use copy::CopyButton;
#[cfg(feature = "desk")]
pub use editor::Editor;
pub use live::{Checks, Rail};
pub use moment::Moment;
pub use site::Sites;
pub use stack::StackBox;
pub use theme::ThemeToggle;

/// What a live stream told.
#[cfg_attr(not(feature = "hydrate"), expect(dead_code, reason = "only a browser hears it"))]
pub(crate) enum Heard<T> {
    /// A message.
    Message(T),
    /// The connection is there.
    Open,
    /// It is not, and is being sought again.
    Lost,
}

/// Hears a live stream of this server for as long as the page is open; on the server, nothing.
pub(crate) fn hear<T>(address: String, heard: impl Fn(Heard<T>) + 'static)
where
    T: serde::de::DeserializeOwned + 'static,
{
    #[cfg(feature = "hydrate")]
    stream::subscribe(address, move |told| match told {
        stream::Told::Data(text) => {
            if let Ok(message) = serde_json::from_str(text) {
                heard(Heard::Message(message));
            }
        }
        stream::Told::Open => heard(Heard::Open),
        stream::Told::Lost => heard(Heard::Lost),
    });
    #[cfg(not(feature = "hydrate"))]
    drop((address, heard));
}

/// Counts seconds since it was last set to zero; on the server it stays there.
pub(crate) fn seconds() -> leptos::prelude::RwSignal<u32> {
    let since = leptos::prelude::RwSignal::new(0_u32);
    #[cfg(feature = "hydrate")]
    {
        use leptos::prelude::Update;
        leptos::prelude::set_interval(
            move || since.update(|seconds| *seconds = seconds.saturating_add(1)),
            std::time::Duration::from_secs(1),
        );
    }
    since
}
