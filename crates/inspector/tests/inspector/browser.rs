//! A browser of tests: it keeps its cookie, and sends forms as browsers do.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, COOKIE, HOST, LOCATION, ORIGIN, SET_COOKIE};
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use referral_webhooks_inbox::store::Store;
use referral_webhooks_inspector::{Body, InspectorService};
use tower::ServiceExt as _;

pub(crate) const HOST_NAME: &str = "localhost:4040";

/// A page that a browser has loaded.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) status: StatusCode,
    pub(crate) headers: http::HeaderMap,
    pub(crate) text: String,
}

impl Page {
    pub(crate) async fn of(response: Response<Body>) -> Self {
        let (head, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let text = String::from_utf8(body.to_vec()).unwrap();
        Self { status: head.status, headers: head.headers, text }
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Returns the text between two others, after the first occurrence of the first.
    #[track_caller]
    pub(crate) fn between(&self, begin: &str, end: &str) -> &str {
        let (_, rest) = self.text.split_once(begin).unwrap_or_else(|| panic!("no {begin} in {}", self.text));
        rest.split_once(end).unwrap().0
    }

    /// Returns the hidden fields of the form that acts.
    #[track_caller]
    pub(crate) fn form(&self) -> BTreeMap<String, String> {
        let form = self.between("<form class=\"act\"", "</form>");
        let fields = form.split("<input type=\"hidden\" ").skip(1).map(|field| {
            let value = |name: &str| {
                let value = field.split_once(&format!("{name}=\"")).unwrap().1.split_once('"').unwrap().0;
                value.replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
            };
            (value("name"), value("value"))
        });
        fields.collect()
    }

    /// Returns the ids of the listed rows, from the top.
    pub(crate) fn rows(&self) -> Vec<i64> {
        self.text.split("<tr id=\"e").skip(1).map(|row| row.split_once('"').unwrap().0.parse().unwrap()).collect()
    }

    #[track_caller]
    pub(crate) fn assert_has(&self, text: &str) {
        assert!(self.text.contains(text), "no {text:?} in {}", self.text);
    }
}

/// A browser with one cookie.
#[derive(Debug)]
pub(crate) struct Browser<S: Store> {
    pub(crate) page: InspectorService<S>,
    pub(crate) cookie: Option<String>,
    /// Further headers of each request.
    pub(crate) headers: Vec<(&'static str, String)>,
}

impl<S: Store> Browser<S> {
    pub(crate) fn new(page: InspectorService<S>) -> Self {
        Self { page, cookie: None, headers: Vec::new() }
    }

    /// Sends a request as it is, and keeps the cookie of the answer.
    pub(crate) async fn send(&mut self, request: Request<Full<Bytes>>) -> Response<Body> {
        let response = self.page.clone().oneshot(request).await.unwrap();
        if let Some(cookie) = response.headers().get(SET_COOKIE) {
            self.cookie = Some(cookie.to_str().unwrap().split_once(';').unwrap().0.to_owned());
        }
        response
    }

    /// Returns a request with the headers that browsers send.
    pub(crate) fn request(&self, method: &str, path: &str) -> http::request::Builder {
        let mut request = Request::builder().method(method).uri(path).header(HOST, HOST_NAME);
        if let Some(cookie) = &self.cookie {
            request = request.header(COOKIE, cookie);
        }
        self.headers.iter().fold(request, |request, (name, value)| request.header(*name, value))
    }

    pub(crate) async fn get(&mut self, path: &str) -> Page {
        let request = self.request("GET", path).body(Full::default()).unwrap();
        Page::of(self.send(request).await).await
    }

    /// Loads a page, and those that it redirects to.
    pub(crate) async fn open(&mut self, path: &str) -> Page {
        let page = self.get(path).await;
        if page.status != StatusCode::SEE_OTHER {
            return page;
        }
        let location = page.headers[LOCATION].to_str().unwrap().to_owned();
        self.get(&location).await
    }

    pub(crate) async fn post(&mut self, path: &str, fields: &BTreeMap<String, String>) -> Page {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = self.request("POST", path);
        let request = request.header(ORIGIN, format!("http://{HOST_NAME}")).header("sec-fetch-site", "same-origin");
        let request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        Page::of(self.send(request.body(Full::from(body)).unwrap()).await).await
    }

    /// Loads the confirmation of an action, and sends its form with a reason.
    pub(crate) async fn act(&mut self, query: &str, reason: &str) -> Page {
        let page = self.get(&format!("/act?{query}")).await;
        let mut form = page.form();
        form.insert("reason".to_owned(), reason.to_owned());
        self.post("/act", &form).await
    }
}
