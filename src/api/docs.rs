//! The API described: as OpenAPI 3.1 for programs, as one plain page for people.

use std::fmt::Write as _;
use std::sync::Arc;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse};
use serde_json::Value;
use utoipa::OpenApi;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Content, Ref, RefOr, Response, ResponseBuilder, SecurityRequirement};

use super::roles::{self, Need};
use super::state::Hub;
use crate::wire;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Linepack",
        description = "Control-room hub for gas and heating networks. Times are UTC milliseconds \
since 1970 in fields that end in `_ms`; coordinates are WGS 84 degrees. Refusals are RFC 9457 problem documents."
    ),
    components(schemas(wire::Problem, wire::FieldError))
)]
struct Described;

/// The document without its routes.
pub(crate) fn skeleton() -> utoipa::openapi::OpenApi {
    let mut document = Described::openapi();
    let components = document.components.get_or_insert_default();
    components.add_security_scheme("cookie", SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new("lp_session"))));
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
    components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
    document
}

/// Adds to every operation what the table of roles says about it.
pub(crate) fn with_roles(mut document: utoipa::openapi::OpenApi) -> utoipa::openapi::OpenApi {
    for (method, path, need) in roles::ROUTES {
        let Some(item) = document.paths.paths.get_mut(*path) else { continue };
        let slot = match *method {
            axum::http::Method::GET => &mut item.get,
            axum::http::Method::DELETE => &mut item.delete,
            _ => &mut item.post,
        };
        let Some(operation) = slot.as_mut() else { continue };
        operation.operation_id = Some(operation_id(method.as_str(), path));
        for (status, response) in &mut operation.responses.responses {
            if let RefOr::T(response) = response {
                complete(status, response);
            }
        }
        let said = operation.description.take().map(|d| d + "\n\n").unwrap_or_default();
        operation.description = Some(format!("{said}Needs {}.", need.describe()));
        if *need == Need::Open {
            continue;
        }
        let none: [&str; 0] = [];
        operation.security =
            Some(vec![SecurityRequirement::new("cookie", none), SecurityRequirement::new("bearer", none)]);
        for (status, detail) in [("401", "Not logged in."), ("403", "Not with this role.")] {
            let problem = Content::new(Some(Ref::from_schema_name("Problem")));
            let response =
                ResponseBuilder::new().description(detail).content("application/problem+json", problem).build();
            operation.responses.responses.insert(status.to_owned(), response.into());
        }
    }
    document
}

/// `POST /api/v1/alarms/{id}/ack` → `post_alarms_id_ack`.
fn operation_id(method: &str, path: &str) -> String {
    let path = path.trim_start_matches("/api/v1").replace(['{', '}'], "");
    method.to_lowercase() + &path.replace(['/', '-', '.'], "_")
}

/// Words for a response that has none, and the media type that problems have.
fn complete(status: &str, response: &mut Response) {
    if response.description.is_empty() {
        let code = status.parse().ok().and_then(|s| StatusCode::from_u16(s).ok());
        response.description = code.and_then(|c| c.canonical_reason()).unwrap_or("Answer").to_owned();
    }
    let problem = |c: &Content| matches!(&c.schema, Some(RefOr::Ref(r)) if r.ref_location.ends_with("/Problem"));
    let json = response.content.get("application/json");
    if let Some(content) = json.filter(|c| matches!(c, RefOr::T(c) if problem(c))).cloned() {
        response.content.clear();
        response.content.insert("application/problem+json".to_owned(), content);
    }
}

/// This API as OpenAPI 3.1.
#[utoipa::path(get, path = "/openapi.json", tag = "docs", responses((status = 200, body = Object)))]
pub(crate) async fn openapi(State(hub): State<Arc<Hub>>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], hub.openapi.to_string())
}

/// This API for people.
#[utoipa::path(get, path = "/api/docs", tag = "docs",
    responses((status = 200, body = String, content_type = "text/html")))]
pub(crate) async fn page(State(hub): State<Arc<Hub>>) -> Html<String> {
    Html(hub.docs.to_string())
}

/// The page: one section a tag, one block an operation, the schemas at the end. Needs nothing from anywhere else.
pub(crate) fn html(document: &Value) -> String {
    let mut out = String::from(HEAD);
    let _ = write!(out, "<p>{}</p>", escape(text(&document["info"]["description"])));
    let empty = serde_json::Map::new();
    let mut tag = String::new();
    for (path, item) in document["paths"].as_object().unwrap_or(&empty) {
        for (method, operation) in item.as_object().unwrap_or(&empty) {
            let now = text(&operation["tags"][0]);
            if now != tag {
                tag = now.to_owned();
                let _ = write!(out, "<h2>{}</h2>", escape(now));
            }
            block(&mut out, path, method, operation);
        }
    }
    out.push_str("<h2>Objects</h2>");
    for (name, schema) in document["components"]["schemas"].as_object().unwrap_or(&empty) {
        let _ = write!(out, "<h3 id=\"{0}\">{0}</h3><p>{1}</p>", escape(name), escape(text(&schema["description"])));
        let pretty = serde_json::to_string_pretty(&fields(schema)).unwrap_or_default();
        let _ = write!(out, "<pre>{}</pre>", escape(&pretty));
    }
    out.push_str("</main></body></html>");
    out
}

fn block(out: &mut String, path: &str, method: &str, operation: &Value) {
    let _ = write!(
        out,
        "<h3><b>{}</b> <code>{}</code></h3><p>{} {}</p>",
        method.to_uppercase(),
        escape(path),
        escape(text(&operation["summary"])),
        escape(text(&operation["description"]))
    );
    let parameters = operation["parameters"].as_array().map(Vec::as_slice).unwrap_or_default();
    if !parameters.is_empty() {
        out.push_str("<table>");
        for p in parameters {
            let (name, says) = (escape(text(&p["name"])), escape(text(&p["description"])));
            let _ = write!(out, "<tr><td><code>{name}</code><td>{}<td>{says}", escape(text(&p["in"])));
        }
        out.push_str("</table>");
    }
    if let Some(body) = schema_name(&operation["requestBody"]["content"]["application/json"]["schema"]) {
        let _ = write!(out, "<p>Body: {}</p>", link(&body));
    }
    if let Some(responses) = operation["responses"].as_object() {
        let of = |r: &Value| {
            let content = r["content"].as_object().and_then(|c| c.values().next());
            content.and_then(|c| schema_name(&c["schema"])).map(|name| format!(" {}", link(&name))).unwrap_or_default()
        };
        let answers: Vec<String> = responses.iter().map(|(status, r)| format!("{status}{}", of(r))).collect();
        let _ = write!(out, "<p>Answers: {}</p>", answers.join(", "));
    }
}

/// The name of the object a schema refers to, through lists, pages and nulls.
fn schema_name(schema: &Value) -> Option<String> {
    let direct = schema["$ref"].as_str().and_then(|r| r.rsplit('/').next()).map(ToOwned::to_owned);
    let any =
        || ["oneOf", "anyOf", "allOf"].iter().filter_map(|k| schema[k].as_array()).flatten().find_map(schema_name);
    direct
        .or_else(|| schema_name_of(&schema["items"]))
        .or_else(|| schema_name_of(&schema["properties"]["items"]))
        .or_else(any)
}

fn schema_name_of(schema: &Value) -> Option<String> {
    schema.is_object().then(|| schema_name(schema)).flatten()
}

/// Field → type and meaning.
fn fields(schema: &Value) -> Value {
    let mut all = serde_json::Map::new();
    let parts = schema["allOf"].as_array().map(Vec::as_slice).unwrap_or_default();
    for part in parts.iter().chain([schema]) {
        for (name, field) in part["properties"].as_object().into_iter().flatten() {
            let kind = schema_name(field).unwrap_or_else(|| match &field["type"] {
                Value::String(one) => one.clone(),
                Value::Array(some) => some.iter().map(text).collect::<Vec<_>>().join(" or "),
                _ => String::new(),
            });
            all.insert(name.clone(), Value::String(format!("{kind}: {}", text(&field["description"]))));
        }
    }
    Value::Object(all)
}

fn link(name: &str) -> String {
    format!("<a href=\"#{0}\">{0}</a>", escape(name))
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

const HEAD: &str = "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Linepack API</title>\
<meta name=\"viewport\" content=\"width=device-width\"><style>\
:root{color-scheme:light dark}body{font:15px/1.5 system-ui,sans-serif;margin:0}main{max-width:60rem;margin:auto;padding:1rem}\
h2{border-bottom:1px solid;margin-top:2.5rem;text-transform:capitalize}h3{margin:1.6rem 0 .2rem;font-size:1rem}\
p{margin:.3rem 0;white-space:pre-line}td{padding:.1rem .8rem .1rem 0;vertical-align:top}\
pre{overflow:auto;font-size:13px;border-left:3px solid;padding-left:.8rem;opacity:.9}</style></head>\
<body><main><h1>Linepack API</h1><p><a href=\"/api/v1/openapi.json\">OpenAPI 3.1</a></p>";
