//! Every route has a role and is described.

use std::collections::BTreeSet;

use linepack::api::roles::ROUTES;
use serde_json::Value;

fn described() -> BTreeSet<String> {
    let document = serde_json::to_value(linepack::api::openapi()).expect("document is JSON");
    let paths = document["paths"].as_object().expect("document has paths");
    let of = |(path, item): (&String, &Value)| {
        let methods = item.as_object().expect("a path has methods").keys();
        methods.map(|m| format!("{} {path}", m.to_uppercase())).collect::<Vec<_>>()
    };
    paths.iter().flat_map(of).collect()
}

#[test]
fn the_table_of_roles_is_the_openapi_document() {
    let table: BTreeSet<String> = ROUTES.iter().map(|(method, path, _)| format!("{method} {path}")).collect();
    let document = described();
    assert_eq!(table.difference(&document).collect::<Vec<_>>(), Vec::<&String>::new(), "not described");
    assert_eq!(document.difference(&table).collect::<Vec<_>>(), Vec::<&String>::new(), "without a role");
}

#[test]
fn routes_and_their_roles_are_these() {
    let list: Vec<String> = ROUTES.iter().map(|(m, path, need)| format!("{m} {path}: {}", need.describe())).collect();
    insta::assert_snapshot!(list.join("\n"));
}

#[test]
fn every_reference_of_the_document_is_in_it() {
    let document = serde_json::to_value(linepack::api::openapi()).expect("document is JSON");
    assert_eq!(document["openapi"], "3.1.0");
    let text = document.to_string();
    for part in text.split("\"#/components/schemas/").skip(1) {
        let name = part.split('"').next().unwrap_or_default();
        assert!(document["components"]["schemas"][name].is_object(), "{name} is not described");
    }
}

#[test]
fn every_operation_has_a_name_of_its_own_and_says_what_it_answers() {
    let document = serde_json::to_value(linepack::api::openapi()).expect("document is JSON");
    let mut names = BTreeSet::new();
    let paths = document["paths"].as_object().expect("document has paths");
    for operation in paths.values().flat_map(|item| item.as_object().expect("a path has methods").values()) {
        let name = operation["operationId"].as_str().expect("a name");
        assert!(names.insert(name.to_owned()), "{name} stands twice");
        for (status, response) in operation["responses"].as_object().expect("it answers something") {
            assert!(response["description"].as_str().is_some_and(|d| !d.is_empty()), "{name} {status}");
        }
        assert!(operation["summary"].as_str().is_some_and(|s| !s.is_empty()), "{name}");
    }
    assert!(names.contains("post_alarms_id_ack"), "{names:?}");
}
