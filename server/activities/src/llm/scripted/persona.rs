//! What the demo's agents say, each in its own shape.

use serde_json::{Value, json};

use super::figures::Figures;

/// The answer of the agent of that id; `None` for agents that the demo does not have.
pub(super) fn answer(agent: &str, figures: &Figures) -> Option<Value> {
    let own = match agent {
        "data-analyzer" => analysis(figures),
        "kpi-calculator" => json!({"kpis": sales_kpis(figures)}),
        "formatter" => json!({
            "kpis": sales_kpis(figures),
            "summary": summary(figures),
            "chart_data": chart(figures),
        }),
        "ops-agent" => json!({"findings": operations(figures), "confidence": confidence(figures)}),
        "calculator" => json!({"kpis": operations_kpis(figures), "summary": operations(figures)}),
        "data-agent" => json!({"rows": rows(figures)}),
        "trend-analyst" => {
            json!({"trend": "rising", "growth": growth(&figures.sales), "insights": insights(figures)})
        }
        "forecaster" => forecast(figures),
        "chart-gen" => json!({"chart_data": chart(figures)}),
        "report-writer" => json!({"summary": summary(figures), "insights": insights(figures)}),
        _ => return None,
    };
    let about = json!({
        "region": figures.region,
        "quarter": format!("Q{}", figures.quarter),
        "year": figures.year,
    });
    Some(super::instance::completed(own, &about))
}

fn analysis(figures: &Figures) -> Value {
    json!({
        "findings": insights(figures),
        "rows": figures.between("rows", 400, 4_000),
        "confidence": confidence(figures),
    })
}

/// 0.80 to 0.99.
fn confidence(figures: &Figures) -> f64 {
    f64::from(u32::try_from(figures.between("confidence", 80, 100)).unwrap_or(80)) / 100.0
}

fn sales_kpis(figures: &Figures) -> Value {
    let averages = averages(figures);
    let [.., sales] = figures.sales;
    let [.., units] = figures.units;
    let [.., average] = averages;
    json!([
        {"name": "Total Sales", "value": sales, "unit": "AED", "change": growth(&figures.sales)},
        {"name": "Units Sold", "value": units, "unit": "units", "change": growth(&figures.units)},
        {"name": "Avg Price", "value": average, "unit": "AED/unit", "change": growth(&averages)},
    ])
}

fn averages(figures: &Figures) -> [u64; 4] {
    let mut averages = figures.sales;
    for (average, units) in averages.iter_mut().zip(figures.units) {
        *average = average.saturating_add(units / 2).checked_div(units).unwrap_or(0);
    }
    averages
}

fn operations_kpis(figures: &Figures) -> Value {
    let number = |what, low, high| figures.between(what, low, high);
    json!([
        {"name": "On-Time Handovers", "value": number("handovers", 88, 99), "unit": "%",
            "change": format!("+{}%", number("handovers change", 1, 5))},
        {"name": "Open Requests", "value": number("requests", 12, 60), "unit": "requests",
            "change": format!("-{}%", number("requests change", 2, 15))},
        {"name": "Avg Resolution Time", "value": number("resolution", 6, 30), "unit": "hours",
            "change": format!("-{}%", number("resolution change", 2, 12))},
    ])
}

/// Change from the quarter before to the last one: `+15%`.
fn growth([.., before, last]: &[u64; 4]) -> String {
    let percent = |more: u64, base: u64| (more * 100 + base / 2).checked_div(base).unwrap_or(0);
    match last.checked_sub(*before) {
        Some(more) => format!("+{}%", percent(more, *before)),
        None => format!("-{}%", percent(before - last, *before)),
    }
}

fn millions(aed: u64) -> String {
    format!("AED {}.{} million", aed / 1_000_000, aed % 1_000_000 / 100_000)
}

fn summary(figures: &Figures) -> String {
    let [.., sales] = figures.sales;
    let [.., units] = figures.units;
    format!(
        "Q{} {} shows strong performance ({}): {} from {units} units, {} on the quarter before.",
        figures.quarter,
        figures.year,
        figures.region,
        millions(sales),
        growth(&figures.sales),
    )
}

fn insights(figures: &Figures) -> Value {
    json!([
        format!("Sales changed by {} on the quarter before.", growth(&figures.sales)),
        format!("Units sold changed by {}.", growth(&figures.units)),
        format!("The average price changed by {}.", growth(&averages(figures))),
    ])
}

fn operations(figures: &Figures) -> String {
    format!("{} of 100 handovers were on time.", figures.between("handovers", 88, 99))
}

fn rows(figures: &Figures) -> Value {
    let rows = figures.periods().into_iter().zip(figures.sales).zip(figures.units);
    rows.map(|((period, sales), units)| json!({"period": period, "sales": sales, "units": units})).collect()
}

fn forecast(figures: &Figures) -> Value {
    let [.., sales] = figures.sales;
    let more = figures.between("forecast", 2, 12);
    json!({"forecast": sales * (100 + more) / 100, "unit": "AED", "change": format!("+{more}%"),
        "confidence": confidence(figures)})
}

fn chart(figures: &Figures) -> Value {
    json!({
        "type": "bar",
        "labels": figures.periods(),
        "datasets": [
            {"label": "Total Sales", "unit": "AED", "data": figures.sales},
            {"label": "Units Sold", "unit": "units", "data": figures.units},
        ],
    })
}
