//! Anomalies, budgets, forecasts, returns (`spec/anomaly.md`, `spec/budget.md`): documented alerts, edges,
//! and oracles that compute the same in another way.

#[path = "watch/absences.rs"]
mod absences;
#[path = "watch/advice.rs"]
mod advice;
#[path = "watch/budgets.rs"]
mod budgets;
#[path = "watch/documented.rs"]
mod documented;
#[path = "watch/edges.rs"]
mod edges;
#[path = "watch/forecasts.rs"]
mod forecasts;
#[path = "watch/given.rs"]
mod given;
#[path = "watch/late.rs"]
mod late;
#[path = "watch/oracle.rs"]
mod oracle;
#[path = "watch/returns.rs"]
mod returns;
#[path = "watch/series.rs"]
mod series;
