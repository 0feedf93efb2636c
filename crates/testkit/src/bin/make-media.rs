//! Writes tones and pictures for a browser's made-up microphone and camera.

use std::fs::{self, File};
use std::io::BufWriter;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use carillon_testkit::picture::{Colour, Picture};
use carillon_testkit::tone::Tone;
use carillon_testkit::{wav, y4m};
use clap::Parser;

const SAMPLES_PER_SECOND: usize = 48_000;
const AMPLITUDE: i16 = 8_192;
const PICTURES_PER_SECOND: u16 = 15;

/// Writes tone-HERTZ.wav and color-NAME.y4m files for a browser's made-up microphone and camera.
#[derive(Parser)]
struct Arguments {
    /// The folder to write to; made if it is missing.
    #[arg(long)]
    out: PathBuf,
    /// The tones to write, in hertz.
    #[arg(long, value_delimiter = ',', default_value = "440,660,880")]
    tones: Vec<u32>,
    /// The colours to write.
    #[arg(long, value_delimiter = ',', default_value = "red,green,blue")]
    colors: Vec<Colour>,
    /// How many seconds of silence go before each tone.
    #[arg(long, default_value_t = 0)]
    lead_in: usize,
    /// How many seconds each tone and each picture lasts before it begins again.
    #[arg(long, default_value_t = 2)]
    seconds: u16,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    fs::create_dir_all(&arguments.out).context("the folder cannot be made")?;
    for hertz in &arguments.tones {
        let mut tone = Tone::new(f64::from(*hertz), AMPLITUDE);
        let sounding = SAMPLES_PER_SECOND * usize::from(arguments.seconds);
        let silence = std::iter::repeat_n(0, SAMPLES_PER_SECOND * arguments.lead_in);
        let sound = std::iter::repeat_with(|| tone.next_sample()).take(sounding);
        let samples: Vec<i16> = silence.chain(sound).collect();
        let path = arguments.out.join(format!("tone-{hertz}.wav"));
        fs::write(&path, wav::write(&samples)).with_context(|| path.display().to_string())?;
    }
    for colour in &arguments.colors {
        let cards = (0..PICTURES_PER_SECOND.saturating_mul(arguments.seconds))
            .map(|counter| Picture::test_card(320, 240, *colour, counter));
        let path = arguments.out.join(format!("color-{}.y4m", colour.name()));
        let file = File::create(&path).with_context(|| path.display().to_string())?;
        y4m::write(BufWriter::new(file), PICTURES_PER_SECOND.into(), cards)?;
    }
    Ok(())
}
