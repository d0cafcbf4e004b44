//! What can go wrong.

use std::net::SocketAddr;

/// Failure of a simulator.
#[derive(Debug, thiserror::Error)]
pub enum SimError {
    /// A server's address cannot be had.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address asked for.
        address: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// An address that is not understood.
    #[error("not an address of the form {expected}: `{given}`")]
    Address {
        /// What was given.
        given: String,
        /// The form expected.
        expected: &'static str,
    },
    /// The plant contradicts itself.
    #[error("{0}")]
    Plant(String),
    /// No scenario of that name.
    #[error("no scenario `{0}`")]
    UnknownScenario(String),
    /// The scenario needs something this plant has not.
    #[error("the scenario cannot run here: {0}")]
    Unsuitable(String),
    /// The hub did not take a request.
    #[error("the hub's HTTP interface: {0}")]
    Api(String),
}
