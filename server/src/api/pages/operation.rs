//! One endpoint of the contract, for people.

use serde_json::Value;

use super::page::{escaped, rendered};
use super::schema::{self, member};

/// The endpoint, folded: what it needs, what it answers, a call that works.
pub(super) fn operation(document: &Value, method: &str, path: &str, operation: &Value) -> String {
    let id = member(operation, "operationId").unwrap_or_default();
    let summary = escaped(member(operation, "summary").unwrap_or_default());
    let about = rendered(member(operation, "description").unwrap_or_default());
    format!(
        "<details id=\"{id}\"><summary><b class=\"{method}\">{}</b> <code>{}</code> <span>{summary}</span></summary>\
         <div>{about}{}{}<h3>Answers</h3>{}<h3>Try it</h3><pre>{}</pre></div></details>\n",
        method.to_uppercase(),
        escaped(path),
        parameters(document, operation),
        body(operation),
        answers(operation),
        escaped(&curl(method, path, operation)),
    )
}

fn parameters(document: &Value, operation: &Value) -> String {
    let all = operation.get("parameters").and_then(Value::as_array).into_iter().flatten();
    let rows: Vec<String> = all
        .map(|parameter| match member(parameter, "$ref").and_then(|place| place.strip_prefix('#')) {
            Some(place) => document.pointer(place).unwrap_or(parameter),
            None => parameter,
        })
        .filter_map(|parameter| {
            let needed = parameter.get("required").and_then(Value::as_bool).unwrap_or_default();
            let mut shown = parameter.get("schema")?.clone();
            let text = parameter.get("description").cloned().unwrap_or_default();
            shown.as_object_mut()?.insert("description".to_owned(), text);
            Some(schema::row(member(parameter, "name")?, needed, &shown))
        })
        .collect();
    if rows.is_empty() { String::new() } else { format!("<h3>Parameters</h3>{}", schema::table(rows)) }
}

fn json_body(operation: &Value) -> Option<&Value> {
    operation.pointer("/requestBody/content/application~1json")
}

fn body(operation: &Value) -> String {
    let Some(schema) = json_body(operation).and_then(|body| body.get("schema")) else {
        return String::new();
    };
    format!("<h3>Body</h3><p>{}</p>{}", schema::kind(schema), schema::members(schema))
}

fn answers(operation: &Value) -> String {
    let all = operation.get("responses").and_then(Value::as_object).into_iter().flatten();
    let rows = all.map(|(status, answer)| {
        let contents = answer.get("content").and_then(Value::as_object).into_iter().flatten();
        let kinds: Vec<String> = contents
            .filter(|(media_type, _)| *media_type != crate::problem::MEDIA_TYPE)
            .map(|(media_type, content)| match media_type.as_str() {
                "application/json" => content.get("schema").map(schema::kind).unwrap_or_default(),
                other => escaped(other),
            })
            .collect();
        let text = rendered(member(answer, "description").unwrap_or_default());
        format!("<tr><td><code>{status}</code><td>{}<td>{text}", kinds.join(", "))
    });
    schema::table(rows.collect())
}

/// A call for a shell, with the examples filled in.
fn curl(method: &str, path: &str, operation: &Value) -> String {
    let parameters = operation.get("parameters").and_then(Value::as_array).into_iter().flatten();
    let path = parameters.fold(path.to_owned(), |path, parameter| {
        match (member(parameter, "name"), member(parameter, "example")) {
            (Some(name), Some(example)) => path.replace(&format!("{{{name}}}"), example),
            _ => path,
        }
    });
    let mut lines = vec![match method {
        "get" => format!("curl \"$MAGONE_URL{path}\""),
        method => format!("curl -X {} \"$MAGONE_URL{path}\"", method.to_uppercase()),
    }];
    match operation.pointer("/security/0").and_then(Value::as_object).and_then(|one| one.keys().next()) {
        Some(scheme) if scheme == "AdminToken" => {
            lines.push("-H \"Authorization: Bearer $MAGONE_ADMIN_TOKEN\"".to_owned());
        }
        Some(_) => lines.push("-H \"X-API-Key: $MAGONE_API_KEY\"".to_owned()),
        None => {}
    }
    if let Some(example) = json_body(operation).and_then(|body| body.get("example")) {
        lines.push("-H \"Content-Type: application/json\"".to_owned());
        // A quote ends the shell's text: it is put in by itself.
        lines.push(format!("-d '{}'", example.to_string().replace('\'', "'\\''")));
    }
    lines.join(" \\\n  ")
}
