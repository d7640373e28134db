//! `/sign-in`, `/join`, `/invite/:token`, `/account`: who one is.

use leptos::prelude::*;
use server_fn::ServerFn;

use super::{part, query};
use crate::{
    actions::{AcceptInvite, Join, SetPassword, SignIn, StartAsGuest},
    api::{Answer, ApiError},
    model::{Person, Role},
    shell::{self, Page, port},
    ui::piece::{Field, form_error, good_news, problem, typed},
};

const PASSWORD_HINT: &str = "At least 10 characters. A sentence is fine.";

#[component]
pub(super) fn SignInPage() -> impl IntoView {
    let next = query("next").unwrap_or_else(|| "/".to_owned());
    shell::page(async move {
        let error = form_error::<SignIn>();
        let body = view! {
            <div class="sheet">
                <h1>"Sign in"</h1>
                {problem(error.clone())}
                <form method="post" action=SignIn::url()>
                    <input type="hidden" name="next" value=next />
                    <Field
                        name="name"
                        label="Name"
                        autocomplete="username"
                        value={typed::<SignIn>("name").unwrap_or_default()}
                        error=error.clone()
                    />
                    <Field name="password" label="Password" kind="password" autocomplete="current-password" max=200 error=error />
                    <button class="primary">"Sign in"</button>
                </form>
                <p class="sheet-more">"In a workshop? " <a href="/join">"Join with its code"</a> ". Just looking?"</p>
                <form method="post" action=StartAsGuest::url()><button class="link">"Start as a guest"</button></form>
            </div>
        };
        Ok(Page::new("Sign in", "narrow", body))
    })
}

#[component]
pub(super) fn JoinPage() -> impl IntoView {
    let code = query("code").unwrap_or_default();
    shell::page(async move {
        let error = form_error::<Join>();
        let me = port()?.accounts.me().await?;
        let name = me.filter(|me| me.role != Role::Guest).map(|me| me.name).unwrap_or_default();
        let (code, name) = (typed::<Join>("code").unwrap_or(code), typed::<Join>("name").unwrap_or(name));
        let body = view! {
            <div class="sheet">
                <h1>"Join a workshop"</h1>
                <p>"Your instructor has the code. The name is what the class and your instructor see."</p>
                {problem(error.clone())}
                <form method="post" action=Join::url()>
                    <Field name="code" label="Join code" value=code max=20 error=error.clone() />
                    <Field name="name" label="Your name" autocomplete="name" value=name max=60 error=error />
                    <button class="primary">"Join"</button>
                </form>
            </div>
        };
        Ok(Page::new("Join a workshop", "narrow", body))
    })
}

#[component]
pub(super) fn InvitePage() -> impl IntoView {
    let token = part::<String>("token");
    shell::page(async move {
        let (port, token) = (port()?, token?);
        if let Err(error) = port.accounts.check_invite(&token).await {
            return used_up(error);
        }
        let error = form_error::<AcceptInvite>();
        let body = view! {
            <div class="sheet">
                <h1>"Welcome, instructor"</h1>
                <p>"This link works once. Choose how you will sign in from now on."</p>
                {problem(error.clone())}
                <form method="post" action=AcceptInvite::url()>
                    <input type="hidden" name="token" value=token />
                    <Field
                        name="name"
                        label="Name"
                        autocomplete="username"
                        value={typed::<AcceptInvite>("name").unwrap_or_default()}
                        max=60
                        error=error.clone()
                    />
                    <Field
                        name="password"
                        label="Password"
                        kind="password"
                        autocomplete="new-password"
                        hint=PASSWORD_HINT
                        max=200
                        error=error
                    />
                    <button class="primary">"Make my account"</button>
                </form>
            </div>
        };
        Ok(Page::new("Instructor link", "narrow", body))
    })
}

fn used_up(error: ApiError) -> Answer<Page> {
    if error != ApiError::NotFound {
        return Err(error);
    }
    let body = view! {
        <div class="sheet">
            <h1>"This link has been used"</h1>
            <p>"An instructor link works once. If it was you, sign in with the name and password you chose."</p>
            <a class="button primary" href="/sign-in">"Sign in"</a>
        </div>
    };
    Ok(Page::new("Instructor link", "narrow", body))
}

#[component]
pub(super) fn AccountPage() -> impl IntoView {
    let saved = query("saved")
        .map(|_| "Saved. You can sign in with this name and password from anywhere.".to_owned());
    shell::page(async move {
        let me = port()?.accounts.me().await?.ok_or(ApiError::SignInNeeded)?;
        Ok(Page::new("Your account", "narrow", account_view(me, saved)))
    })
}

fn account_view(me: Person, saved: Option<String>) -> impl IntoView {
    let error = form_error::<SetPassword>();
    let (title, text, button) = if me.has_password {
        ("Change your password", "", "Change it")
    } else {
        (
            "Keep your work",
            "So far your work belongs to this browser. With a name and a password you can go on from any other.",
            "Keep my work",
        )
    };
    let role = match me.role {
        Role::Guest => "Guest",
        Role::Student => "Student",
        Role::Instructor => "Instructor",
    };
    let current = me.has_password.then(|| {
        view! {
            <Field
                name="current"
                label="Present password"
                kind="password"
                autocomplete="current-password"
                max=200
                error=error.clone()
            />
        }
    });
    let name = if me.role == Role::Guest { String::new() } else { me.name.clone() };
    let name = typed::<SetPassword>("name").unwrap_or(name);
    view! {
        <div class="sheet">
            <h1>"Your account"</h1>
            {good_news(saved)}
            <dl class="facts">
                <div><dt>"Name"</dt><dd>{me.name}</dd></div>
                <div><dt>"Here as"</dt><dd>{role}</dd></div>
                {me.workshop.map(|title| view! { <div><dt>"Workshop"</dt><dd>{title}</dd></div> })}
            </dl>
            <h2>{title}</h2>
            <p>{text}</p>
            {problem(error.clone())}
            <form method="post" action=SetPassword::url()>
                <Field name="name" label="Name to sign in with" autocomplete="username" value=name max=60 error=error.clone() />
                {current}
                <Field
                    name="password"
                    label="New password"
                    kind="password"
                    autocomplete="new-password"
                    hint=PASSWORD_HINT
                    max=200
                    error=error
                />
                <button class="primary">{button}</button>
            </form>
        </div>
    }
}
