//! Upsets stand under the alarm that came first.

use std::sync::Arc;

use linepack_core::registry::{AlarmKind, Asset, Handling, Network, Node, NodeKind, Registry, Rule, Template};
use linepack_core::{AssetId, LonLat, Saved};

use crate::play::Player;
use crate::site::{pipe, point, rule, site};

fn high() -> Rule {
    rule(AlarmKind::High, 100.0)
}

/// Five stations on one pipe, a to e; a closed valve between d and e. x hangs on c.
fn along_a_pipe() -> Registry {
    let ids = ["a", "b", "c", "d", "e", "x"];
    let mut registry = site(vec![point("p", vec![high()])], &ids.map(|id| (id, None)), vec![]);
    registry.assets[5].parent = Some(AssetId(2));
    let node = |id: &str, kind, closed, asset| Node {
        id: id.into(),
        kind,
        position: LonLat { lon: 106.5, lat: 29.5 },
        elevation_m: 0.0,
        closed,
        operable: true,
        asset,
    };
    let mut nodes: Vec<Node> =
        (0..5).map(|n| node(ids[n as usize], NodeKind::Regulator, false, Some(AssetId(n)))).collect();
    nodes.push(node("v", NodeKind::Valve, true, None));
    let pipes = vec![pipe(0, 1), pipe(1, 2), pipe(2, 3), pipe(3, 5), pipe(5, 4)];
    registry.network = Network { nodes, pipes }.into();
    registry
}

/// First alarm of each alarm's group, by asset.
fn groups(player: &Player) -> Vec<(String, Option<String>)> {
    let registry = player.core.registry();
    let asset = |id| registry.alarm_key(id).split(':').next().unwrap_or_default().to_owned();
    player.core.alarms().map(|a| (asset(a.id), a.group.map(asset))).collect()
}

fn expect(pairs: &[(&str, Option<&str>)]) -> Vec<(String, Option<String>)> {
    pairs.iter().map(|(a, g)| ((*a).to_owned(), g.map(str::to_owned))).collect()
}

#[test]
fn consequences_along_the_pipe_stand_under_the_first() {
    let mut player = Player::new(Arc::new(along_a_pipe()), Saved::default());
    player.run("1 sample b/p 120\n2 sample c/p 120\n3 sample d/p 120\n4 sample x/p 120\n5 sample e/p 120");
    let all = expect(&[("b", Some("b")), ("c", Some("b")), ("d", Some("b")), ("e", None), ("x", Some("b"))]);
    assert_eq!(groups(&player), all, "a closed valve parts e from the rest");
    // an earlier source time comes in late: it is the cause
    player.run("6 sample a/p 120 @0.5");
    assert!(groups(&player).iter().filter(|(a, _)| a != "e").all(|(_, g)| g.as_deref() == Some("a")));
    // and nothing of it is lost by a restart
    let saved = Saved { alarms: player.core.alarms().collect(), ..Saved::default() };
    let before = groups(&player);
    let again = Player::new(player.core.registry().clone(), saved);
    assert_eq!(groups(&again), before);
}

#[test]
fn what_tells_nothing_of_the_process_is_passed_through() {
    let mut registry = along_a_pipe();
    // a valve without alarms in the place of c: b and d belong together all the same, but not while it is closed
    registry.templates.push(Template { name: "valve".into(), points: vec![] });
    let valve = Asset { id: "valve".into(), template: 1, points: 0..0, ..registry.assets[2].clone() };
    registry.assets.push(valve);
    let mut network = (*registry.network).clone();
    (network.nodes[2].kind, network.nodes[2].asset) = (NodeKind::Valve, Some(AssetId(6)));
    for closed in [false, true] {
        network.nodes[2].closed = closed;
        registry.network = network.clone().into();
        let mut player = Player::new(Arc::new(registry.clone()), Saved::default());
        player.run("1 sample b/p 120\n2 sample d/p 120");
        let first = (!closed).then_some("b");
        assert_eq!(groups(&player), expect(&[("b", first), ("d", first)]), "closed: {closed}");
    }
}

#[test]
fn what_comes_long_after_is_another_upset() {
    let mut player = Player::new(Arc::new(along_a_pipe()), Saved::default());
    player.run("1 sample b/p 120\n100 sample c/p 120");
    assert_eq!(groups(&player), expect(&[("b", None), ("c", None)]));
}

#[test]
fn what_has_to_do_with_two_upsets_joins_them() {
    let mut player = Player::new(Arc::new(along_a_pipe()), Saved::default());
    player.groups = true;
    player.run("1 sample b/p 120\n2 sample d/p 120\n3 sample c/p 120");
    let all = expect(&[("b", Some("b")), ("c", Some("b")), ("d", Some("b"))]);
    assert_eq!(groups(&player), all, "{}", player.text);
}

#[test]
fn a_class_in_one_area_is_a_common_cause() {
    let handling = Handling { class: "power".into(), ..Handling::default() };
    let ids = ["a", "b", "c"];
    let rules = vec![Rule { handling, ..high() }];
    let mut registry = site(vec![point("p", rules)], &ids.map(|id| (id, None)), vec![]);
    for (asset, area) in registry.assets.iter_mut().zip(["north", "north", "south"]) {
        asset.area = area.into();
    }
    let mut player = Player::new(Arc::new(registry), Saved::default());
    player.run("1 sample a/p 120\n2 sample b/p 120\n3 sample c/p 120");
    assert_eq!(groups(&player), expect(&[("a", Some("a")), ("b", Some("a")), ("c", None)]));
}
