//! Charts as inline SVG, with the figures as a table.
//!
//! - Guarantees: a chart has a name, a description and a table with the same figures. Colours come from classes, because the
//!   page permits no inline style.
//! - Assumes: all series have the same buckets.
//! - Without it: the chart is empty for a person who cannot see it.

use maud::{Markup, html};

/// The width and the height of a chart, in its own units.
const SIZE: (f64, f64) = (300.0, 56.0);

/// One series of a chart.
#[derive(Debug, Clone)]
pub(super) struct Series {
    pub(super) name: &'static str,
    /// The class of its colour.
    pub(super) class: &'static str,
    pub(super) values: Vec<f64>,
    pub(super) shape: Shape,
}

/// The drawing of a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// Bars above the ground.
    Up,
    /// Bars below the ground, under those of the series before.
    Down,
}

/// A chart over time.
#[derive(Debug)]
pub(super) struct Chart {
    /// The name, of the page's elements too: letters, digits and hyphens.
    pub(super) id: String,
    pub(super) title: String,
    /// The description in words.
    pub(super) description: String,
    pub(super) series: Vec<Series>,
    /// The times of the buckets, in words.
    pub(super) times: Vec<String>,
    /// The figures of a bucket, in words, by series.
    pub(super) words: fn(f64) -> String,
}

impl Chart {
    /// Returns the chart, its legend and its figures.
    pub(super) fn markup(&self) -> Markup {
        let (width, height) = SIZE;
        let (ground, scale) = self.scale();
        let mut below = vec![0.0; self.times.len()];
        let named = format!("{}-title {}-words", self.id, self.id);
        html! {
            figure.chart {
                figcaption { b { (self.title) } span.sub { " " (self.description) } }
                svg viewBox=(format!("0 0 {width} {height}")) preserveAspectRatio="none" role="img" aria-labelledby=(named) {
                    title id=(format!("{}-title", self.id)) { (self.title) }
                    desc id=(format!("{}-words", self.id)) { (self.description) }
                    line.ground x1="0" x2=(width) y1=(ground) y2=(ground) {}
                    @for series in &self.series {
                        @match series.shape {
                            Shape::Up => path class={ "bars " (series.class) } d=(bars(&series.values, ground, scale)) {},
                            Shape::Down => path class={ "bars " (series.class) } d=(hanging(&series.values, &mut below, ground, scale)) {},
                        }
                    }
                }
                div.axis aria-hidden="true" {
                    span { (self.times.first().map_or("", String::as_str)) }
                    @if self.series.len() > 1 { span { @for series in &self.series { span.key.(series.class) { (series.name) } " " } } }
                    span { "now" }
                }
                (self.figures())
            }
        }
    }

    /// Returns the height of the ground, and the length of one unit. Faults hang below the ground, with the same scale.
    fn scale(&self) -> (f64, f64) {
        let most = |is_down: bool| {
            let of = |at: usize| {
                let series = self.series.iter().filter(|series| (series.shape == Shape::Down) == is_down);
                let values = series.filter_map(|series| series.values.get(at).copied());
                if is_down { values.sum() } else { values.fold(0.0, f64::max) }
            };
            (0..self.times.len()).map(of).fold(0.0, f64::max)
        };
        let (up, down) = (most(false), most(true));
        let room = SIZE.1 - 2.0;
        let scale = if up + down > 0.0 { room / (up + down) } else { 0.0 };
        (1.0 + if up + down > 0.0 { up * scale } else { room }, scale)
    }

    /// Returns the figures of buckets that are not empty.
    fn figures(&self) -> Markup {
        let is_empty =
            |at: &usize| self.series.iter().all(|series| series.values.get(*at).is_none_or(|value| *value == 0.0));
        let rows: Vec<usize> = (0..self.times.len()).rev().filter(|at| !is_empty(at)).collect();
        html! {
            details {
                summary { "Figures" }
                @if rows.is_empty() { p.sub { "Every figure is 0." } } @else {
                    div.scroll tabindex="0" {
                        table.data {
                            caption.unseen { (self.title) }
                            thead { tr { th scope="col" { "From" } @for series in &self.series { th.num scope="col" { (series.name) } } } }
                            tbody {
                                @for at in rows {
                                    tr {
                                        td data-label="From" { (self.times[at]) }
                                        @for series in &self.series { td.num data-label=(series.name) { (series.values.get(at).map_or_else(String::new, |value| (self.words)(*value))) } }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The height of the smallest bar, so that one delivery among thousands can still be seen.
const LEAST: f64 = 1.5;

/// Returns the outline of bars above the ground.
fn bars(values: &[f64], ground: f64, scale: f64) -> String {
    let step = SIZE.0 / values.len().max(1) as f64;
    let mut path = String::new();
    for (at, value) in values.iter().enumerate().filter(|(_, value)| **value > 0.0) {
        let tall = (value * scale).max(LEAST).min(ground);
        path.push_str(&format!("M{:.1} {ground:.1}v-{tall:.1}h{:.1}v{tall:.1}z", at as f64 * step, step * 0.8));
    }
    path
}

/// Returns the outline of bars below the ground, and below those that hang there.
fn hanging(values: &[f64], below: &mut [f64], ground: f64, scale: f64) -> String {
    let step = SIZE.0 / values.len().max(1) as f64;
    let mut path = String::new();
    for (at, (value, below)) in values.iter().zip(below).enumerate().filter(|(_, (value, _))| **value > 0.0) {
        let (top, tall) = (ground + *below, (value * scale).max(LEAST));
        path.push_str(&format!("M{:.1} {top:.1}v{tall:.1}h{:.1}v-{tall:.1}z", at as f64 * step, step * 0.8));
        *below += tall;
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart(values: Vec<f64>) -> Chart {
        let times = (0..values.len()).map(|minute| format!("10:{minute:02}")).collect();
        let series = |name, class, values, shape| Series { name, class, values, shape };
        Chart {
            id: "redpin-hour".to_owned(),
            title: "Deliveries".to_owned(),
            description: "0 to 4 a minute".to_owned(),
            series: vec![
                series("received", "received", values.clone(), Shape::Up),
                series("failed", "failed", values, Shape::Down),
            ],
            times,
            words: |value| format!("{value}"),
        }
    }

    #[test]
    fn a_chart_has_a_name_words_and_figures() {
        let markup = chart(vec![0.0, 2.0, 4.0]).markup().into_string();
        for part in [
            "role=\"img\"",
            "aria-labelledby=\"redpin-hour-title redpin-hour-words\"",
            "<title id=\"redpin-hour-title\">Deliveries</title>",
            "<desc id=\"redpin-hour-words\">0 to 4 a minute</desc>",
            "<td data-label=\"From\">10:02</td><td class=\"num\" data-label=\"received\">4</td>",
        ] {
            assert!(markup.contains(part), "{part} in {markup}");
        }
        assert!(!markup.contains("style="), "{markup}");
        assert!(!markup.contains(">10:00</td>"), "an empty bucket has no row: {markup}");
    }

    #[test]
    fn figures_of_any_size_are_within_the_chart() {
        for values in [vec![], vec![0.0], vec![0.0; 60], vec![1e15, 1.0], vec![5.0]] {
            let chart = chart(values.clone());
            let (ground, scale) = chart.scale();
            let mut below = vec![0.0; values.len()];
            let hanging = hanging(&values, &mut below, ground, scale);
            let drawn = format!("{} {hanging}", bars(&values, ground, scale));
            assert!(!drawn.contains("NaN") && !drawn.contains("inf"), "{drawn}");
            assert!(below.iter().all(|below| ground + below <= SIZE.1 + LEAST), "{below:?} below {ground}");
            assert!(chart.markup().into_string().contains("<svg"));
        }
    }
}
