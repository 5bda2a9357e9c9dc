//! What models cost: the table that admins edit, and what is known of it by heart.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use magone_core::execution::Usage;
use magone_core::ports::StoreError;
use magone_core::price::{Price, Prices};
use magone_core::workflow::Problem;
use magone_store::ModelPrice;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use crate::audit::Change;
use crate::limits::dollars;
use crate::members::Members;
use crate::{AdminCaller, Permission, ServiceError, Services};

/// Characters of a model's name.
const MODEL_CHARS: usize = 100;

/// All prices, known by heart. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct PriceList(Arc<RwLock<BTreeMap<String, Price>>>);

impl PriceList {
    fn replace(&self, prices: Vec<ModelPrice>) {
        let prices = prices.into_iter().map(|price| (price.model, price.price)).collect();
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = prices;
    }
}

impl Prices for PriceList {
    fn of(&self, model: &str) -> Option<Price> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(model).copied()
    }
}

/// A price as REST and the command line show it.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "ModelPrice")]
pub struct ShownPrice {
    /// US dollars for a million tokens sent to it; exact to a millionth.
    pub input_usd_per_million_tokens: f64,
    /// The model: `provider/name`.
    pub model: String,
    /// US dollars for a million tokens received from it; exact to a millionth.
    pub output_usd_per_million_tokens: f64,
}

impl From<&ModelPrice> for ShownPrice {
    fn from(price: &ModelPrice) -> Self {
        Self {
            input_usd_per_million_tokens: dollars(price.price.input_micros),
            model: price.model.clone(),
            output_usd_per_million_tokens: dollars(price.price.output_micros),
        }
    }
}

/// What a model is to cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(rename = "NewModelPrice")]
pub struct PriceRequest {
    /// US dollars for a million tokens sent to it; exact to a millionth.
    #[schemars(rename = "input_usd_per_million_tokens", with = "f64", range(min = 0))]
    input_micros: u64,
    /// US dollars for a million tokens received from it; exact to a millionth.
    #[schemars(rename = "output_usd_per_million_tokens", with = "f64", range(min = 0))]
    output_micros: u64,
}

impl Services {
    /// What model calls cost, kept up to date.
    #[must_use]
    pub fn price_list(&self) -> PriceList {
        self.prices.clone()
    }

    /// Reads all prices anew.
    ///
    /// # Errors
    /// What the store says; what is known stays.
    pub async fn refresh_prices(&self) -> Result<(), ServiceError> {
        self.prices.replace(self.store.configuration().prices().await?);
        Ok(())
    }

    /// All prices, by model.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`], or what the store says.
    pub async fn prices(&self, caller: &AdminCaller) -> Result<Vec<ModelPrice>, ServiceError> {
        caller.require(Permission::ReadPrices)?;
        Ok(self.store.configuration().prices().await?)
    }

    /// A model's price.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`] or [`ServiceError::NotFound`].
    pub async fn price(&self, caller: &AdminCaller, model: &str) -> Result<ModelPrice, ServiceError> {
        caller.require(Permission::ReadPrices)?;
        let found = self.store.configuration().price(model).await?;
        found.ok_or_else(|| ServiceError::not_found("Price", model))
    }

    /// Sets a model's price from the body `{input_usd_per_million_tokens,
    /// output_usd_per_million_tokens}`.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`]; [`ServiceError::Validation`] with every problem.
    pub async fn set_price(
        &self,
        caller: &AdminCaller,
        model: String,
        body: Value,
    ) -> Result<ModelPrice, ServiceError> {
        caller.require(Permission::WritePrices)?;
        let new = PriceRequest::read(body)?.of(model)?;
        let before = self.store.configuration().price(&new.model).await?;
        self.store.configuration().set_price(&new).await?;
        self.refresh_prices().await?;
        let change = Change::new("price.set", ("model", new.model.as_str())).to(noted(&new));
        let change = match &before {
            Some(before) => change.from(noted(before)),
            None => change,
        };
        self.note(caller, change).await?;
        Ok(new)
    }

    /// Takes a model's price away: its calls cost what its provider says, else nothing.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`] or [`ServiceError::NotFound`].
    pub async fn remove_price(&self, caller: &AdminCaller, model: &str) -> Result<(), ServiceError> {
        caller.require(Permission::WritePrices)?;
        let before = self.store.configuration().price(model).await?;
        match self.store.configuration().remove_price(model).await {
            Err(StoreError::NotFound(_)) => return Err(ServiceError::not_found("Price", model)),
            removed => removed?,
        }
        self.refresh_prices().await?;
        let change = Change::new("price.removed", ("model", model));
        self.note(caller, before.iter().fold(change, |change, price| change.from(noted(price)))).await
    }
}

impl PriceRequest {
    fn read(body: Value) -> Result<Self, ServiceError> {
        let mut members = Members::of("price", body)?;
        let mut amount = |name: &str| {
            let micros = members.take(name).and_then(|value| value.as_f64()).and_then(Usage::micros_of);
            if micros.is_none() {
                members.problem(name, format!("'{name}' has to be an amount in US dollars, 0 or more"));
            }
            micros.unwrap_or_default()
        };
        let request = Self {
            input_micros: amount("input_usd_per_million_tokens"),
            output_micros: amount("output_usd_per_million_tokens"),
        };
        members.end()?;
        Ok(request)
    }

    fn of(self, model: String) -> Result<ModelPrice, ServiceError> {
        let fits = model.chars().count() <= MODEL_CHARS
            && model.split_once('/').is_some_and(|(provider, name)| !provider.is_empty() && !name.is_empty());
        if !fits {
            let detail = format!("A model is named provider/name, in at most {MODEL_CHARS} characters");
            return Err(ServiceError::invalid("price", vec![Problem::new("/model", detail)]));
        }
        let price = Price { input_micros: self.input_micros, output_micros: self.output_micros };
        Ok(ModelPrice { model, price })
    }
}

fn noted(price: &ModelPrice) -> Value {
    json!(ShownPrice::from(price))
}

#[cfg(test)]
mod tests {
    use super::*;

    const INPUT: &str = "input_usd_per_million_tokens";
    const OUTPUT: &str = "output_usd_per_million_tokens";

    #[test]
    fn a_price_names_both_directions() {
        let read = |model: &str, body: Value| PriceRequest::read(body)?.of(model.to_owned());
        let good = read("openai/gpt-4o", json!({INPUT: 2.5, OUTPUT: 10})).unwrap();
        assert_eq!(good.price, Price { input_micros: 2_500_000, output_micros: 10_000_000 });
        assert_eq!(noted(&good), json!({"model": "openai/gpt-4o", INPUT: 2.5, OUTPUT: 10.0}));
        for (model, body, pointers) in [
            ("gpt-4o", json!({INPUT: 1, OUTPUT: 1}), vec!["/model"]),
            (
                "a/b",
                json!({INPUT: -1, "currency": "EUR"}),
                vec!["/input_usd_per_million_tokens", "/output_usd_per_million_tokens", "/currency"],
            ),
        ] {
            let error = read(model, body).unwrap_err();
            let found: Vec<_> = error.problems().iter().map(|problem| problem.pointer.as_str()).collect();
            assert_eq!(found, pointers);
        }
    }
}
