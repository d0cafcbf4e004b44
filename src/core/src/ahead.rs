//! Memory that will be needed soon: asked for now, so that it is there when it is read.

use prefetch_index::prefetch_index;

/// Asks for the line of cache in which a value begins.
pub(crate) fn fetch<T>(value: &T) {
    prefetch_index(std::slice::from_ref(value), 0);
}

/// … of a value of several, if there is one.
pub(crate) fn fetch_one<T>(values: &[T], place: usize) {
    if let Some(value) = values.get(place) {
        fetch(value);
    }
}
