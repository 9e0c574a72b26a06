//! A count of the effects of deliveries, from a URL or from a command.

use std::process::Stdio;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Uri};
use tokio::process::Command;
use tokio::time::{Instant, sleep, timeout};

use super::wire::{Came, Draft, Framing, Target};
use crate::failure::Failure;
use crate::tls::TlsArgs;

/// The time for one count.
const COUNTING: Duration = Duration::from_secs(10);

/// The pause between two counts.
const PAUSE: Duration = Duration::from_millis(200);

/// The time without a change after which effects are complete.
const QUIET: Duration = Duration::from_millis(1_500);

/// The source of a count.
pub(super) enum Effects {
    Url(Target, Box<Draft>),
    /// A line for the shell.
    Command(String),
}

impl Effects {
    /// Returns the source that this text names: a URL with `http` or `https`, or else a command.
    pub(super) fn new(text: &str, tls: &TlsArgs) -> Result<Self, Failure> {
        if !text.starts_with("http://") && !text.starts_with("https://") {
            return Ok(Self::Command(text.to_owned()));
        }
        let help = "give a URL that answers with a number, or a command that prints one";
        let wrong = |cause: String| Failure::usage(format!("`--effects`: {cause}"), help);
        let url: Uri = text.parse().map_err(|error: http::uri::InvalidUri| wrong(error.to_string()))?;
        url.host().filter(|host| !host.is_empty()).ok_or_else(|| wrong("the URL has no host".to_owned()))?;
        let target = Target::new(&url, tls)?;
        let request = Request::get(url).body(Bytes::new()).map_err(|error| wrong(error.to_string()))?;
        Ok(Self::Url(target, Box::new(Draft { framing: Framing::None, ..Draft::new(request) })))
    }

    /// Returns the present number of effects.
    pub(super) async fn number(&self) -> Result<i64, String> {
        let text = match self {
            Self::Url(target, draft) => match target.send(draft, COUNTING).await.came {
                Came::Answer(answer) if answer.status.is_success() => body(&answer.text),
                Came::Answer(answer) => {
                    return Err(format!("the count of effects answered {}", answer.status.as_u16()));
                }
                Came::Nothing(_) => return Err("the count of effects did not answer".to_owned()),
            },
            Self::Command(line) => output(line).await?,
        };
        number(&text).ok_or_else(|| "the count of effects has no number".to_owned())
    }

    /// Waits until the number differs from `before`, and then until it rests. Returns the last number.
    pub(super) async fn settled(&self, before: i64, wait: Duration) -> Result<i64, String> {
        let start = Instant::now();
        let (mut last, mut since) = (before, start);
        loop {
            let number = self.number().await?;
            if number != last {
                (last, since) = (number, Instant::now());
            }
            let rests = since.elapsed() >= QUIET;
            if (last != before && rests) || start.elapsed() >= wait.max(QUIET) {
                return Ok(last);
            }
            sleep(PAUSE).await;
        }
    }
}

/// Returns the body of an answer.
fn body(answer: &[u8]) -> String {
    let text = String::from_utf8_lossy(answer);
    text.split_once("\r\n\r\n").map_or_else(String::new, |(_, body)| body.to_owned())
}

async fn output(line: &str) -> Result<String, String> {
    let (shell, option) = if cfg!(windows) { ("cmd", "/C") } else { ("sh", "-c") };
    let mut command = Command::new(shell);
    command.args([option, line]).stdin(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
    let ran = timeout(COUNTING, command.output()).await;
    let output = ran.map_err(|_| format!("the count of effects took over {} s", COUNTING.as_secs()))?;
    let output = output.map_err(|error| format!("the count of effects cannot be run: {error}"))?;
    if !output.status.success() {
        return Err(format!("the command of the count ended with {}", output.status));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Returns the first whole number of a text.
fn number(text: &str) -> Option<i64> {
    let is_digit = |character: char| character.is_ascii_digit();
    let start = text.find(is_digit)?;
    let digits = text[start..].split(|character| !is_digit(character)).next()?;
    let is_negative = text[..start].ends_with('-');
    digits.parse::<i64>().ok().map(|number| if is_negative { -number } else { number })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_whole_number_counts() {
        for (text, want) in [
            ("3", Some(3)),
            (" 41 rewards\n2", Some(41)),
            ("{\"n\":7}", Some(7)),
            ("-2", Some(-2)),
            ("", None),
            ("none", None),
        ] {
            assert_eq!(number(text), want, "{text}");
        }
        assert_eq!(number("99999999999999999999"), None);
    }
}
