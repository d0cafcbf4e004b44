//! The simulated city's site folder is valid.

use linepack::site::Site;
use linepack_core::Ts;
use linepack_sim::city::{City, CityOptions, SiteOptions};

#[test]
fn the_simulated_citys_folder_is_valid_in_both_languages() {
    for (seed, regulators, language) in [(7, 60, "en"), (1, 300, "zh-CN")] {
        let dir = tempfile::tempdir().unwrap();
        let city = City::generate(&CityOptions { seed, regulators });
        let options = SiteOptions { language: language.to_owned(), ..SiteOptions::default() };
        for (name, content) in city.site_files(&options) {
            std::fs::write(dir.path().join(name), content).unwrap();
        }
        let (site, report) = match Site::load(dir.path(), Ts(1_760_000_000_000)) {
            Ok(loaded) => loaded,
            Err(problems) => panic!("{}", problems.iter().take(20).map(|p| format!("{p}\n")).collect::<String>()),
        };
        // roads are for the simulated crews; the hub may say that it does not use them
        let others: Vec<String> = report.warnings.iter().map(ToString::to_string).collect();
        assert!(others.iter().all(|w| w.contains("roads.geojson")), "{others:?}");
        let plant = city.plant();
        assert_eq!(site.registry.assets.len(), plant.assets.len());
        assert_eq!(site.registry.network.nodes.len(), plant.network.nodes.len());
        assert_eq!(site.registry.network.pipes.len(), plant.network.pipes.len());
        assert_eq!(site.registry.crews.len(), plant.crews.len());
        assert_eq!(site.customers, city.customers().len() as u64);
        assert!(site.backdrop.is_some());
    }
}
