//! The regions AWS has told the public about, to catch a misspelt one before a minute of DNS time-outs does.
//!
//! The list is of help, not of law: a region opened after this list was made is let through with a remark.

use super::suggest::suggest;

/// Every region of every partition, by the endpoint rules the SDKs ship (`partitions.json`).
pub const REGIONS: &[&str] = &[
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
    "af-south-1",
    "ap-east-1",
    "ap-east-2",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-south-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "ca-central-1",
    "ca-west-1",
    "eu-central-1",
    "eu-central-2",
    "eu-north-1",
    "eu-south-1",
    "eu-south-2",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "me-west-1",
    "mx-central-1",
    "sa-east-1",
    "sa-west-1",
    "cn-north-1",
    "cn-northwest-1",
    "us-gov-east-1",
    "us-gov-west-1",
    "eusc-de-east-1",
    "us-iso-east-1",
    "us-iso-west-1",
    "us-isob-east-1",
    "us-isob-west-1",
    "eu-isoe-west-1",
    "us-isof-east-1",
    "us-isof-south-1",
];

/// What is known about a region's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RegionCheck {
    Known,
    /// Spelt like a region and like no known one: it may be newer than this program.
    Plausible,
    /// No region can be called this.
    Impossible,
}

/// Judges a region's name without asking the network. A name close to a known one that differs in more than its number is a slip.
pub fn check_region(region: &str) -> RegionCheck {
    if REGIONS.contains(&region) {
        RegionCheck::Known
    } else if looks_like_a_region(region) {
        RegionCheck::Plausible
    } else {
        RegionCheck::Impossible
    }
}

/// The known region that was probably meant.
pub fn nearest_region(word: &str) -> Option<String> {
    let word = word.trim().to_ascii_lowercase().replace(['_', ' ', '.'], "-");
    if REGIONS.contains(&word.as_str()) {
        return Some(word);
    }
    // `eu-west-1a` is a zone; its region is what was meant.
    if let Some(region) = word.strip_suffix(|c: char| c.is_ascii_lowercase()).filter(|r| REGIONS.contains(r)) {
        return Some(region.to_owned());
    }
    // `euwest1`: the hyphens are the hard part to remember.
    let bare = |s: &str| s.replace('-', "");
    if let Some(region) = REGIONS.iter().find(|r| bare(r) == bare(&word)) {
        return Some((*region).to_owned());
    }
    suggest(&word, REGIONS.iter().copied())
}

/// `xx-direction-n`, `xx-area-direction-n`: areas and directions are words that AWS uses, so `eu-wset-1` is a slip and not a new region.
fn looks_like_a_region(region: &str) -> bool {
    const DIRECTIONS: [&str; 9] = ["north", "south", "east", "west", "central", "northeast", "northwest", "southeast", "southwest"];
    let mut parts = region.rsplit('-');
    let (Some(number), Some(direction)) = (parts.next(), parts.next()) else { return false };
    let areas: Vec<&str> = parts.collect();
    let number_ok = !number.is_empty() && number.len() <= 2 && number.bytes().all(|b| b.is_ascii_digit()) && !number.starts_with('0');
    number_ok
        && DIRECTIONS.contains(&direction)
        && (1..=2).contains(&areas.len())
        && areas.iter().all(|a| (2..=4).contains(&a.len()) && a.bytes().all(|b| b.is_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_listed_region_has_the_form_of_one_and_is_listed_once() {
        for (n, region) in REGIONS.iter().enumerate() {
            assert!(looks_like_a_region(region), "{region}");
            assert!(!REGIONS[..n].contains(region), "{region} twice");
        }
    }

    #[test]
    fn new_regions_pass_and_slips_do_not() {
        for (name, want) in [
            ("eu-central-1", RegionCheck::Known),
            ("eu-central-9", RegionCheck::Plausible),
            ("us-gov-north-1", RegionCheck::Plausible),
            ("eu-wset-1", RegionCheck::Impossible),
            ("eu-west", RegionCheck::Impossible),
            ("eu-west-1a", RegionCheck::Impossible),
            ("EU-WEST-1", RegionCheck::Impossible),
            ("frankfurt", RegionCheck::Impossible),
            ("", RegionCheck::Impossible),
        ] {
            assert_eq!(check_region(name), want, "{name}");
        }
    }

    #[test]
    fn the_meant_region_is_found() {
        for (typed, want) in [
            ("eu-wset-1", Some("eu-west-1")),
            ("eu-west-1a", Some("eu-west-1")),
            ("EU_WEST_1", Some("eu-west-1")),
            ("euwest1", Some("eu-west-1")),
            ("us-est-1", Some("us-east-1")),
            ("nowhere at all", None),
        ] {
            assert_eq!(nearest_region(typed).as_deref(), want, "{typed}");
        }
    }
}
