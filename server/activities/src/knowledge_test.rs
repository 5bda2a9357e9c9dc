use std::collections::BTreeMap;

use magone_core::activity::{Activity, ActivityError, ActivityOutput, Completion, RetryClass};
use magone_core::error::ErrorCode;
use magone_core::ids::ExecutionId;
use magone_core::message::{Message, Role};
use magone_core::ports::{Activities, ActivityCall, BoxFuture};
use magone_core::workflow::schema;
use serde_json::{Map, Value, json};

use super::*;
use crate::{RealActivities, Settings};

/// Collections in memory, by tenant and name.
#[derive(Default)]
struct Memory {
    collections: BTreeMap<(String, String), Vec<Hit>>,
    broken: Option<StoreError>,
}

impl Memory {
    fn with(mut self, tenant: &str, name: &str, passages: &[(&str, f64, Value)]) -> Self {
        let hits = passages.iter().map(|(text, score, metadata)| Hit {
            id: (*text).to_owned(),
            text: (*text).to_owned(),
            score: *score,
            source: None,
            metadata: metadata.as_object().cloned().unwrap(),
        });
        self.collections.insert((tenant.to_owned(), name.to_owned()), hits.collect());
        self
    }
}

impl KnowledgeStore for Memory {
    fn collections(&self) -> BoxFuture<'_, Result<Vec<String>, StoreError>> {
        let names = self.collections.keys().map(|(_, name)| name.clone()).collect();
        Box::pin(std::future::ready(Ok(names)))
    }

    fn retrieve(
        &self,
        tenant: &TenantId,
        ask: Retrieval,
    ) -> BoxFuture<'static, Result<Vec<Hit>, StoreError>> {
        let found = self.collections.get(&(tenant.to_string(), ask.collection.clone()));
        let found = found.cloned().ok_or_else(|| StoreError::NotFound(ask.collection.clone()));
        let fits = move |hit: &Hit| {
            let mut filter = ask.filter.iter();
            hit.text.contains(&ask.query)
                && filter.all(|(member, value)| hit.metadata.get(member) == Some(value))
        };
        let hits = found.map(|hits| hits.into_iter().filter(fits).collect());
        Box::pin(std::future::ready(self.broken.clone().map_or(hits, Err)))
    }
}

fn library() -> Memory {
    let dubai = || json!({"region": "dubai"});
    Memory::default()
        .with(
            "ten_1",
            "policies",
            &[("no cats", 0.2, dubai()), ("no dogs", 0.9, dubai()), ("no", 0.5, json!({}))],
        )
        .with("ten_2", "policies", &[("no rent", 0.9, json!({}))])
        .with("ten_2", "secrets", &[("no way", 0.9, json!({}))])
}

fn call(activity: Activity, tenant: &str) -> ActivityCall {
    ActivityCall {
        execution_id: ExecutionId::from_text("exec_1"),
        tenant_id: TenantId::from_text(tenant),
        idempotency_key: "exec_1:look#call@1".to_owned(),
        speech: Default::default(),
        scripted: false,
        activity,
    }
}

/// Searches as a run of that tenant does.
async fn search(
    store: Option<Memory>,
    tenant: &str,
    collection: &str,
    filter: Map<String, Value>,
) -> Result<Vec<String>, ActivityError> {
    let activities = RealActivities::new(Settings::default()).unwrap();
    let activities = match store {
        Some(store) => activities.knowing(Arc::new(store)),
        None => activities,
    };
    let (collection, query) = (collection.to_owned(), "no".to_owned());
    let search = Activity::RetrieveKnowledge(Retrieval { collection, query, top_k: 2, filter });
    match activities.call(call(search, tenant)).await? {
        ActivityOutput::RetrieveKnowledge { hits } => Ok(hits.into_iter().map(|hit| hit.text).collect()),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_best_hits_come_first_and_no_more_than_were_asked_for() {
    let found = search(Some(library()), "ten_1", "policies", Map::new()).await.unwrap();
    assert_eq!(found, ["no dogs", "no"]);
    let filter = json!({"region": "dubai"}).as_object().cloned().unwrap();
    let found = search(Some(library()), "ten_1", "policies", filter).await.unwrap();
    assert_eq!(found, ["no dogs", "no cats"]);
}

#[test]
fn a_model_is_told_what_it_may_search_and_what_it_is_told_is_what_is_taken() {
    assert_eq!(spec(&[]), None);
    let own = ["policies".to_owned(), "manuals".to_owned()];
    let told = spec(&own).unwrap();
    assert_eq!(told.name, "retrieve_knowledge");
    assert_eq!(told.parameters["properties"]["collection"]["enum"], json!(own));
    let schema = schema::compile(&told.parameters).unwrap();
    for (fits, arguments) in [
        (true, json!({"collection": "policies", "query": "a"})),
        (true, json!({"collection": "manuals", "query": "a", "top_k": 50})),
        (false, json!({"collection": "manuals", "query": "a", "top_k": 51})),
        (false, json!({"collection": "manuals", "query": "a", "top_k": 0})),
        (false, json!({"collection": "secrets", "query": "a"})),
        (false, json!({"query": "a"})),
        (false, json!({"collection": "manuals"})),
        (false, json!({"collection": "manuals", "query": "a", "filter": {}})),
        (false, json!([])),
    ] {
        assert_eq!(schema.problems(&arguments).is_empty(), fits, "{arguments}");
        assert_eq!(Retrieval::asked(&own, &arguments).is_ok(), fits, "{arguments}");
    }
}

#[tokio::test]
async fn a_model_is_offered_the_search_beside_its_tools() {
    let completion = Completion {
        model: "scripted/demo".to_owned(),
        messages: vec![Message::text(Role::User, "May I keep a cat?")],
        tools: Vec::new(),
        knowledge: vec!["policies".to_owned()],
        output_schema: None,
        temperature: None,
        max_tokens: None,
        agent: None,
    };
    let call = call(Activity::LlmCompletion(completion), "ten_1");
    let output = RealActivities::new(Settings::default()).unwrap().call(call).await.unwrap();
    let ActivityOutput::LlmCompletion { message, .. } = output else { panic!("{output:?}") };
    let request = &message.tool_calls[0];
    assert_eq!(request.tool, "retrieve_knowledge");
    assert!(Retrieval::asked(&["policies".to_owned()], &request.arguments).is_ok(), "{request:?}");
}

#[tokio::test]
async fn a_tenant_finds_nothing_of_another_one() {
    assert_eq!(search(Some(library()), "ten_2", "policies", Map::new()).await.unwrap(), ["no rent"]);
    let error = search(Some(library()), "ten_1", "secrets", Map::new()).await.unwrap_err();
    let unknown = search(Some(library()), "ten_1", "nothing", Map::new()).await.unwrap_err();
    assert_eq!((&error.failure.code, &error.failure.error), (&unknown.failure.code, &unknown.failure.error));
}

#[tokio::test]
async fn what_goes_wrong_has_a_code_and_a_sentence() {
    let broken = |error: StoreError| Memory { broken: Some(error), ..library() };
    let nan = library().with("ten_1", "policies", &[("no", f64::NAN, json!({}))]);
    let (definition, tool) = (ErrorCode::DefinitionError, ErrorCode::ToolFailed);
    let missing = "The definition names a collection that does not exist";
    for (store, code, retry, sentence, detail) in [
        (None, definition, RetryClass::Never, missing, "this server keeps no knowledge"),
        (Some(Memory::default()), definition, RetryClass::Never, missing, "collection 'policies': not found"),
        (
            Some(broken(StoreError::Unavailable("refused".to_owned()))),
            tool,
            RetryClass::Backoff,
            "The knowledge store cannot be reached",
            "refused",
        ),
        (
            Some(broken(StoreError::Internal("no such table".to_owned()))),
            tool,
            RetryClass::Never,
            "The knowledge store failed",
            "no such table",
        ),
        (Some(nan), tool, RetryClass::Never, "The knowledge store failed", "no number"),
    ] {
        let error = search(store, "ten_1", "policies", Map::new()).await.unwrap_err();
        assert_eq!((&error.failure.code, error.retry), (&code.into(), retry));
        assert_eq!(error.failure.error, sentence);
        assert!(error.failure.detail.as_deref().is_some_and(|why| why.contains(detail)), "{error:?}");
    }
}
