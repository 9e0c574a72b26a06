//! `refhook inbox page`.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use super::{ROBIN, SECRET, Shop};
use crate::text;

/// A running page, which the end of the test stops.
struct Page {
    process: Child,
    /// Host and port.
    authority: String,
    /// The path of the link, with its token.
    link: String,
}

impl Page {
    fn start(shop: &Shop, more: &[&str]) -> Self {
        let arguments: Vec<&str> = ["page", "--output", "json"].iter().chain(more).copied().collect();
        let mut process = shop.command(&arguments).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let line: Value = serde_json::from_str(&line).unwrap();
        let url = line["url"].as_str().unwrap().strip_prefix("http://").unwrap();
        let (authority, path) = url.split_once('/').unwrap();
        Self { process, authority: authority.to_owned(), link: format!("/{path}") }
    }

    /// Requests a path with this cookie. Returns the answer with its head.
    fn get(&self, path: &str, cookie: &str) -> String {
        let mut stream = TcpStream::connect(&self.authority).unwrap();
        let cookie = if cookie.is_empty() { String::new() } else { format!("cookie: {cookie}\r\n") };
        write!(stream, "GET {path} HTTP/1.1\r\nhost: {}\r\n{cookie}connection: close\r\n\r\n", self.authority).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        String::from_utf8_lossy(&answer).into_owned()
    }

    /// Exchanges the token of the link for a cookie.
    fn cookie(&self) -> String {
        let answer = self.get(&self.link, "");
        let cookie =
            answer.lines().find_map(|line| line.strip_prefix("set-cookie: ")).unwrap_or_else(|| panic!("{answer}"));
        cookie.split(';').next().unwrap().to_owned()
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[tokio::test]
async fn the_page_of_an_inbox_is_open_to_its_link_alone() {
    for shop in Shop::each().await {
        let mut page = Page::start(&shop, &[]);
        assert!(page.authority.starts_with("127.0.0.1:"), "{}", page.authority);
        let refused = page.get("/", "");
        assert!(!refused.starts_with("HTTP/1.1 200") && !refused.contains("redpin-main"), "{refused}");
        let cookie = page.cookie();
        let list = page.get("/", &cookie);
        assert!(list.starts_with("HTTP/1.1 200") && list.contains("redpin-main") && !list.contains(ROBIN), "{list}");
        // An interruption ends it without an error.
        let interrupt = Command::new("kill").args(["-INT", &page.process.id().to_string()]).status().unwrap();
        assert!(interrupt.success());
        assert_eq!(page.process.wait().unwrap().code(), Some(0));
    }
}

#[tokio::test]
async fn wrong_uses_of_the_page_are_named() {
    let shop = Shop::sqlite().await;
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let (secret, invalid) = (shop.file("redpin.secret", SECRET), shop.file("invalid.secret", "whsec_!"));
    let rows: [(&[&str], i32, &str); 5] = [
        (&["page", "--port", &port], 1, "cannot be used"),
        (&["page", "--port", "70000"], 2, "70000"),
        (&["page", "--endpoint", "other", "--secret-file", &secret], 2, "no endpoint `other`"),
        (&["page", "--endpoint", "redpin-main"], 2, "the secret of `redpin-main` is missing"),
        (&["page", "--secret-file", &invalid], 2, "for redpin"),
    ];
    for (arguments, code, want) in rows {
        let ran = shop.run(arguments);
        assert_eq!(ran.status.code(), Some(code), "{arguments:?}: {ran:?}");
        assert!(text(&ran.stderr).contains(want), "{arguments:?}: {ran:?}");
    }
}
