//! Which role each route needs. The one table: a route that is not here is not served, and a test walks it.

use axum::http::Method;

use crate::store::Role;

/// What a caller must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Nobody in particular.
    Open,
    /// Logged in, whoever it is.
    Login,
    /// A crew account, which then sees what is its own; or a viewer and up, who see all.
    Own,
    /// Viewer and up.
    Read,
    /// `ingest` token, or engineer and up.
    Ingest,
    /// Operator and up.
    Operator,
    /// That crew, or dispatcher and up.
    OwnCrew,
    /// Dispatcher and up.
    Dispatcher,
    /// Engineer and up.
    Engineer,
}

impl Need {
    /// Whether a role is enough.
    pub fn met_by(self, role: Role) -> bool {
        match self {
            Self::Open | Self::Login => true,
            Self::Own => role >= Role::Viewer,
            Self::Read => role == Role::Viewer || role >= Role::Operator,
            Self::Ingest => role == Role::Ingest || role >= Role::Engineer,
            Self::Operator => role >= Role::Operator,
            Self::OwnCrew => role == Role::Crew || role >= Role::Dispatcher,
            Self::Dispatcher => role >= Role::Dispatcher,
            Self::Engineer => role >= Role::Engineer,
        }
    }

    /// For people: `needs role …`.
    pub const fn describe(self) -> &'static str {
        match self {
            Self::Open => "no login",
            Self::Login => "any login",
            Self::Own => "role viewer, or crew for what is its own",
            Self::Read => "role viewer",
            Self::Ingest => "role ingest or engineer",
            Self::Operator => "role operator",
            Self::OwnCrew => "role dispatcher, or that crew itself",
            Self::Dispatcher => "role dispatcher",
            Self::Engineer => "role engineer",
        }
    }
}

/// Every route under a role, as the router matches it.
pub const ROUTES: &[(Method, &str, Need)] = &[
    (Method::POST, "/api/v1/login", Need::Open),
    (Method::POST, "/api/v1/logout", Need::Open),
    (Method::GET, "/api/v1/me", Need::Login),
    (Method::GET, "/api/v1/site", Need::Own),
    (Method::POST, "/api/v1/site/reload", Need::Engineer),
    (Method::GET, "/api/v1/network", Need::Own),
    (Method::GET, "/api/v1/backdrop", Need::Own),
    (Method::GET, "/api/v1/assets", Need::Read),
    (Method::GET, "/api/v1/assets/{id}", Need::Own),
    (Method::GET, "/api/v1/points/{asset}/{point}", Need::Read),
    (Method::GET, "/api/v1/points/{asset}/{point}/entries", Need::Read),
    (Method::POST, "/api/v1/points/{asset}/{point}/value", Need::Operator),
    (Method::POST, "/api/v1/points/{asset}/{point}/substitute", Need::Operator),
    (Method::POST, "/api/v1/points/{asset}/{point}/unsubstitute", Need::Operator),
    (Method::GET, "/api/v1/values", Need::Read),
    (Method::POST, "/api/v1/samples", Need::Ingest),
    (Method::GET, "/api/v1/history", Need::Read),
    (Method::GET, "/api/v1/gaps", Need::Read),
    (Method::GET, "/api/v1/audit", Need::Engineer),
    (Method::GET, "/api/v1/alarms", Need::Read),
    (Method::GET, "/api/v1/alarms/journal", Need::Read),
    (Method::GET, "/api/v1/alarms/kpi", Need::Read),
    (Method::POST, "/api/v1/alarms/ack", Need::Operator),
    (Method::GET, "/api/v1/alarms/floods", Need::Read),
    (Method::GET, "/api/v1/alarms/requests", Need::Read),
    (Method::GET, "/api/v1/alarms/{id}", Need::Own),
    (Method::POST, "/api/v1/alarms/{id}/ack", Need::Operator),
    (Method::POST, "/api/v1/alarms/{id}/reset", Need::Operator),
    (Method::POST, "/api/v1/alarms/{id}/shelve", Need::Operator),
    (Method::POST, "/api/v1/alarms/{id}/unshelve", Need::Operator),
    (Method::POST, "/api/v1/alarms/{id}/suppress", Need::Engineer),
    (Method::POST, "/api/v1/alarms/{id}/unsuppress", Need::Engineer),
    (Method::POST, "/api/v1/alarms/{id}/out-of-service", Need::Engineer),
    (Method::POST, "/api/v1/alarms/{id}/in-service", Need::Engineer),
    (Method::GET, "/api/v1/alarms/{id}/settings", Need::Read),
    (Method::POST, "/api/v1/alarms/{id}/settings", Need::Operator),
    (Method::DELETE, "/api/v1/alarms/{id}/settings", Need::Operator),
    (Method::GET, "/api/v1/alarms/{id}/proposals", Need::Read),
    (Method::GET, "/api/v1/reports/alarms", Need::Read),
    (Method::GET, "/api/v1/site/drift", Need::Read),
    (Method::GET, "/api/v1/models", Need::Read),
    (Method::GET, "/api/v1/models/{id}", Need::Read),
    (Method::GET, "/api/v1/models/{id}/bands", Need::Read),
    (Method::POST, "/api/v1/models/{id}/freeze", Need::Engineer),
    (Method::POST, "/api/v1/models/{id}/unfreeze", Need::Engineer),
    (Method::POST, "/api/v1/models/{id}/reset", Need::Engineer),
    (Method::POST, "/api/v1/alarms/{id}/confirm", Need::Operator),
    (Method::POST, "/api/v1/alarms/{id}/refuse", Need::Operator),
    (Method::POST, "/api/v1/alarms/{id}/assign", Need::Operator),
    (Method::POST, "/api/v1/alarms/{id}/comment", Need::Operator),
    (Method::GET, "/api/v1/positions", Need::Read),
    (Method::GET, "/api/v1/positions/{position}/standing", Need::Read),
    (Method::GET, "/api/v1/handover", Need::Read),
    (Method::POST, "/api/v1/handover", Need::Operator),
    (Method::POST, "/api/v1/handover/take", Need::Operator),
    (Method::POST, "/api/v1/handover/{id}/accept", Need::Operator),
    (Method::POST, "/api/v1/handover/{id}/withdraw", Need::Operator),
    (Method::GET, "/api/v1/incidents", Need::Own),
    (Method::POST, "/api/v1/incidents", Need::Dispatcher),
    (Method::GET, "/api/v1/incidents/{id}", Need::Own),
    (Method::GET, "/api/v1/incidents/{id}/candidates", Need::Read),
    (Method::POST, "/api/v1/incidents/{id}/dispatch", Need::Dispatcher),
    (Method::POST, "/api/v1/incidents/{id}/close", Need::Dispatcher),
    (Method::POST, "/api/v1/incidents/{id}/merge", Need::Dispatcher),
    (Method::POST, "/api/v1/incidents/{id}/note", Need::Dispatcher),
    (Method::GET, "/api/v1/assignments", Need::Own),
    (Method::GET, "/api/v1/assignments/{id}", Need::Own),
    (Method::POST, "/api/v1/assignments/{id}/accept", Need::OwnCrew),
    (Method::POST, "/api/v1/assignments/{id}/decline", Need::OwnCrew),
    (Method::POST, "/api/v1/assignments/{id}/en-route", Need::OwnCrew),
    (Method::POST, "/api/v1/assignments/{id}/on-scene", Need::OwnCrew),
    (Method::POST, "/api/v1/assignments/{id}/made-safe", Need::OwnCrew),
    (Method::POST, "/api/v1/assignments/{id}/restored", Need::OwnCrew),
    (Method::POST, "/api/v1/assignments/{id}/complete", Need::OwnCrew),
    (Method::GET, "/api/v1/crews", Need::Own),
    (Method::GET, "/api/v1/crews/nearest", Need::Read),
    (Method::GET, "/api/v1/crews/{id}", Need::Own),
    (Method::POST, "/api/v1/crews/{id}/position", Need::OwnCrew),
    (Method::POST, "/api/v1/crews/{id}/status", Need::OwnCrew),
    (Method::GET, "/api/v1/commands", Need::Read),
    (Method::POST, "/api/v1/commands", Need::Operator),
    (Method::GET, "/api/v1/commands/{id}", Need::Read),
    (Method::POST, "/api/v1/commands/{id}/execute", Need::Operator),
    (Method::POST, "/api/v1/commands/{id}/cancel", Need::Operator),
    (Method::GET, "/api/v1/osmand", Need::OwnCrew),
    (Method::POST, "/api/v1/osmand", Need::OwnCrew),
    (Method::POST, "/api/v1/owntracks", Need::OwnCrew),
    (Method::GET, "/api/v1/connections", Need::Read),
    (Method::GET, "/api/v1/dead-letters", Need::Operator),
    (Method::GET, "/api/v1/adoption", Need::Engineer),
    (Method::GET, "/api/v1/dead-letters/topics", Need::Operator),
    (Method::GET, "/api/v1/demo/scenarios", Need::Operator),
    (Method::POST, "/api/v1/demo/scenarios/{name}", Need::Operator),
    (Method::GET, "/api/v1/openapi.json", Need::Open),
    (Method::GET, "/api/docs", Need::Open),
    (Method::GET, "/healthz", Need::Open),
    (Method::GET, "/readyz", Need::Open),
    (Method::GET, "/metrics", Need::Open),
];

/// What a route needs; `HEAD` is `GET` without a body.
pub fn need(method: &Method, path: &str) -> Option<Need> {
    let method = if method == Method::HEAD { &Method::GET } else { method };
    ROUTES.iter().find(|(m, p, _)| m == method && *p == path).map(|(_, _, need)| *need)
}

/// The methods a path has, for `Allow`.
pub fn methods(path: &str) -> String {
    let of: Vec<&str> = ROUTES.iter().filter(|(_, p, _)| *p == path).map(|(m, _, _)| m.as_str()).collect();
    of.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_role_has_what_the_ones_before_it_have() {
        for need in [Need::Own, Need::Read, Need::Operator, Need::OwnCrew, Need::Dispatcher, Need::Engineer] {
            let from = [Role::Operator, Role::Dispatcher, Role::Engineer, Role::Admin];
            let met = from.map(|r| need.met_by(r));
            assert!(met.is_sorted(), "{need:?}: {met:?}");
            assert!(need.met_by(Role::Admin), "{need:?}");
            assert!(!need.met_by(Role::Ingest), "{need:?}");
        }
    }

    #[test]
    fn a_crew_sees_and_does_only_what_is_its_own() {
        for (need, met) in [
            (Need::Login, true),
            (Need::Own, true),
            (Need::OwnCrew, true),
            (Need::Read, false),
            (Need::Ingest, false),
            (Need::Operator, false),
            (Need::Dispatcher, false),
        ] {
            assert_eq!(need.met_by(Role::Crew), met, "{need:?}");
        }
    }

    #[test]
    fn a_route_stands_once_in_the_table() {
        for (i, (method, path, _)) in ROUTES.iter().enumerate() {
            assert!(!ROUTES[..i].iter().any(|(m, p, _)| m == method && p == path), "{method} {path} stands twice");
        }
        assert_eq!(need(&Method::HEAD, "/healthz"), Some(Need::Open));
        assert_eq!(need(&Method::DELETE, "/api/v1/site"), None);
    }
}
