//! One page per route, each complete HTML.

mod account;
mod catalog;
mod deliverable;
pub(crate) mod error;
mod lab;
mod marking;
mod step;
mod teach;

use leptos::prelude::*;
use leptos_router::{
    components::{FlatRoutes, Route, Router},
    hooks::{use_params_map, use_query_map},
    path,
};

use crate::{api::Answer, error::ApiError};

/// The whole site: needs `Port` and `Assets` as context.
#[component]
pub fn App() -> impl IntoView {
    view! {
        <Router>
            <FlatRoutes fallback=error::NotFound>
                <Route path=path!("/") view=catalog::Catalog />
                <Route path=path!("/labs/:slug") view=lab::Lab />
                <Route path=path!("/labs/:slug/steps/:number") view=step::Step />
                <Route path=path!("/labs/:slug/deliverable") view=deliverable::Deliverable />
                <Route path=path!("/sign-in") view=account::SignInPage />
                <Route path=path!("/join") view=account::JoinPage />
                <Route path=path!("/invite/:token") view=account::InvitePage />
                <Route path=path!("/account") view=account::AccountPage />
                <Route path=path!("/teach") view=teach::Teach />
                <Route path=path!("/teach/:workshop") view=teach::Workshop />
                <Route path=path!("/teach/:workshop/submissions/:attempt") view=marking::Marking />
            </FlatRoutes>
        </Router>
    }
}

/// A part of the path; one that is not an id is not found.
fn part<T: std::str::FromStr>(name: &str) -> Answer<T> {
    use_params_map()
        .with(|params| params.get_str(name).and_then(|text| text.parse().ok()))
        .ok_or(ApiError::NotFound)
}

/// A value of the query, if it is short enough to be one of ours.
fn query(name: &str) -> Option<String> {
    use_query_map().with(|query| query.get(name)).filter(|value| value.len() <= 200)
}
