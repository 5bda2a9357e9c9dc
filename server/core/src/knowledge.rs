//! Searches in collections, and what they find.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::json::Json;

/// The tool by which a model searches the collections of its agent.
pub const TOOL: &str = "retrieve_knowledge";

/// Hits where nobody says how many.
pub const DEFAULT_TOP_K: u32 = 5;

/// Hits that a search may ask for.
pub const MAX_TOP_K: u32 = 50;

/// Bytes of a query: more than any model embeds.
pub const MAX_QUERY_BYTES: usize = 32 << 10;

/// What a filter compares with.
pub const FILTER_RULE: &str = "a filter compares with text, a number, true, false, or a list of these";

/// A search in a collection of the run's tenant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Retrieval {
    /// The collection's name.
    pub collection: String,
    /// What is looked for, in words.
    pub query: String,
    /// Hits at most: the best ones.
    pub top_k: u32,
    /// What a hit's metadata has to say: each of these members has to be there with this value, or,
    /// where it is a list, with one of its values.
    pub filter: Map<String, Value>,
}

impl Retrieval {
    /// The search that a model asks for, by the arguments of its call.
    ///
    /// # Errors
    /// One sentence for the model. It repeats no value: what it was told may be internal.
    pub fn asked(collections: &[String], arguments: &Value) -> Result<Self, String> {
        let members = arguments.as_object().ok_or("the arguments have to be an object")?;
        if members.keys().any(|name| !["collection", "query", "top_k"].contains(&name.as_str())) {
            return Err("there are the arguments 'collection', 'query' and 'top_k', and no others".to_owned());
        }
        let text = |name: &str| members.get(name).and_then(Value::as_str).map(str::to_owned);
        let collection = text("collection").filter(|name| collections.contains(name));
        let top_k = match members.get("top_k") {
            None => Some(DEFAULT_TOP_K),
            Some(number) => number.as_u64().and_then(|number| u32::try_from(number).ok()),
        };
        let search = Self {
            collection: collection
                .ok_or_else(|| format!("'collection' has to be one of: {}", collections.join(", ")))?,
            query: text("query").ok_or("'query' has to be a text")?,
            top_k: top_k.ok_or_else(|| format!("'top_k' has to be a whole number from 1 to {MAX_TOP_K}"))?,
            filter: Map::new(),
        };
        search.fault().map_or(Ok(search), Err)
    }

    /// What is wrong with it; `None` when it can be done.
    #[must_use]
    pub fn fault(&self) -> Option<String> {
        if self.query.trim().is_empty() {
            return Some("the query is empty".to_owned());
        }
        if self.query.len() > MAX_QUERY_BYTES {
            return Some(format!("the query has more than {MAX_QUERY_BYTES} bytes"));
        }
        if !(1..=MAX_TOP_K).contains(&self.top_k) {
            return Some(format!("`top_k` is {}; it has to be from 1 to {MAX_TOP_K}", self.top_k));
        }
        let odd = self.filter.iter().find(|(_, value)| !is_filter(value));
        odd.map(|(member, _)| format!("`filter` cannot be used at `{member}`: {FILTER_RULE}"))
    }

    /// As the log has it.
    #[must_use]
    pub fn to_json(&self) -> Json {
        Json::new(json!({
            "collection": self.collection,
            "query": self.query,
            "top_k": self.top_k,
            "filter": self.filter,
        }))
    }
}

/// Whether a filter can compare with this value.
#[must_use]
pub fn is_filter(value: &Value) -> bool {
    let is_scalar = |value: &Value| value.is_string() || value.is_number() || value.is_boolean();
    is_scalar(value) || value.as_array().is_some_and(|values| values.iter().all(is_scalar))
}

/// A passage that a search found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Hit {
    /// The passage's id in its collection.
    pub id: String,
    /// The passage.
    pub text: String,
    /// How well it fits: the more, the better. It compares the hits of one search and no others.
    pub score: f64,
    /// What the passage was taken from, for example a file's name.
    pub source: Option<String>,
    /// What else is known of it.
    pub metadata: Map<String, Value>,
}

impl Hit {
    /// As templates and models see it: every member is there.
    #[must_use]
    pub fn into_value(self) -> Value {
        json!({
            "id": self.id,
            "text": self.text,
            "score": self.score,
            "source": self.source,
            "metadata": self.metadata,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn search(query: &str, top_k: u32, filter: Value) -> Retrieval {
        let filter = filter.as_object().cloned().unwrap();
        Retrieval { collection: "policies".to_owned(), query: query.to_owned(), top_k, filter }
    }

    #[test]
    fn a_search_that_cannot_be_done_says_why() {
        let long = "x".repeat(MAX_QUERY_BYTES + 1);
        for (search, fault) in [
            (search("a", 1, json!({})), None),
            (search(&long[1..], 50, json!({"a": "x", "b": [1, true], "c": 1.5, "d": []})), None),
            (search(" \n", 5, json!({})), Some("the query is empty")),
            (search(&long, 5, json!({})), Some("the query has more than 32768 bytes")),
            (search("a", 0, json!({})), Some("`top_k` is 0; it has to be from 1 to 50")),
            (search("a", 51, json!({})), Some("`top_k` is 51; it has to be from 1 to 50")),
        ] {
            assert_eq!(search.fault().as_deref(), fault);
        }
        for odd in [json!(null), json!({}), json!([[1]]), json!([null])] {
            let fault = search("a", 5, json!({"a": 1, "b": odd})).fault().unwrap();
            assert_eq!(fault, format!("`filter` cannot be used at `b`: {FILTER_RULE}"));
        }
    }

    #[test]
    fn what_a_model_asks_for_is_checked() {
        let own = ["policies".to_owned(), "manuals".to_owned()];
        let asked = |arguments: Value| Retrieval::asked(&own, &arguments);
        let search = asked(json!({"collection": "manuals", "query": "a", "top_k": 2})).unwrap();
        assert_eq!((search.collection.as_str(), search.query.as_str(), search.top_k), ("manuals", "a", 2));
        assert_eq!(asked(json!({"collection": "policies", "query": "a"})).unwrap().top_k, 5);
        for (arguments, sentence) in [
            (json!("a"), "the arguments have to be an object"),
            (json!({"query": "a"}), "'collection' has to be one of: policies, manuals"),
            (
                json!({"query": "a", "collection": "secrets"}),
                "'collection' has to be one of: policies, manuals",
            ),
            (json!({"collection": "policies", "query": ["a"]}), "'query' has to be a text"),
            (json!({"collection": "policies", "query": ""}), "the query is empty"),
            (
                json!({"collection": "policies", "query": "a", "top_k": "5"}),
                "'top_k' has to be a whole number from 1 to 50",
            ),
            (
                json!({"collection": "policies", "query": "a", "top_k": 51}),
                "`top_k` is 51; it has to be from 1 to 50",
            ),
            (
                json!({"collection": "policies", "query": "a", "filter": {}}),
                "there are the arguments 'collection', 'query' and 'top_k', and no others",
            ),
        ] {
            assert_eq!(asked(arguments), Err(sentence.to_owned()));
        }
    }

    #[test]
    fn a_search_reads_back_as_it_was_logged() {
        let search = search("a", 5, json!({"year": [2024, 2025]}));
        assert_eq!(Retrieval::deserialize(&*search.to_json()).unwrap(), search);
    }
}
