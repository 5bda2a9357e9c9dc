//! `magone prices …`.

use clap::Subcommand;
use magone_service::ShownPrice;
use serde_json::json;

use super::database::Database;
use super::failure::Outcome;
use super::table::Table;
use super::terminal::{Format, say};
use crate::config::Environment;

/// What can be done with prices of models.
#[derive(Debug, Subcommand)]
pub(super) enum PricesCommand {
    /// Lists all prices
    List,
    /// Sets a model's price; a running server notices within a second
    Set {
        /// The model: provider/name
        model: String,
        /// US dollars for a million tokens sent to it
        #[arg(long, value_name = "N")]
        input_usd: f64,
        /// US dollars for a million tokens received from it
        #[arg(long, value_name = "N")]
        output_usd: f64,
    },
    /// Takes a model's price away
    Remove {
        /// The model: provider/name
        model: String,
    },
}

/// Works on the prices.
pub(super) async fn run(command: PricesCommand, env: &Environment, format: Format) -> Outcome {
    Database::with(env, async |database| {
        let Database { services, caller, .. } = database;
        match command {
            PricesCommand::List => list(database, format).await,
            PricesCommand::Set { model, input_usd, output_usd } => {
                let body = json!({
                    "input_usd_per_million_tokens": input_usd,
                    "output_usd_per_million_tokens": output_usd,
                });
                let price = services.set_price(caller, model, body).await?;
                format.print(&ShownPrice::from(&price), || format!("the price of {} is set", price.model))
            }
            PricesCommand::Remove { model } => {
                services.remove_price(caller, &model).await?;
                format.print(&json!({"model": model}), || format!("the price of {model} is removed"))
            }
        }
    })
    .await
}

async fn list(database: &Database, format: Format) -> Outcome {
    let prices = database.services.prices(&database.caller).await?;
    if prices.is_empty() {
        say(
            "No model has a price yet; name one with `magone prices set <provider/name> --input-usd N --output-usd N`.",
        );
    }
    let shown: Vec<ShownPrice> = prices.iter().map(ShownPrice::from).collect();
    format.print(&shown, || {
        let cells = |price: &ShownPrice| {
            let dollars = |amount: f64| json!(amount).to_string();
            let (input, output) = (price.input_usd_per_million_tokens, price.output_usd_per_million_tokens);
            vec![price.model.clone(), dollars(input), dollars(output)]
        };
        let rows = shown.iter().map(cells).collect();
        Table::new(&["MODEL", "USD PER MILLION IN", "USD PER MILLION OUT"], rows).to_string()
    })
}
