//! Topics of the namespace `spBv1.0`.

/// The namespace.
pub(crate) const NAMESPACE: &str = "spBv1.0";

/// What a topic is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Topic<'t> {
    /// An edge node, or a device behind it.
    Edge(Edge<'t>),
    /// Whether a host application is online.
    State(&'t str),
}

/// Messages of and for edge nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Edge<'t> {
    pub(crate) group: &'t str,
    pub(crate) node: &'t str,
    /// None: the message is about the edge node itself.
    pub(crate) device: Option<&'t str>,
    pub(crate) kind: Kind,
}

/// Kinds of messages, with N or D before them on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Birth,
    Data,
    Death,
    Command,
}

/// Reads a topic; the error is for people.
pub(crate) fn parse(topic: &str) -> Result<Topic<'_>, &'static str> {
    let mut levels = topic.split('/');
    if levels.next() != Some(NAMESPACE) {
        return Err("not a topic of spBv1.0");
    }
    let group = levels.next().unwrap_or_default();
    let (Some(verb), node, device, end) = (levels.next(), levels.next(), levels.next(), levels.next()) else {
        return Err("the topic ends too early");
    };
    if group == "STATE" {
        return if node.is_none() && !verb.is_empty() { Ok(Topic::State(verb)) } else { Err("not STATE/host_id") };
    }
    let kind = match verb.get(1..) {
        Some("BIRTH") => Kind::Birth,
        Some("DATA") => Kind::Data,
        Some("DEATH") => Kind::Death,
        Some("CMD") => Kind::Command,
        _ => return Err("an unknown message type"),
    };
    let Some(node) = node.filter(|n| !n.is_empty() && !group.is_empty()) else {
        return Err("the topic names no edge node");
    };
    match (verb.as_bytes()[0], device, end) {
        (b'N', None, None) => Ok(Topic::Edge(Edge { group, node, device: None, kind })),
        (b'D', Some(device), None) if !device.is_empty() => {
            Ok(Topic::Edge(Edge { group, node, device: Some(device), kind }))
        }
        (b'N' | b'D', ..) => Err("a device belongs to D messages, and to none else"),
        _ => Err("an unknown message type"),
    }
}

/// Where commands for a node or a device go.
pub(crate) fn command(group: &str, node: &str, device: Option<&str>) -> String {
    match device {
        None => format!("{NAMESPACE}/{group}/NCMD/{node}"),
        Some(device) => format!("{NAMESPACE}/{group}/DCMD/{node}/{device}"),
    }
}

/// Where a host application says whether it is online.
pub(crate) fn state(host_id: &str) -> String {
    format!("{NAMESPACE}/STATE/{host_id}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_message_type_is_told_apart() {
        for (verb, kind) in
            [("BIRTH", Kind::Birth), ("DATA", Kind::Data), ("DEATH", Kind::Death), ("CMD", Kind::Command)]
        {
            let (node, device) = (format!("spBv1.0/g/N{verb}/n"), format!("spBv1.0/g/D{verb}/n/d"));
            assert_eq!(parse(&node), Ok(Topic::Edge(Edge { group: "g", node: "n", device: None, kind })));
            assert_eq!(parse(&device), Ok(Topic::Edge(Edge { group: "g", node: "n", device: Some("d"), kind })));
        }
        assert_eq!(parse("spBv1.0/STATE/hub"), Ok(Topic::State("hub")));
        assert_eq!(parse("spBv1.0/STATE/NDATA"), Ok(Topic::State("NDATA")));
        assert_eq!(command("g", "n", None), "spBv1.0/g/NCMD/n");
        assert_eq!(command("g", "n", Some("d")), "spBv1.0/g/DCMD/n/d");
    }

    #[test]
    fn wrong_topics_are_refused_with_a_reason() {
        for (topic, reason) in [
            ("spAv1.0/g/NDATA/n", "not a topic of spBv1.0"),
            ("spBv1.0", "the topic ends too early"),
            ("spBv1.0/g", "the topic ends too early"),
            ("spBv1.0/g/NDATA", "the topic names no edge node"),
            ("spBv1.0//NDATA/n", "the topic names no edge node"),
            ("spBv1.0/g/NDATA/", "the topic names no edge node"),
            ("spBv1.0/g/NDATA/n/d", "a device belongs to D messages, and to none else"),
            ("spBv1.0/g/DDATA/n", "a device belongs to D messages, and to none else"),
            ("spBv1.0/g/DDATA/n/", "a device belongs to D messages, and to none else"),
            ("spBv1.0/g/DDATA/n/d/x", "a device belongs to D messages, and to none else"),
            ("spBv1.0/g/XDATA/n", "an unknown message type"),
            ("spBv1.0/g/é/n", "an unknown message type"),
            ("spBv1.0/g//n", "an unknown message type"),
            ("spBv1.0/STATE/hub/x", "not STATE/host_id"),
            ("spBv1.0/STATE/", "not STATE/host_id"),
        ] {
            assert_eq!(parse(topic), Err(reason), "{topic}");
        }
    }
}
