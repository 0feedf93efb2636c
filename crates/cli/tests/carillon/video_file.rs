//! What an MP4 file holds, as a decoder is given it.

/// The boxes that follow each other, and where their contents begin.
fn boxes(octets: &[u8]) -> Vec<([u8; 4], usize, &[u8])> {
    let mut found = Vec::new();
    let mut at = 0;
    while at + 8 <= octets.len() {
        let length = word(octets, at) as usize;
        let kind = octets[at + 4..at + 8].try_into().unwrap();
        found.push((kind, at, &octets[at + 8..at + length]));
        at += length;
    }
    assert_eq!(at, octets.len(), "the last box is complete");
    found
}

fn inside<'a>(octets: &'a [u8], path: &[&[u8; 4]]) -> &'a [u8] {
    path.iter().fold(octets, |octets, kind| {
        let mut found = boxes(octets).into_iter();
        found.find(|(found, _, _)| found == *kind).expect("the box is there").2
    })
}

fn word(octets: &[u8], at: usize) -> u32 {
    u32::from_be_bytes(octets[at..at + 4].try_into().unwrap())
}

/// Units behind lengths of `N` octets, as units behind start codes.
fn unit<const N: usize>(octets: &mut &[u8]) -> Vec<u8> {
    let (length, rest) = octets.split_at(N);
    let length = length.iter().fold(0, |length, octet| length << 8 | usize::from(*octet));
    let (unit, rest) = rest.split_at(length);
    *octets = rest;
    [&[0, 0, 0, 1], unit].concat()
}

/// The samples of a fragmented file with one video in H.264, as Annex B; the first begins with the parameter sets.
pub(crate) fn access_units(file: &[u8]) -> Vec<Vec<u8>> {
    let path: [&[u8; 4]; 5] = [b"moov", b"trak", b"mdia", b"minf", b"stbl"];
    let formats = inside(inside(file, &path), &[b"stsd"]);
    let entry = inside(&formats[8..], &[b"avc1"]);
    let config = inside(&entry[78..], &[b"avcC"]);
    // One set of each kind stands between fixed octets (ISO/IEC 14496-15 section 5.3.3).
    let mut rest = &config[6..];
    let mut parameters = unit::<2>(&mut rest);
    rest = &rest[1..];
    parameters.extend(unit::<2>(&mut rest));

    let mut units = Vec::new();
    for (kind, at, contents) in boxes(file) {
        if &kind != b"moof" {
            continue;
        }
        let run = inside(contents, &[b"traf", b"trun"]);
        let mut octets = &file[at + word(run, 8) as usize..];
        for n in 0..word(run, 4) as usize {
            let (mut sample, rest) = octets.split_at(word(run, 12 + n * 12 + 4) as usize);
            octets = rest;
            let mut access_unit = std::mem::take(&mut parameters);
            while !sample.is_empty() {
                access_unit.extend(unit::<4>(&mut sample));
            }
            units.push(access_unit);
        }
    }
    units
}
