//! What a path takes, shared out among layers.

use carillon_frame::Bitrate;

use super::simulcast::LayerParameters;

/// The least an encoder can do something useful with.
pub(super) const LEAST: Bitrate = Bitrate::from_kbps(60);

/// Below this a picture is not worth sending at its size, and above nothing is lost by sending it smaller.
pub(super) const HALF_SIZE_BELOW: Bitrate = Bitrate::from_kbps(250);

/// How much of its bits a layer above the lowest needs to be worth them, in hundredths: 600 kb/s for 720 lines, from
/// which browsers send them.
const WORTH: u32 = 50;

/// How much it needs to begin, in hundredths: a fifth more, as browsers ask for, or it would come and go at the edge.
const WORTH_BEGINNING: u32 = 60;

/// Gives each layer its part of what is available: the lowest first, which always gets some, and the others what is left
/// as far as that is worth sending. What flowed before stays a little longer; `flows` is kept from one time to the next.
pub(crate) fn share_out(
    mut layers: [LayerParameters; 3],
    available: Option<Bitrate>,
    flows: &mut [bool; 3],
) -> [LayerParameters; 3] {
    let Some(mut left) = available else {
        *flows = layers.map(|layer| layer.is_on());
        return layers;
    };
    let mut is_lowest = true;
    for (layer, flows) in layers.iter_mut().zip(flows) {
        let most = layer.max_bitrate;
        if !layer.is_on() {
            *flows = false;
            continue;
        }
        let share = most.min(left);
        if is_lowest {
            layer.max_bitrate = share.max(LEAST);
            // A picture of full size would be nothing but blocks.
            let is_large = layer.scale_down_by <= 1;
            layer.scale_down_by =
                if is_large && share < HALF_SIZE_BELOW { 2 } else { layer.scale_down_by };
            *flows = true;
        } else {
            let needed = most.percent(if *flows { WORTH } else { WORTH_BEGINNING });
            *flows = share >= needed;
            layer.max_bitrate = if *flows { share } else { Bitrate::default() };
        }
        left = left.saturating_sub(layer.max_bitrate);
        is_lowest = false;
    }
    layers
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOW_AND_HIGH: [LayerParameters; 3] =
        [LayerParameters::new(300, 4), LayerParameters::new(0, 2), LayerParameters::new(1_200, 1)];

    fn shares(layers: [LayerParameters; 3], kbps: u32, flows: &mut [bool; 3]) -> [u32; 3] {
        share_out(layers, Some(Bitrate::from_kbps(kbps)), flows)
            .map(|layer| layer.max_bitrate.kbps())
    }

    #[test]
    fn the_lowest_layer_comes_first_and_a_higher_one_when_it_is_worth_it() {
        let mut flows = [false; 3];
        for (kbps, expected) in [
            (30, [60, 0, 0]),
            (250, [250, 0, 0]),
            (1_000, [300, 0, 0]),
            (1_050, [300, 0, 750]),
            // It has begun, so that a little less does not end it.
            (950, [300, 0, 650]),
            (850, [300, 0, 0]),
            (950, [300, 0, 0]),
            (5_000, [300, 0, 1_200]),
        ] {
            assert_eq!(shares(LOW_AND_HIGH, kbps, &mut flows), expected, "of {kbps}");
        }
        assert_eq!(share_out(LOW_AND_HIGH, None, &mut flows), LOW_AND_HIGH);
    }

    #[test]
    fn a_single_layer_of_full_size_shrinks_on_a_narrow_path() {
        let medium = [
            LayerParameters::new(0, 4),
            LayerParameters::new(1_200, 1),
            LayerParameters::new(0, 1),
        ];
        let scale = |kbps| {
            share_out(medium, Some(Bitrate::from_kbps(kbps)), &mut [false; 3])[1].scale_down_by
        };
        assert_eq!([scale(200), scale(300)], [2, 1]);
    }
}
