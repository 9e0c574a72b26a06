//! The way of a request: name, person, form, page.

use std::sync::Arc;

use bytes::Bytes;
use http::header::SET_COOKIE;
use http::request::Parts;
use http::{Method, StatusCode};
use maud::html;
use referral_webhooks_inbox::store::Store;
use time::OffsetDateTime;

use crate::access::{Access, Operator, Origin, Rights, Session, host_of, origin_of};
use crate::context::Context;
use crate::problem::Problem;
use crate::settings::{Admission, Settings};
use crate::view::{Frame, Section};
use crate::web::answer::{self, Answer};
use crate::web::{Form, Route};
use crate::{act, detail, health, history, list, live, refused};

/// Answers a request.
pub(crate) async fn answer<S: Store>(
    settings: Arc<Settings<S>>,
    head: Parts,
    form: Result<Bytes, &'static str>,
    now: OffsetDateTime,
) -> Answer {
    let mut frame = Frame {
        title: settings.title.clone(),
        base: settings.base.clone(),
        operator: None,
        token: String::new(),
        is_read_only: settings.is_read_only,
    };
    let Some(host) = host_of(&head).filter(|host| settings.hosts.allow(host)) else {
        return stranger(
            &frame,
            StatusCode::MISDIRECTED_REQUEST,
            "This page is not served under this name",
            FOREIGN_NAME,
        );
    };
    let route = Route::of(&settings.base, head.uri.path());
    // Files without content of deliveries need no person.
    if let Some(Route::Asset(name)) = &route
        && let Some(asset) = answer::asset(name)
    {
        return asset;
    }
    let query = Form::read(head.uri.query().unwrap_or_default().as_bytes());
    if let Some(answer) = exchange(&settings, &frame, &head, route.as_ref(), &query, now) {
        return answer;
    }
    let session = Session::of(&head, &settings.cookie, &settings.key, now);
    let (operator, session, cookie) = match (&settings.admission, session) {
        (Admission::Hook(authorise), session) => match authorise(&head).await {
            Access::Granted(operator) => match session {
                Some(session) => (operator, session, None),
                None => {
                    let (session, value) = Session::begin(&settings.key, now);
                    (operator, session, Some(value))
                }
            },
            Access::LogIn(url) => return answer::see_other(&url),
            Access::Denied => return stranger(&frame, StatusCode::FORBIDDEN, "Refused", DENIED),
        },
        (Admission::Link(_, name), Some(session)) => (Operator::new(name.clone(), Rights::ALL), session, None),
        (Admission::Link(..), None) => {
            return stranger(&frame, StatusCode::UNAUTHORIZED, "Open the link of the program", NO_SESSION);
        }
    };
    frame.token = session.form_token(operator.name());
    frame.operator = Some(operator.clone());
    let set_cookie = cookie.map(|value| set_cookie(&settings, &head, &value));
    let answered = async {
        let form = sent_form(&settings, &head, &host, &session, &operator, form)?;
        let context = Context { settings, operator, session, head, query, form, frame: frame.clone(), now };
        dispatch(&context, route).await
    };
    let mut answer = answered.await.unwrap_or_else(|problem: Problem| problem.answer(&frame));
    if let Some(Ok(cookie)) = set_cookie.map(|cookie| cookie.parse()) {
        answer.headers_mut().insert(SET_COOKIE, cookie);
    }
    answer
}

const FOREIGN_NAME: &str = "The program that serves it must allow the name of the URL with `allowed_hosts`.";
const DENIED: &str = "You may not see the deliveries of this inbox.";
const NO_SESSION: &str = "The program has printed a link with a token. Open it once in this browser. After a restart of \
                          the program, its new link counts.";

/// Returns the page of a person who is not admitted.
fn stranger(frame: &Frame, status: StatusCode, title: &str, text: &str) -> Answer {
    let content = html! { h1 { (title) } p { (text) } };
    answer::with_status(status, frame.page(Section::Other, title, content))
}

/// Exchanges the token of the link for a cookie; `None` if the request has none.
fn exchange<S>(
    settings: &Settings<S>,
    frame: &Frame,
    head: &Parts,
    route: Option<&Route>,
    query: &Form,
    now: OffsetDateTime,
) -> Option<Answer> {
    let (Admission::Link(token, _), Some(Route::List)) = (&settings.admission, route) else { return None };
    let given = query.get("token").filter(|_| head.method == Method::GET)?;
    if !token.is(given) {
        return Some(stranger(frame, StatusCode::UNAUTHORIZED, "The token is not the one of this program", NO_SESSION));
    }
    let (_, value) = Session::begin(&settings.key, now);
    let url = frame.link("/", &query.without(&["token"]));
    // A browser sends a strict cookie after a redirection only if it came from no other page.
    let is_from_elsewhere = head.headers.get("sec-fetch-site").is_some_and(|site| site != "none");
    let mut answer = if is_from_elsewhere { continue_at(frame, &url) } else { answer::see_other(&url) };
    if let Ok(cookie) = set_cookie(settings, head, &value).parse() {
        answer.headers_mut().insert(SET_COOKIE, cookie);
    }
    answer.headers_mut().insert(http::header::REFERRER_POLICY, http::HeaderValue::from_static("no-referrer"));
    Some(answer)
}

/// Returns a page that loads another one.
fn continue_at(frame: &Frame, url: &str) -> Answer {
    let content = html! {
        meta http-equiv="refresh" content={ "0;url=" (url) };
        h1 { "Signed in" }
        p { a.button href=(url) { "Continue to the deliveries" } }
    };
    answer::page(frame.page(Section::Other, "Signed in", content))
}

/// Returns the header that sets the session's cookie.
fn set_cookie<S>(settings: &Settings<S>, head: &Parts, value: &str) -> String {
    let (name, base) = (&settings.cookie, settings.base.path(""));
    let path = if base.is_empty() { "/" } else { &base };
    let is_https = head.uri.scheme_str() == Some("https")
        || head.headers.get("x-forwarded-proto").is_some_and(|scheme| scheme == "https");
    let secure = if is_https { "; Secure" } else { "" };
    format!("{name}={value}; Path={path}; HttpOnly; SameSite=Strict{secure}")
}

/// Returns the fields of a sent form, after its origin and its token are verified.
fn sent_form<S>(
    settings: &Settings<S>,
    head: &Parts,
    host: &str,
    session: &Session,
    operator: &Operator,
    form: Result<Bytes, &'static str>,
) -> Result<Form, Problem> {
    if head.method != Method::POST {
        return Ok(Form::default());
    }
    match origin_of(head, host, &settings.hosts) {
        Origin::Own => {}
        Origin::Foreign => return Err(Problem::forbidden("The form was sent by a page of another site.")),
        Origin::Unstated => {
            return Err(Problem::forbidden("The browser does not say from which page the form was sent."));
        }
    }
    let form = Form::read(&form.map_err(Problem::bad_input)?);
    let is_ours = form.get("token").is_some_and(|token| session.is_form_token(token, operator.name()));
    match is_ours {
        true => Ok(form),
        false => Err(Problem::forbidden(
            "The form belongs to another session. Load its page again, and send the form of the new page.",
        )),
    }
}

/// Returns the page of a route.
async fn dispatch<S: Store>(context: &Context<S>, route: Option<Route>) -> Result<Answer, Problem> {
    let Some(route) = route else { return Err(Problem::missing("There is no such page.")) };
    match &context.head.method {
        &Method::GET | &Method::HEAD => {}
        &Method::POST if route.takes_forms() => {}
        _ => {
            let methods = if route.takes_forms() { "GET, HEAD, POST" } else { "GET, HEAD" };
            let page = Problem::not_allowed("The page knows no such method.").answer(&context.frame);
            return Ok(answer::allowing(page, methods));
        }
    }
    let is_sent = context.head.method == Method::POST;
    match route {
        Route::List => list::page(context).await,
        Route::Live => live::stream(context).await,
        Route::Entry(id) => detail::page(context, id).await,
        Route::EntryRaw(id) => detail::raw(context, id).await,
        Route::EntryRequest(id) => detail::request(context, id).await,
        Route::EntryReveal(id) if is_sent => detail::reveal(context, id).await,
        Route::EntryReveal(id) => Ok(answer::see_other(&context.frame.path(&format!("/entries/{id}")))),
        Route::Refused => refused::list(context).await,
        Route::RefusedRequest(endpoint, at) => refused::page(context, &endpoint, at).await,
        Route::RefusedRaw(endpoint, at) => refused::raw(context, &endpoint, at).await,
        Route::RefusedReveal(endpoint, at) if is_sent => refused::reveal(context, &endpoint, at).await,
        Route::RefusedReveal(endpoint, at) => {
            Ok(answer::see_other(&context.frame.path(&format!("/refused/{endpoint}/{at}"))))
        }
        Route::History => history::list(context).await,
        Route::Endpoints => health::page(context).await,
        Route::Act if is_sent => act::perform(context).await,
        Route::Act => act::confirm(context).await,
        Route::Asset(_) => Err(Problem::missing("There is no such file.")),
    }
}
