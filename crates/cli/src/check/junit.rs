//! The results as a JUnit report.
//!
//! - Guarantees: the file is well-formed XML, whatever the endpoint answered.
//! - Assumes: the reader knows the elements that Jenkins, GitHub and GitLab read: `testsuite`, `testcase`, `failure`, `skipped`.
//! - Without it: a control character in an answer would make the whole report unreadable.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::Path;
use std::time::Duration;

use super::finding::Verdict;
use super::report::Row;

/// Writes the report of a run.
pub(super) fn write(file: &Path, platform: &str, rows: &[Row]) -> io::Result<()> {
    fs::write(file, text(platform, rows))
}

fn text(platform: &str, rows: &[Row]) -> String {
    let count = |verdicts: &[Verdict]| rows.iter().filter(|row| verdicts.contains(&row.finding.verdict)).count();
    let (failed, skipped) = (count(&[Verdict::Failed]), count(&[Verdict::Skipped, Verdict::Unseen]));
    let time: Duration = rows.iter().map(|row| row.took).sum();
    let (suite, tests, time) = (escaped(&format!("refhook check {platform}")), rows.len(), time.as_secs_f64());
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let counts =
        format!("tests=\"{tests}\" failures=\"{failed}\" errors=\"0\" skipped=\"{skipped}\" time=\"{time:.3}\"");
    text += &format!("<testsuites {counts}>\n  <testsuite name=\"{suite}\" {counts}>\n");
    for row in rows {
        // A text in memory takes every write.
        let _ = writeln!(text, "{}", element(platform, row));
    }
    text + "  </testsuite>\n</testsuites>\n"
}

fn element(platform: &str, row: &Row) -> String {
    let Row { case, finding, took } = row;
    let (class, name) = (escaped(&format!("refhook.check.{platform}")), escaped(case.name));
    let reason = escaped(finding.reason.as_deref().unwrap_or_default());
    let next = finding.next.as_deref().map(|next| format!("\nnext: {next}")).unwrap_or_default();
    let all = escaped(&format!("expected: {}\ncame: {}{next}", case.expected, finding.came));
    let content = match finding.verdict {
        Verdict::Passed => format!("<system-out>{all}</system-out>"),
        Verdict::Noted => format!("<system-out>{all}\nnote: {reason}</system-out>"),
        Verdict::Skipped | Verdict::Unseen => format!("<skipped message=\"{reason}\"/>"),
        Verdict::Failed => format!("<failure message=\"{reason}\" type=\"{name}\">{all}</failure>"),
    };
    format!(
        "    <testcase classname=\"{class}\" name=\"{name}\" time=\"{:.3}\">{content}</testcase>",
        took.as_secs_f64()
    )
}

/// Escapes a text for contents and attributes. Characters that XML 1.0 excludes are replaced.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '"' => escaped += "&quot;",
            '\'' => escaped += "&apos;",
            // A reader turns a bare line feed of an attribute into a blank.
            '\n' => escaped += "&#10;",
            '\t' => escaped += "&#9;",
            character if is_allowed(character) => escaped.push(character),
            _ => escaped.push('\u{fffd}'),
        }
    }
    escaped
}

/// Whether XML 1.0 allows a character, and does not discourage it.
fn is_allowed(character: char) -> bool {
    !character.is_control() && !matches!(character, '\u{fffe}' | '\u{ffff}' | '\u{fdd0}'..='\u{fdef}')
}

#[cfg(test)]
mod tests {
    use super::super::case;
    use super::super::finding::Finding;
    use super::*;

    #[test]
    fn every_text_survives_a_reader_of_xml() {
        let hostile = "a<b>&\"'\u{1b}[31m\u{0}\u{fffe}\n]]>\u{202e}é";
        let read = "a<b>&\"'\u{fffd}[31m\u{fffd}\u{fffd}\n]]>\u{202e}é";
        let findings = [
            Finding::passed(hostile),
            Finding::noted(hostile, hostile, hostile),
            Finding::failed(hostile, hostile, hostile),
            Finding::unseen(hostile, hostile, hostile),
            Finding::skipped(hostile),
        ];
        let case = case::all().next().expect("there are cases");
        let rows: Vec<Row> =
            findings.into_iter().map(|finding| Row { case, finding, took: Duration::from_millis(1_500) }).collect();
        let text = text(hostile, &rows);
        let document = roxmltree::Document::parse(&text).expect("it is well-formed");
        let suite = document.descendants().find(|node| node.has_tag_name("testsuite")).expect("there is a suite");
        assert_eq!(suite.attribute("name"), Some(format!("refhook check {read}").as_str()));
        let counts =
            ["tests", "failures", "errors", "skipped", "time"].map(|name| suite.attribute(name).unwrap_or_default());
        assert_eq!(counts, ["5", "1", "0", "2", "7.500"]);
        let failure = document.descendants().find(|node| node.has_tag_name("failure")).expect("one case failed");
        assert_eq!(failure.attribute("message"), Some(read));
        assert!(failure.text().is_some_and(|text| text.contains(&format!("came: {read}\nnext: {read}"))), "{text}");
    }
}
