//! Mistakes of whoever starts the program: one line that says what to do.

use std::{
    net::{TcpListener, UdpSocket},
    path::Path,
};

use crate::process::carillon;

/// The one line with which the program gives up.
fn complaint(arguments: &[&str]) -> String {
    let output = carillon(arguments).env("RUST_BACKTRACE", "1").output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(output.stdout.is_empty());
    let (line, rest) = text.split_once('\n').unwrap();
    assert_eq!(rest, "");
    line.strip_prefix("carillon: ").expect(line).to_owned()
}

fn with_config(folder: &Path, text: &str) -> String {
    let path = folder.join("carillon.toml");
    std::fs::write(&path, text).unwrap();
    let path = path.to_str().unwrap();
    let ports = ["--listen", "127.0.0.1:0", "--media", "127.0.0.1:0"];
    complaint(&[&["serve", "--config", path], &ports[..]].concat())
}

#[test]
fn a_port_in_use_is_named_with_the_flag_that_helps() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let line = complaint(&["serve", "--dev", "--listen", &address]);
    assert!(line.starts_with(&format!("cannot serve HTTP on {address}: ")), "{line}");
    assert!(line.ends_with("choose another address with --listen, or end what holds this one"));

    let taken = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let line = complaint(&["serve", "--dev", "--listen", "127.0.0.1:0", "--media", &address]);
    assert!(line.starts_with(&format!("cannot receive media on {address}: ")), "{line}");
    assert!(line.contains("--media"), "{line}");
}

#[test]
fn a_development_key_for_everybody_is_refused() {
    let line = complaint(&["serve", "--dev", "--listen", "0.0.0.0:0"]);
    assert!(line.contains("--config") && line.contains("--allow-insecure"), "{line}");
}

#[test]
fn an_address_that_clients_cannot_reach_is_refused() {
    let line = complaint(&["serve", "--dev", "--listen", "127.0.0.1:0", "--media", "0.0.0.0:0"]);
    assert!(line.contains("--advertise"), "{line}");
    let line = complaint(&["serve", "--dev", "--listen", "127.0.0.1:0", "--public-url", "here"]);
    assert!(line.contains("\"here\"") && line.contains("--public-url"), "{line}");
}

#[test]
fn a_configuration_is_refused_with_its_line_and_without_its_secrets() {
    let folder = tempfile::tempdir().unwrap();
    const KEY: &str = "[[keys]]\naccess-key = 'a'\nsecret-key = 'hush'\naccount = '111122223333'\n";
    for (text, problem) in [
        (String::new(), "has no [[keys]]"),
        (format!("lisen = ''\n{KEY}"), "line 1: unknown field `lisen`"),
        (KEY.replace("account", "acount"), "line 4: unknown field `acount`"),
        (KEY.replace("'hush'", "'hush"), "line 3"),
        (KEY.replace("111122223333", "1"), "\"1\" is not an account of twelve digits; correct"),
    ] {
        let line = with_config(folder.path(), &text);
        assert!(line.contains(problem) && !line.contains("hush"), "{line}");
    }
    let line = complaint(&["serve", "--config", "/nonexistent/carillon.toml"]);
    assert!(line.starts_with("cannot read /nonexistent/carillon.toml: "), "{line}");
}

#[test]
fn a_folder_that_cannot_be_had_is_named_with_the_flag_that_helps() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "not a folder").unwrap();
    let data = file.join("below");
    let data = data.to_str().unwrap();
    let line = complaint(&["serve", "--dev", "--listen", "127.0.0.1:0", "--data", data]);
    assert!(line.starts_with(&format!("cannot keep state in {data}: ")), "{line}");
    assert!(line.contains("--data"), "{line}");
}

#[test]
fn neither_keys_nor_dev_is_told_as_such() {
    let output = carillon(&["serve"]).output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(text.contains("--dev") && text.contains("--config"), "{text}");
    let output = carillon(&["serve", "--dev", "--config", "x"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
}
