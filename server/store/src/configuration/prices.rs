//! What models cost.

use magone_core::ports::StoreError;
use magone_core::price::Price;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict, Order, Query};
use sea_orm::{EntityTrait, QueryTrait};

use super::Configuration;
use crate::entity::model_price::{Column, Entity, Model};
use crate::row;

/// A model with its price.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelPrice {
    /// `provider/name`.
    pub model: String,
    /// What it costs.
    pub price: Price,
}

impl Configuration {
    /// All prices, by model.
    ///
    /// # Errors
    /// What the database says; so for every function here.
    pub async fn prices(&self) -> Result<Vec<ModelPrice>, StoreError> {
        let mut query = Entity::find().into_query();
        query.order_by(Column::Model, Order::Asc);
        let models: Vec<Model> = self.store.reader().all(query).await?;
        Ok(models.into_iter().map(ModelPrice::from).collect())
    }

    /// A model's price.
    ///
    /// # Errors
    /// As above.
    pub async fn price(&self, model: &str) -> Result<Option<ModelPrice>, StoreError> {
        let found: Option<Model> = self.store.reader().one(Entity::find_by_id(model).into_query()).await?;
        Ok(found.map(ModelPrice::from))
    }

    /// Sets a model's price.
    ///
    /// # Errors
    /// As above.
    pub async fn set_price(&self, new: &ModelPrice) -> Result<(), StoreError> {
        let amount = |micros: u64| i64::try_from(micros).unwrap_or(i64::MAX);
        let mut insert = row::insert(
            Entity,
            [
                (Column::Model, new.model.as_str().into()),
                (Column::InputMicros, amount(new.price.input_micros).into()),
                (Column::OutputMicros, amount(new.price.output_micros).into()),
            ],
        )?;
        let mut replaces = OnConflict::column(Column::Model);
        replaces.update_columns([Column::InputMicros, Column::OutputMicros]);
        insert.on_conflict(replaces);
        self.store.writer().execute(insert).await.map(|_| ())
    }

    /// Takes a model's price away.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] where it has none.
    pub async fn remove_price(&self, model: &str) -> Result<(), StoreError> {
        let mut delete = Query::delete();
        delete.from_table(Entity).and_where(Expr::col(Column::Model).eq(model));
        match self.store.writer().execute(delete).await? {
            0 => Err(StoreError::NotFound(format!("price of {model}"))),
            _ => Ok(()),
        }
    }
}

impl From<Model> for ModelPrice {
    fn from(model: Model) -> Self {
        // What a script wrote below zero costs nothing.
        let amount = |micros: i64| u64::try_from(micros).unwrap_or_default();
        let price =
            Price { input_micros: amount(model.input_micros), output_micros: amount(model.output_micros) };
        Self { model: model.model, price }
    }
}
