//! The port itself: which provider, tool or store does an activity.

use std::sync::Arc;
use std::time::Instant;

use magone_core::activity::{Activity, ActivityError, ActivityOutput, Completion, ToolCall};
use magone_core::ports::{Activities, ActivityCall, BoxFuture, KnowledgeStore};
use magone_core::speech::Speech;

use crate::error::Error;
use crate::knowledge::{self, Library};
use crate::llm::openai::OpenAi;
use crate::llm::scripted::Scripted;
use crate::llm::{Providers, Request};
use crate::settings::Settings;
use crate::tools::Toolbox;

const SCRIPTED: &str = "scripted";
/// What the demo's agents name, and what runs are forced onto that may cost nothing.
const DEMO: &str = "demo";

/// Activities that reach the world. Clones share connections.
#[derive(Clone)]
pub struct RealActivities {
    inner: Arc<Inner>,
}

#[derive(Clone)]
struct Inner {
    providers: Providers,
    tools: Toolbox,
    library: Library,
    model_override: Option<String>,
}

impl RealActivities {
    /// With these settings.
    ///
    /// # Errors
    /// [`Error::Setting`] with the name of the setting and its mend; [`Error::Client`] when no HTTP
    /// client can be built; [`Error::NotConfigured`] when the model that stands in for the demo's
    /// has no provider.
    pub fn new(settings: Settings) -> Result<Self, Error> {
        let mut providers = Providers::default();
        providers.add(SCRIPTED, Arc::new(Scripted));
        if let Some(openai) = settings.openai {
            providers.add("openai", Arc::new(OpenAi::new(openai)?));
        }
        if let Some(model) = &settings.model_override {
            let (provider, _) = split(model).map_err(|_| Error::Setting {
                name: "--model",
                mend: "must be provider/name, for example openai/gpt-4o-mini".to_owned(),
            })?;
            providers.get(provider)?;
        }
        let tools = Toolbox::builtin()?;
        let (library, model_override) = (Library::default(), settings.model_override);
        Ok(Self { inner: Arc::new(Inner { providers, tools, library, model_override }) })
    }

    /// The same, with knowledge to search in. Without it there are no collections.
    #[must_use]
    pub fn knowing(self, store: Arc<dyn KnowledgeStore>) -> Self {
        let inner = Arc::unwrap_or_clone(self.inner);
        Self { inner: Arc::new(Inner { library: Library::of(store), ..inner }) }
    }
}

impl Activities for RealActivities {
    fn call(&self, call: ActivityCall) -> BoxFuture<'static, Result<ActivityOutput, ActivityError>> {
        let inner = Arc::clone(&self.inner);
        Box::pin(async move {
            let started = Instant::now();
            let (execution, tenant) = (call.execution_id.clone(), call.tenant_id.clone());
            let activity = call.activity.name();
            let result = inner.call(call).await;
            let outcome = result.as_ref().map_or_else(|error| error.code().as_str(), |_| "ok");
            tracing::debug!(
                execution.id = %execution,
                tenant.id = %tenant,
                activity,
                outcome,
                duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
                "activity ended"
            );
            result.map_err(ActivityError::from)
        })
    }

    fn tools(&self) -> Vec<String> {
        self.inner.tools.names()
    }
}

impl Inner {
    async fn call(&self, call: ActivityCall) -> Result<ActivityOutput, Error> {
        match call.activity {
            Activity::LlmCompletion(completion) => {
                self.complete(completion, call.scripted, call.idempotency_key, call.speech).await
            }
            Activity::ExecuteTool(tool) => self.execute(tool).await,
            Activity::RetrieveKnowledge(retrieval) => {
                let hits = self.library.search(&call.tenant_id, retrieval).await?;
                Ok(ActivityOutput::RetrieveKnowledge { hits })
            }
        }
    }

    async fn complete(
        &self,
        completion: Completion,
        scripted: bool,
        idempotency_key: String,
        speech: Speech,
    ) -> Result<ActivityOutput, Error> {
        let model = self.model(&completion.model, scripted);
        let (provider, name) = split(&model)?;
        let tools = completion.tools.iter().map(|tool| self.tools.spec(tool));
        let tools = tools.chain(knowledge::spec(&completion.knowledge).map(Ok)).collect::<Result<_, _>>()?;
        let request = Request { model: name.to_owned(), completion, tools, idempotency_key, speech };
        let answer = self.providers.get(provider)?.complete(request).await?;
        Ok(ActivityOutput::LlmCompletion {
            message: answer.message,
            usage: answer.usage,
            model: format!("{provider}/{}", answer.model),
        })
    }

    async fn execute(&self, call: ToolCall) -> Result<ActivityOutput, Error> {
        Ok(ActivityOutput::ExecuteTool { output: self.tools.call(call).await? })
    }

    /// The model that answers in the end.
    fn model(&self, asked: &str, scripted: bool) -> String {
        let is_scripted = asked.split_once('/').is_some_and(|(provider, _)| provider == SCRIPTED);
        let demo = format!("{SCRIPTED}/{DEMO}");
        match &self.model_override {
            _ if scripted && !is_scripted => demo,
            Some(model) if !scripted && asked == demo => model.clone(),
            _ => asked.to_owned(),
        }
    }
}

fn split(model: &str) -> Result<(&str, &str), Error> {
    model
        .split_once('/')
        .filter(|(provider, name)| !provider.is_empty() && !name.is_empty())
        .ok_or_else(|| Error::UnknownModel(format!("'{model}' is no model: models are named provider/name")))
}
