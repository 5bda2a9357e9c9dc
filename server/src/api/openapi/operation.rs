//! One endpoint as an operation of the document.

use std::collections::BTreeMap;

use magone_core::error::ErrorCode;
use magone_core::grant::Scope;
use serde_json::{Map, Value, json};

use super::doc::{Answer, Doc};
use super::header::Header;
use super::parameter;
use super::schemas::Schemas;
use crate::api::{Access, Endpoint};
use crate::problem::{MEDIA_TYPE, ProblemBody};

/// What answers to tenants say about their rates.
const RATES: [Header; 5] = [
    Header::RATE_LIMIT_POLICY,
    Header::RATE_LIMIT,
    Header::X_RATE_LIMIT_LIMIT,
    Header::X_RATE_LIMIT_REMAINING,
    Header::X_RATE_LIMIT_RESET,
];
/// What can go wrong everywhere.
const EVERYWHERE: [ErrorCode; 3] = [ErrorCode::MalformedRequest, ErrorCode::Internal, ErrorCode::Overloaded];
/// What can be wrong with any body.
const WITH_BODY: [ErrorCode; 4] =
    [ErrorCode::RequestTimeout, ErrorCode::TooLarge, ErrorCode::UnsupportedMediaType, ErrorCode::Validation];
/// Why a tenant is not let in.
const OF_TENANTS: [ErrorCode; 6] = [
    ErrorCode::KeyMissing,
    ErrorCode::KeyInvalid,
    ErrorCode::TenantSuspended,
    ErrorCode::InsufficientScope,
    ErrorCode::OriginNotAllowed,
    ErrorCode::RateLimited,
];
/// Why an admin's program is not let in.
const OF_ADMINS: [ErrorCode; 4] =
    [ErrorCode::KeyMissing, ErrorCode::KeyInvalid, ErrorCode::InsufficientScope, ErrorCode::OriginNotAllowed];

/// The operation; its references out of the request are spelt later.
pub(super) fn operation(endpoint: &Endpoint, doc: &Doc, schemas: &mut Schemas) -> Value {
    let mut operation = json!({
        "operationId": doc.id,
        "tags": [tag(endpoint)],
        "summary": doc.summary,
        "parameters": parameters(endpoint, doc, schemas),
        "responses": responses(endpoint, doc, schemas),
        "security": security(endpoint.access),
    });
    if let Some(members) = operation.as_object_mut() {
        let text = description(endpoint.access, doc.text);
        if !text.is_empty() {
            members.insert("description".to_owned(), json!(text));
        }
        if let Some(body) = &doc.body {
            let content = json!({"schema": schemas.read(body.schema), "example": body.example});
            let body = json!({"required": body.required, "content": {"application/json": content}});
            members.insert("requestBody".to_owned(), body);
        }
    }
    operation
}

/// The group that an endpoint is listed in.
pub(super) fn tag(endpoint: &Endpoint) -> String {
    let below = |prefix: &str| endpoint.path.strip_prefix(prefix).and_then(|rest| rest.split('/').next());
    match endpoint.access {
        Access::Open => "service".to_owned(),
        Access::TenantKey(_) => match below("/api/v1/external/").unwrap_or_default() {
            "execute" => "executions".to_owned(),
            group => group.to_owned(),
        },
        Access::Admin(_) => format!("admin: {}", below("/api/v1/").unwrap_or_default()),
    }
}

fn description(access: Access, text: &str) -> String {
    let scope = match access {
        Access::Admin(permission) => Some(permission.scope()),
        Access::TenantKey(scope) => scope.map(Scope::as_str),
        Access::Open => None,
    };
    let needed = scope.map(|scope| format!("Needs the scope `{scope}`."));
    [Some(text.to_owned()).filter(|text| !text.is_empty()), needed]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join("\n\n")
}

fn security(access: Access) -> Value {
    match access {
        Access::Open => json!([]),
        Access::TenantKey(_) => json!([{"ApiKey": []}, {"BearerKey": []}]),
        Access::Admin(_) => json!([{"AdminToken": []}]),
    }
}

fn parameters(endpoint: &Endpoint, doc: &Doc, schemas: &mut Schemas) -> Vec<Value> {
    let mut parameters = parameter::of_path(endpoint.path);
    if let Some(query) = doc.query {
        parameters.extend(parameter::of_query(&schemas.read(query)));
    }
    let always = [Header::REQUEST_ID, Header::TRACEPARENT];
    let headers = doc.reads.iter().chain(&always);
    parameters
        .extend(headers.map(|header| json!({"$ref": format!("#/components/parameters/{}", header.name)})));
    parameters
}

fn responses(endpoint: &Endpoint, doc: &Doc, schemas: &mut Schemas) -> Map<String, Value> {
    let good = doc
        .answers
        .iter()
        .map(|answer| (answer.status.to_string(), response(answer, endpoint.access, schemas)));
    let mut responses: Map<String, Value> = good.collect();
    for (status, codes) in failures(endpoint, doc) {
        responses
            .insert(status.to_string(), json!({"$ref": format!("#/components/responses/{}", name(&codes))}));
    }
    responses
}

fn response(answer: &Answer, access: Access, schemas: &mut Schemas) -> Value {
    let contents = answer
        .contents
        .iter()
        .map(|(media_type, schema)| ((*media_type).to_owned(), json!({"schema": schemas.written(*schema)})));
    let contents: Map<String, Value> = contents.collect();
    let rates: &[Header] = if matches!(access, Access::TenantKey(_)) { &RATES } else { &[] };
    let gives: Vec<Header> = answer.gives.iter().chain(rates).copied().collect();
    let mut response = json!({"description": answer.text, "headers": headers(&gives)});
    if let Some(members) = response.as_object_mut() {
        if !contents.is_empty() {
            members.insert("content".to_owned(), contents.into());
        }
        let links = answer.links.iter().map(|link| {
            let parameters = link.parameters.iter().map(|(name, value)| ((*name).to_owned(), json!(value)));
            let parameters: Map<String, Value> = parameters.collect();
            (link.operation.clone(), json!({"operationId": link.operation, "parameters": parameters}))
        });
        let links: Map<String, Value> = links.collect();
        if !links.is_empty() {
            members.insert("links".to_owned(), links.into());
        }
    }
    response
}

fn headers(gives: &[Header]) -> Map<String, Value> {
    let always = [Header::REQUEST_ID, Header::TRACEPARENT];
    let all = gives.iter().chain(&always);
    all.map(|header| {
        (header.name.to_owned(), json!({"$ref": format!("#/components/headers/{}", header.name)}))
    })
    .collect()
}

/// What a set of codes is called among the shared responses.
fn name(codes: &[ErrorCode]) -> String {
    codes.iter().map(|code| code.as_str()).collect::<Vec<_>>().join("-or-")
}

/// The shared responses of an endpoint: every way in which it can fail.
pub(super) fn shared(endpoint: &Endpoint, doc: &Doc, schemas: &mut Schemas) -> Vec<(String, Value)> {
    let schema = schemas.written(schemars::SchemaGenerator::subschema_for::<ProblemBody>);
    let failures = failures(endpoint, doc).into_iter();
    failures.map(|(status, codes)| (name(&codes), failure(status, &codes, &schema))).collect()
}

/// Codes by HTTP status.
fn failures(endpoint: &Endpoint, doc: &Doc) -> BTreeMap<u16, Vec<ErrorCode>> {
    let access: &[ErrorCode] = match endpoint.access {
        Access::Open => &[],
        Access::TenantKey(_) => &OF_TENANTS,
        Access::Admin(_) => &OF_ADMINS,
    };
    let body: &[ErrorCode] = if doc.body.is_some() { &WITH_BODY } else { &[] };
    let mut failures: BTreeMap<u16, Vec<ErrorCode>> = BTreeMap::new();
    for code in EVERYWHERE.iter().chain(access).chain(body).chain(&doc.fails) {
        let codes = failures.entry(code.http_status()).or_default();
        if !codes.contains(code) {
            codes.push(*code);
            codes.sort_unstable();
        }
    }
    failures
}

fn failure(status: u16, codes: &[ErrorCode], schema: &Value) -> Value {
    let words: Vec<&str> = codes.iter().map(|code| code.as_str()).collect();
    let lines = codes.iter().map(|code| {
        let info = code.info();
        format!("[`{}`](/problems/{}): {}", info.code, info.code, info.title)
    });
    let mut gives = match status {
        401 => vec![Header::WWW_AUTHENTICATE],
        429 | 503 => vec![Header::RETRY_AFTER],
        _ => Vec::new(),
    };
    gives.extend(RATES);
    let schema = json!({"allOf": [schema, {"properties": {"code": {"enum": words}}}]});
    json!({
        "description": lines.collect::<Vec<_>>().join("; "),
        "headers": headers(&gives),
        "content": {(MEDIA_TYPE): {"schema": schema}},
    })
}
