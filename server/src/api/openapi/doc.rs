//! What is said about one endpoint beside its handler.

use magone_core::error::ErrorCode;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::Value;

use super::header::Header;

/// Makes the schema of a type.
pub(crate) type Make = fn(&mut SchemaGenerator) -> Schema;

/// What is said about one endpoint. Paths, security, and what every endpoint of its kind can answer are
/// not said here: they follow from the list of endpoints.
#[derive(Clone, Debug)]
pub struct Doc {
    pub(super) id: String,
    pub(super) summary: String,
    pub(super) text: &'static str,
    pub(super) body: Option<Body>,
    pub(super) query: Option<Make>,
    pub(super) reads: Vec<Header>,
    pub(super) answers: Vec<Answer>,
    pub(super) fails: Vec<ErrorCode>,
}

/// A JSON body that an endpoint takes.
#[derive(Clone, Debug)]
pub(super) struct Body {
    pub schema: Make,
    pub required: bool,
    pub example: Value,
}

/// What an endpoint answers when all is well.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub status: u16,
    pub text: &'static str,
    /// Media types, each with the schema of what it carries; none for an empty body.
    pub contents: Vec<(&'static str, Make)>,
    pub gives: Vec<Header>,
    /// What can be asked next.
    pub links: Vec<Link>,
}

/// Where one answer leads.
#[derive(Clone, Debug)]
pub(super) struct Link {
    pub operation: String,
    /// The operation's path parameters, and where their values are.
    pub parameters: Vec<(&'static str, &'static str)>,
}

/// What names of operations end with where the address names the tenant.
const OF_TENANT: &str = "OfTenant";

impl Doc {
    /// `id` is unique among all endpoints: generators of clients make a function's name of it. `summary`
    /// is what a list of endpoints shows.
    #[must_use]
    pub fn new(id: impl Into<String>, summary: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            summary: summary.into(),
            text: "",
            body: None,
            query: None,
            reads: Vec::new(),
            answers: Vec::new(),
            fails: Vec::new(),
        }
    }

    /// What there is to know beyond the summary, in Markdown.
    #[must_use]
    pub fn about(mut self, text: &'static str) -> Self {
        self.text = text;
        self
    }

    /// The JSON body that it needs; `example` is one that works.
    #[must_use]
    pub fn takes<T: JsonSchema>(self, example: Value) -> Self {
        self.takes_as(SchemaGenerator::subschema_for::<T>, example)
    }

    /// The same, where the schema is no type's.
    #[must_use]
    pub(in crate::api) fn takes_as(mut self, schema: Make, example: Value) -> Self {
        self.body = Some(Body { schema, required: true, example });
        self
    }

    /// A JSON body that can be left out.
    #[must_use]
    pub fn may_take<T: JsonSchema>(self, example: Value) -> Self {
        self.may_take_as(SchemaGenerator::subschema_for::<T>, example)
    }

    /// The same, where the schema is no type's.
    #[must_use]
    pub(in crate::api) fn may_take_as(mut self, schema: Make, example: Value) -> Self {
        self.body = Some(Body { schema, required: false, example });
        self
    }

    /// The query: each member of the type is a parameter.
    #[must_use]
    pub fn query<T: JsonSchema>(mut self) -> Self {
        self.query = Some(T::json_schema);
        self
    }

    /// A header that it reads.
    #[must_use]
    pub fn reads(mut self, header: Header) -> Self {
        self.reads.push(header);
        self
    }

    /// An answer in JSON.
    #[must_use]
    pub fn answers<T: JsonSchema>(self, status: u16, text: &'static str) -> Self {
        self.answers_as(status, "application/json", text, SchemaGenerator::subschema_for::<T>)
    }

    /// An answer of another media type. The same status again is another form of the same answer.
    #[must_use]
    pub(crate) fn answers_as(
        mut self,
        status: u16,
        media_type: &'static str,
        text: &'static str,
        schema: Make,
    ) -> Self {
        match self.answers.iter_mut().find(|answer| answer.status == status) {
            Some(answer) => answer.contents.push((media_type, schema)),
            None => self.answers.push(Answer {
                status,
                text,
                contents: vec![(media_type, schema)],
                gives: Vec::new(),
                links: Vec::new(),
            }),
        }
        self
    }

    /// An answer without a body.
    #[must_use]
    pub fn answers_empty(mut self, status: u16, text: &'static str) -> Self {
        let (contents, gives, links) = (Vec::new(), Vec::new(), Vec::new());
        self.answers.push(Answer { status, text, contents, gives, links });
        self
    }

    /// A header of the answer that was described last.
    #[must_use]
    pub fn gives(mut self, header: Header) -> Self {
        if let Some(answer) = self.answers.last_mut() {
            answer.gives.push(header);
        }
        self
    }

    /// An endpoint that can be called with what the answer described last says: `value` is a runtime
    /// expression of OpenAPI, such as `$response.body#/execution_id`.
    #[must_use]
    pub fn leads_to(mut self, operation: &'static str, parameter: &'static str, value: &'static str) -> Self {
        if let Some(answer) = self.answers.last_mut() {
            let parameters = vec![(parameter, value)];
            answer.links.push(Link { operation: operation.to_owned(), parameters });
        }
        self
    }

    /// The same endpoint for admins, below an address that names the tenant.
    #[must_use]
    pub(in crate::api) fn of_named_tenant(mut self) -> Self {
        self.id.push_str(OF_TENANT);
        for link in self.answers.iter_mut().flat_map(|answer| &mut answer.links) {
            link.operation.push_str(OF_TENANT);
            link.parameters.push(("tenant", "$request.path.tenant"));
        }
        self.fails(&[ErrorCode::NotFound])
    }

    /// Codes that it can end with, beyond those of every endpoint of its kind.
    #[must_use]
    pub fn fails(mut self, codes: &[ErrorCode]) -> Self {
        self.fails.extend_from_slice(codes);
        self
    }
}
