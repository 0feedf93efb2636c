"""The rows that every SDK is asked, one success and one modelled error of each operation, and who is asked here.

The suites of the other SDKs read the same file: `crates/e2e/browser/sdk` and `crates/server/tests/service/rust_sdk.rs`.
Each asks a service that has a transcription engine, `script.json` in the folder above.
"""
