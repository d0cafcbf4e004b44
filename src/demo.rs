//! The demo's scenarios as the API offers them.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use linepack_sim::Simulation;

use crate::api::Scenarios;
use crate::wire;

/// Things a newcomer can make happen in the simulated city.
pub struct DemoScenarios(pub Simulation);

impl Scenarios for DemoScenarios {
    fn list(&self) -> Vec<wire::Scenario> {
        let wire = |s: &linepack_sim::ScenarioInfo| wire::Scenario {
            name: s.name.to_owned(),
            title: s.title.to_owned(),
            title_zh: s.title_zh.to_owned(),
            detail: s.detail.to_owned(),
        };
        Simulation::scenarios().iter().map(wire).collect()
    }

    fn start(&self, name: &str) -> BoxFuture<'_, Result<String, String>> {
        let name = name.to_owned();
        async move { self.0.run_scenario(&name).await.map_err(|e| e.to_string()) }.boxed()
    }
}
