//! `assets.csv`: one row an asset.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use linepack_core::LonLat;

use super::hub::HubFile;
use super::settings::{ModbusTransport, Protocol};
use super::source::Source;
use super::table::{Column, Row, Table, optional, required};
use super::words::hint;

/// A row, its references resolved.
#[derive(Debug)]
pub(super) struct AssetRow {
    pub(super) id: Arc<str>,
    pub(super) name: Arc<str>,
    pub(super) kind: Arc<str>,
    pub(super) area: Arc<str>,
    pub(super) position: LonLat,
    pub(super) template: u32,
    pub(super) connection: Option<u32>,
    pub(super) unit: u8,
    pub(super) offset: u16,
    pub(super) attributes: Vec<(Arc<str>, Arc<str>)>,
    /// Number of the row it hangs on.
    pub(super) parent: Option<u32>,
}

/// All rows, and every id of the file, those of broken rows too.
#[derive(Debug, Default)]
pub(super) struct Assets {
    pub(super) list: Vec<AssetRow>,
    pub(super) ids: HashMap<Arc<str>, u32>,
    /// No row is missing: what refers to an asset can be checked.
    pub(super) complete: bool,
}

const ID: usize = 0;
const NAME: usize = 1;
const KIND: usize = 2;
const TEMPLATE: usize = 3;
const CONNECTION: usize = 4;
const UNIT: usize = 5;
const OFFSET: usize = 6;
const LON: usize = 7;
const LAT: usize = 8;
const AREA: usize = 9;
const PARENT: usize = 10;
const COLUMNS: [Column; 11] = [
    required("id"),
    optional("name"),
    optional("kind"),
    required("template"),
    optional("connection"),
    optional("unit_id"),
    optional("address_offset"),
    required("lon"),
    required("lat"),
    optional("area"),
    optional("parent"),
];

/// Reads the rows; references are checked where `hub.toml` could be read.
pub(super) fn read(source: &Source, hub: Option<&HubFile>) -> Assets {
    let mut assets = Assets::default();
    let Some(table) = Table::new(source, &COLUMNS, true) else { return assets };
    let mut words = Words::default();
    assets.complete = table.rows(|row, free| {
        let id = row.identifier(ID).map(Arc::<str>::from);
        if let Some(id) = &id {
            if &**id == "link" {
                row.error(ID, "\"link\" is reserved for the alarms of connections");
            }
            if &**id == "hub" {
                row.error(ID, "\"hub\" is reserved for the alarms of the hub itself");
            }
            let number = u32::try_from(assets.list.len()).unwrap_or(u32::MAX);
            if assets.ids.insert(id.clone(), number).is_some() {
                row.error(ID, format!("a second asset is called \"{id}\""));
            }
        }
        let position = row.place(LON, LAT);
        let template = template(row, hub);
        let connection = connection(row, hub);
        let (unit, offset) = modbus(row, hub, template, connection);
        let attributes = free
            .iter()
            .filter(|(n, _)| !row.field(*n).is_empty())
            .map(|(n, name)| (words.share(name), words.share(row.field(*n))))
            .collect();
        let (Some(id), Some(position)) = (id, position) else { return };
        let template_name = row.text(TEMPLATE);
        let or = |text: &str, other: &str| if text.is_empty() { other.to_owned() } else { text.to_owned() };
        assets.list.push(AssetRow {
            name: if row.text(NAME).is_empty() { id.clone() } else { row.text(NAME).into() },
            kind: words.share(&or(row.text(KIND), template_name)),
            area: words.share(row.text(AREA)),
            position,
            template: template.unwrap_or(0),
            connection,
            unit,
            offset,
            attributes,
            parent: None,
            id,
        });
    });
    if let Some(table) = Table::new(source, &COLUMNS, true).filter(|_| assets.complete) {
        table.rows(|row, _| {
            let own = assets.ids.get(row.text(ID)).copied();
            if !row.text(PARENT).is_empty()
                && let Some(own) = own
            {
                let parent = parent_of(row, &assets.ids, own);
                if let Some(asset) = assets.list.get_mut(own as usize) {
                    asset.parent = parent;
                }
            }
        });
    }
    assets
}

/// The number of the asset another hangs on.
fn parent_of(row: &Row<'_>, ids: &HashMap<Arc<str>, u32>, own: u32) -> Option<u32> {
    let name = row.text(PARENT);
    let found = ids.get(name).copied();
    if found.is_none() {
        let hint = hint(name, ids.keys().map(|id| &**id));
        row.error(PARENT, format!("there is no asset \"{name}\"{hint}"));
    }
    if found == Some(own) {
        row.error(PARENT, "an asset cannot hang on itself");
        return None;
    }
    found
}

fn template(row: &Row<'_>, hub: Option<&HubFile>) -> Option<u32> {
    let name = row.text(TEMPLATE);
    let by_name = &hub?.templates.by_name;
    let found = by_name.get(name).copied();
    if found.is_none() {
        let hint = hint(name, by_name.keys().map(String::as_str));
        row.error(TEMPLATE, format!("hub.toml has no template \"{name}\"{hint}"));
    }
    found
}

fn connection(row: &Row<'_>, hub: Option<&HubFile>) -> Option<u32> {
    let name = row.text(CONNECTION);
    if name.is_empty() {
        return None;
    }
    let by_name = &hub?.connections.by_name;
    let found = by_name.get(name).copied();
    if found.is_none() {
        let hint = hint(name, by_name.keys().map(String::as_str));
        row.error(CONNECTION, format!("hub.toml has no connection \"{name}\"{hint}"));
    }
    found
}

/// Unit id and address offset; every register of the asset must exist.
fn modbus(row: &Row<'_>, hub: Option<&HubFile>, template: Option<u32>, connection: Option<u32>) -> (u8, u16) {
    let given = |column| !row.text(column).is_empty();
    let unit = given(UNIT).then(|| row.number::<u8>(UNIT, "a unit id from 0 to 255"));
    let offset = given(OFFSET).then(|| row.number::<u16>(OFFSET, "an address offset from 0 to 65535"));
    if let (Some(hub), Some(template), Some(connection)) = (hub, template, connection)
        && let Some(addresses) = hub.templates.addresses.get(template as usize)
        && let Some(connection) = hub.connections.list.get(connection as usize)
        && let Protocol::Modbus(settings) = &connection.protocol
        && addresses.iter().any(|a| a.modbus.is_some())
    {
        if unit.is_none() {
            row.error(UNIT, format!("expected a unit id from 0 to 255: \"{}\" speaks Modbus", connection.name));
        }
        let shift = u32::from(offset.flatten().unwrap_or(0));
        let points = &hub.templates.list[template as usize].points;
        if unit == Some(Some(0)) && matches!(settings.transport, ModbusTransport::Rtu(_)) {
            row.error(UNIT, "unit 0 is everybody on a serial line; none answers to it");
        }
        let registers = || addresses.iter().zip(points).filter_map(|(a, p)| Some((a.modbus.as_ref()?, p)));
        if let Some((_, point)) = registers().find(|(m, _)| m.from_base && m.address < settings.base) {
            row.error(
                CONNECTION,
                format!("registers of \"{}\" count from 1; point \"{}\" has address 0", connection.name, point.name),
            );
        }
        let over = registers().find(|(m, _)| shift + u32::from(m.address) + u32::from(m.ty.size()) > 65_536);
        if let Some((_, point)) = over.filter(|_| shift > 0) {
            row.error(
                OFFSET,
                format!("{shift} takes the register of point \"{}\" past the last one, 65535", point.name),
            );
        }
    }
    (unit.flatten().unwrap_or(0), offset.flatten().unwrap_or(0))
}

/// Repeated words stand in memory once.
#[derive(Default)]
struct Words(HashSet<Arc<str>>);

impl Words {
    fn share(&mut self, word: &str) -> Arc<str> {
        if let Some(known) = self.0.get(word) {
            return known.clone();
        }
        let new: Arc<str> = word.into();
        self.0.insert(new.clone());
        new
    }
}
