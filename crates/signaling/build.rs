//! Compiles the wire schema to Rust without a protoc.

use protox::prost_reflect::prost_types::field_descriptor_proto::Label;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let schema = "src/proto/signaling.proto";
    println!("cargo::rerun-if-changed={schema}");
    let mut files = protox::compile([schema], ["src/proto"])?;
    // Generated code reads an absent required field as its default and tells nobody. Labels do not travel,
    // so the types hold every field as an `Option` and the decoder asks for the mandatory ones.
    for message in files.file.iter_mut().flat_map(|file| &mut file.message_type) {
        for field in &mut message.field {
            if field.label() == Label::Required {
                field.set_label(Label::Optional);
            }
        }
    }
    prost_build::Config::new().bytes(["."]).compile_fds(files)?;
    Ok(())
}
