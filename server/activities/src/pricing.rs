//! What model calls cost, where the provider does not say: the prices that an admin named.

use std::sync::Arc;

use magone_core::activity::{Activity, ActivityError, ActivityOutput};
use magone_core::ports::{Activities, ActivityCall, BoxFuture};
use magone_core::price::Prices;

/// Activities whose model calls have a cost.
#[derive(Clone)]
pub struct Priced {
    activities: Arc<dyn Activities>,
    prices: Arc<dyn Prices>,
}

impl std::fmt::Debug for Priced {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Priced").field("prices", &self.prices).finish_non_exhaustive()
    }
}

impl Priced {
    /// With these prices.
    #[must_use]
    pub fn new(activities: Arc<dyn Activities>, prices: Arc<dyn Prices>) -> Self {
        Self { activities, prices }
    }
}

impl Activities for Priced {
    fn call(&self, call: ActivityCall) -> BoxFuture<'static, Result<ActivityOutput, ActivityError>> {
        let asked = match &call.activity {
            // What is forced onto the scripted provider costs nothing, whatever its model costs.
            Activity::LlmCompletion(completion) if !call.scripted => Some(completion.model.clone()),
            _ => None,
        };
        let (answer, prices) = (self.activities.call(call), Arc::clone(&self.prices));
        Box::pin(async move {
            let mut output = answer.await?;
            if let (ActivityOutput::LlmCompletion { usage, model, .. }, Some(asked)) = (&mut output, asked)
                && usage.cost_micros == 0
                // The model that answered; a provider may answer with a dated name of the one that was asked.
                && let Some(price) = prices.of(model).or_else(|| prices.of(&asked))
            {
                usage.cost_micros = price.cost_micros(usage);
                *usage = usage.bounded();
            }
            Ok(output)
        })
    }

    fn tools(&self) -> Vec<String> {
        self.activities.tools()
    }
}
