use super::*;
use crate::scale::Scaler;

fn pattern(size: VideoSize, hue: u16) -> TestPattern {
    TestPattern::new(size, Hue::new(hue)).unwrap()
}

#[test]
fn every_picture_has_the_next_number() {
    let mut pattern = pattern(VideoSize::new(320, 180), 0);
    for n in 0..300 {
        assert_eq!(read_counter(&pattern.draw()), Some(n));
    }
}

#[test]
fn every_number_is_read() {
    let mut pattern = pattern(VideoSize::new(160, 90), 0);
    for n in (0..=u16::MAX).step_by(97) {
        pattern.counter = n;
        assert_eq!(read_counter(&pattern.draw()), Some(n));
    }
}

#[test]
fn every_hue_is_recognised() {
    for degrees in (0..360).step_by(7) {
        let seen = dominant_colour(&pattern(VideoSize::new(320, 180), degrees).draw()).unwrap();
        assert!(seen.distance(Hue::new(degrees)) <= 2, "{seen:?} for {degrees}");
    }
}

#[test]
fn numbers_and_colours_survive_scaling() {
    let mut pattern = pattern(VideoSize::new(1_280, 720), 210);
    let mut scaler = Scaler::default();
    for n in 0..50 {
        let tile = scaler.scale(&pattern.draw(), VideoSize::new(160, 90)).unwrap();
        assert_eq!(read_counter(&tile), Some(n));
        assert!(dominant_colour(&tile).unwrap().distance(Hue::new(210)) <= 3);
    }
}

#[test]
fn pictures_without_a_pattern_tell_nothing() {
    let black = Picture::black(VideoSize::new(320, 180)).unwrap();
    assert_eq!((read_counter(&black), dominant_colour(&black)), (None, None));
}

#[test]
fn a_broken_number_is_not_believed() {
    let mut picture = Arc::unwrap_or_clone(pattern(VideoSize::new(320, 180), 0).draw());
    // The sixteenth bit is block 17.
    for row in picture.planes_mut().y.chunks_mut(320).take(30) {
        row[272..288].fill(235);
    }
    assert_eq!(read_counter(&picture), None);
}

#[test]
fn the_moving_part_moves() {
    let mut pattern = pattern(VideoSize::new(320, 180), 0);
    let (first, second) = (pattern.draw(), pattern.draw());
    assert_ne!(first.planes().y[320 * 150..], second.planes().y[320 * 150..]);
}
