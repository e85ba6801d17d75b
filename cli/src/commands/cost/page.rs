//! A report as a page: tables, bars and lines over time in SVG. No script, nothing from elsewhere.

use std::path::Path;

use ledgit_core::cost::exact::{Exact, Rounding};
use ledgit_core::cost::series::Unit;
use ledgit_core::cost::view::{Pick, Row};
use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::report::{Told, period};
use crate::failure::Failure;
use crate::render::amounts::{places_text, unit};

const STYLE: &str = "
:root { color-scheme: light dark; --ink: #1b1f24; --faint: #5c6570; --line: #d5dae0; --bar: #2f6f9f; --below: #b5532d; --paper: #fff; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ec; --faint: #9aa4ae; --line: #3a424b; --bar: #6aa9d6; --below: #e08a63; --paper: #15191d; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2.2rem; }
table { border-collapse: collapse; width: 100%; }
th, td { padding: .3rem .6rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: middle; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
td.bar { width: 30%; } tfoot td { font-weight: 600; }
.faint { color: var(--faint); font-size: .87rem; }
svg { display: block; overflow: visible; } svg text { fill: var(--faint); font: 11px system-ui, sans-serif; }
.fill { fill: var(--bar); } .below { fill: var(--below); } .axis { stroke: var(--line); }
";

/// Writes the page.
pub fn write(path: &Path, told: &Told<'_>, pick: &Pick) -> Result<(), Failure> {
    let page = page(told, pick).into_string();
    std::fs::write(path, page).map_err(|error| Failure::file("write", path, &error))
}

fn page(told: &Told<'_>, pick: &Pick) -> Markup {
    let title = format!("Costs by {}", told.table.by.word());
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                h1 { (title) }
                @for (of, total) in &told.table.totals { (section(told, of, total)) }
                @if told.table.totals.is_empty() { p { "Nothing was spent." } }
                h2 { "What is counted" }
                @for line in told.basis(pick).lines() { p.faint { (line) } }
            }
        }
    }
}

/// One currency and measure.
fn section(told: &Told<'_>, of: &Unit, total: &Exact) -> Markup {
    let rows: Vec<_> = told.rows(of).collect();
    let largest = rows.iter().map(|row| row.sum.magnitude()).max().unwrap_or_else(Exact::zero);
    html! {
        h2 { (unit(of)) }
        table {
            thead {
                tr {
                    th { (told.table.by.word()) }
                    th.n { "amount" }
                    th.n { "part" }
                    th { }
                    th { "entries" }
                }
            }
            tbody {
                @for row in &rows {
                    tr {
                        td { (told.name(&row.key)) }
                        td.n { (row.sum.to_string()) }
                        td.n { @if let Some(percent) = &row.percent { (percent.to_string()) " %" } }
                        td.bar { (bar(&row.sum, &largest)) }
                        td.faint { (places_text(&row.places)) }
                    }
                }
            }
            tfoot { tr { td { "total" } td.n { (total.to_string()) } td.n { } td { } td { } } }
        }
        @if let Some(every) = told.over {
            p.faint { "each " (every.word()) }
            (columns(told, &rows))
        }
    }
}

/// Thousandths of a whole, for lengths of pictures.
fn thousandths(part: &Exact, whole: &Exact) -> u64 {
    let cells = (&part.magnitude() * &Exact::from(1_000)).over(whole);
    cells.and_then(|cells| cells.rounded(0, Rounding::HalfEven).whole()).unwrap_or(0).min(1_000)
}

fn colour(amount: &Exact) -> &'static str {
    if Exact::zero() > *amount { "below" } else { "fill" }
}

fn bar(amount: &Exact, largest: &Exact) -> Markup {
    let width = thousandths(amount, largest).max(u64::from(!amount.is_zero()) * 4);
    html! {
        svg width="100%" height="12" viewBox="0 0 1000 12" preserveAspectRatio="none" role="img"
            aria-label=(amount.to_string()) {
            rect class=(colour(amount)) x="0" y="0" width=(width) height="12" {}
        }
    }
}

/// The total of each period as a column; what each row has of it stands in the title of the column.
fn columns(told: &Told<'_>, rows: &[&Row]) -> Markup {
    const HEIGHT: u64 = 120;
    let Some(every) = told.over else { return html! {} };
    let sum = |at: usize| {
        let parts = rows.iter().filter_map(|row| row.over.get(at));
        parts.fold(Exact::zero(), |sum, part| &sum + part)
    };
    let sums: Vec<_> = (0..told.table.periods.len()).map(sum).collect();
    let largest = sums.iter().map(Exact::magnitude).max().unwrap_or_else(Exact::zero);
    let wide = (900 / sums.len().max(1) as u64).clamp(6, 90);
    // Labels need some 60 units; of narrow columns every n-th has one.
    let each = (64 / wide).max(1) as usize;
    let whole = wide * sums.len() as u64;
    html! {
        svg width=(whole) height=(HEIGHT + 24) viewBox=(format!("0 0 {whole} {}", HEIGHT + 24)) role="img"
            aria-label="amounts over time" {
            line class="axis" x1="0" y1=(HEIGHT) x2=(whole) y2=(HEIGHT) {}
            @for (at, (number, sum)) in told.table.periods.iter().zip(&sums).enumerate() {
                @let height = thousandths(sum, &largest) * HEIGHT / 1_000;
                @let x = at as u64 * wide;
                g {
                    title { (period(every, *number)) ": " (sum.to_string()) (parts(told, rows, at)) }
                    rect class=(colour(sum)) x=(x + 1) y=(HEIGHT - height) width=(wide - 2) height=(height) {}
                }
                @if at % each == 0 {
                    text x=(x + 2) y=(HEIGHT + 16) { (period(every, *number)) }
                }
            }
        }
    }
}

fn parts(told: &Told<'_>, rows: &[&Row], at: usize) -> String {
    let part = |row: &&Row| {
        let amount = row.over.get(at).filter(|amount| !amount.is_zero())?;
        Some(format!("\n{} {amount}", told.name(&row.key)))
    };
    rows.iter().filter_map(part).collect()
}
