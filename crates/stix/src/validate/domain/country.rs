//! Codes of countries (ISO 3166-1) and the form of codes of their parts (ISO 3166-2).

/// The two-letter codes, sorted and without separators.
const COUNTRIES: &str = "\
    ADAEAFAGAIALAMAOAQARASATAUAWAXAZBABBBDBEBFBGBHBIBJBLBMBNBOBQBRBSBTBVBWBYBZCACCCDCFCGCHCICK\
    CLCMCNCOCRCUCVCWCXCYCZDEDJDKDMDODZECEEEGEHERESETFIFJFKFMFOFRGAGBGDGEGFGGGHGIGLGMGNGPGQGRGS\
    GTGUGWGYHKHMHNHRHTHUIDIEILIMINIOIQIRISITJEJMJOJPKEKGKHKIKMKNKPKRKWKYKZLALBLCLILKLRLSLTLULV\
    LYMAMCMDMEMFMGMHMKMLMMMNMOMPMQMRMSMTMUMVMWMXMYMZNANCNENFNGNINLNONPNRNUNZOMPAPEPFPGPHPKPLPM\
    PNPRPSPTPWPYQARERORSRURWSASBSCSDSESGSHSISJSKSLSMSNSOSRSSSTSVSXSYSZTCTDTFTGTHTJTKTLTMTNTOTR\
    TTTVTWTZUAUGUMUSUYUZVAVCVEVGVIVNVUWFWSYEYTZAZMZW";

/// Whether `code` is a two-letter code of ISO 3166-1, in upper case.
pub(super) fn is_country(code: &str) -> bool {
    code.len() == 2 && COUNTRIES.as_bytes().chunks_exact(2).any(|known| known == code.as_bytes())
}

/// Whether `code` is a country, a hyphen and one to three letters or digits.
pub(super) fn is_subdivision(code: &str) -> bool {
    code.split_once('-').is_some_and(|(country, part)| {
        is_country(country)
            && (1..=3).contains(&part.len())
            && part.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_found_in_upper_case_only() {
        assert_eq!(COUNTRIES.len(), 2 * 249);
        let codes: Vec<_> = COUNTRIES.as_bytes().chunks_exact(2).collect();
        assert!(codes.is_sorted_by(|left, right| left < right));
        for good in ["CH", "AD", "ZW", "GB"] {
            assert!(is_country(good), "{good}");
        }
        for bad in ["ch", "XX", "CHE", "", "DA", "Germany", "É"] {
            assert!(!is_country(bad), "{bad}");
        }
        assert!(is_subdivision("CH-BE") && is_subdivision("FR-2A") && is_subdivision("GB-ENG"));
        assert!(!is_subdivision("Bern") && !is_subdivision("CH-") && !is_subdivision("XX-A"));
    }
}
