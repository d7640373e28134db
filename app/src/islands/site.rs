//! The front ends of the practice account, as they come and go.

use leptos::prelude::*;
#[cfg(feature = "hydrate")]
use server_fn::ServerFn as _;

use super::{Heard, hear};
use crate::{
    model::{LabSlug, LiveStep, Site},
    ui::icon,
};

/// Links to the front ends, asked for again whenever something has changed.
#[island]
pub fn Sites(
    /// The lab.
    slug: LabSlug,
    /// The step whose stream tells of changes.
    number: u32,
    /// Those known when the page was made.
    sites: Vec<Site>,
) -> impl IntoView {
    let known = RwSignal::new(sites);
    hear(format!("/live/{slug}?step={number}"), move |heard: Heard<LiveStep>| {
        #[cfg(feature = "hydrate")]
        if let Heard::Message(_) = heard {
            let slug = slug.clone();
            leptos::task::spawn_local(async move {
                if let Ok(sites) =
                    super::call::ask(crate::actions::Sites::PATH, &[("slug", slug.as_str())]).await
                {
                    known.set(sites);
                }
            });
        }
        #[cfg(not(feature = "hydrate"))]
        let _ = (&heard, &slug);
    });
    view! {
        <ul class="sites">
            {move || {
                known
                    .get()
                    .into_iter()
                    .map(|site| {
                        view! {
                            <li>
                                <a href=site.url target="_blank" rel="noopener">
                                    <span class="site-name">{site.label}</span>
                                    {icon::outward()}
                                </a>
                                <span class="site-instance">{site.belongs_to}</span>
                            </li>
                        }
                    })
                    .collect::<Vec<_>>()
            }}
        </ul>
        <p class="hint">
            {move || {
                if known.with(Vec::is_empty) {
                    "Nothing with a public name is running yet. Addresses appear here as it does."
                } else {
                    "Each opens your simulated front end in a new tab. It answers only if your network lets it."
                }
            }}
        </p>
    }
}
