#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| linepack::fuzzing::history_block(data));
