//! The rules of clauses 4 to 6 and 10, each with an object that keeps it and one that breaks it.

use super::{Finding, Level, Registry, is_valid, judge};
use crate::rule;

/// Properties of an object that keeps a rule, of one that breaks it, and the code and path of the breach. The object
/// gets its identifier and times from [`whole`].
pub(super) const CASES: &[(&str, &str, &str)] = &[
    // Clause 4.
    (
        r#""type":"indicator","name":"EXERCISE","description":"x","pattern":"[file:size=1]","pattern_type":"stix","valid_from":"2020-01-01T00:00:00Z""#,
        r#""type":"indicator","name":"EXERCISE","pattern":"[file:size=1]","pattern_type":"stix","valid_from":"2020-01-01T00:00:00Z""#,
        "indicator-description",
    ),
    (
        r#""type":"location","latitude":1.5,"longitude":2.5,"precision":10"#,
        r#""type":"location","region":"africa","longitude":2.5"#,
        "dependency",
    ),
    (
        r#""type":"location","latitude":1.5,"longitude":2.5,"precision":10"#,
        r#""type":"location","region":"africa","precision":10"#,
        "dependency",
    ),
    (
        r#""type":"location","latitude":1.5,"longitude":2.5,"precision":10"#,
        r#""type":"location","latitude":1.5,"longitude":2.5"#,
        "location-precision",
    ),
    (
        r#""type":"location","latitude":-90,"longitude":180.0,"precision":0"#,
        r#""type":"location","latitude":-90.5,"longitude":180.0,"precision":0"#,
        "float-range latitude",
    ),
    (r#""type":"location","country":"CH""#, r#""type":"location","city":"EXERCISE""#, "required"),
    (r#""type":"location","country":"CH""#, r#""type":"location","country":"ch""#, "country country"),
    (
        r#""type":"location","country":"CH","administrative_area":"CH-BE""#,
        r#""type":"location","country":"CH","administrative_area":"Bern""#,
        "administrative-area administrative_area",
    ),
    (
        r#""type":"location","region":"southern-europe""#,
        r#""type":"location","region":"the-south""#,
        "vocabulary region",
    ),
    (
        r#""type":"location","region":"the-south""#,
        r#""type":"location","region":"The South""#,
        "vocabulary-form region",
    ),
    (
        r#""type":"malware","is_family":true,"name":"EXERCISE""#,
        r#""type":"malware","is_family":true"#,
        "dependency",
    ),
    (
        r#""type":"malware","is_family":false,"sample_refs":["file--1d0dfb3c-0e5a-4b0a-8ba9-4f0d5a2d9a11"]"#,
        r#""type":"malware","is_family":false,"sample_refs":["url--1d0dfb3c-0e5a-4b0a-8ba9-4f0d5a2d9a11"]"#,
        "reference-type sample_refs.[0]",
    ),
    (
        r#""type":"malware","is_family":false,"first_seen":"2020-01-02T00:00:00Z","last_seen":"2020-01-02T00:00:00.000Z""#,
        r#""type":"malware","is_family":false,"first_seen":"2020-01-02T00:00:00Z","last_seen":"2020-01-01T00:00:00Z""#,
        "time-order last_seen",
    ),
    (
        r#""type":"malware-analysis","product":"exercise-scanner","result":"benign""#,
        r#""type":"malware-analysis","product":"exercise-scanner""#,
        "required",
    ),
    (
        r#""type":"malware-analysis","product":"exercise-scanner","result":"benign""#,
        r#""type":"malware-analysis","product":"Exercise Scanner","result":"benign""#,
        "product-form product",
    ),
    (
        r#""type":"malware-analysis","product":"exercise","result":"benign","analysis_started":"2020-01-01T00:00:00Z","analysis_ended":"2020-01-01T00:00:00Z""#,
        r#""type":"malware-analysis","product":"exercise","result":"benign","analysis_started":"2020-01-02T00:00:00Z","analysis_ended":"2020-01-01T00:00:00Z""#,
        "analysis-order analysis_ended",
    ),
    (
        r#""type":"observed-data","first_observed":"2020-01-01T00:00:00Z","last_observed":"2020-01-01T00:00:00Z","number_observed":1,"object_refs":["relationship--1d0dfb3c-0e5a-4b0a-8ba9-4f0d5a2d9a11","x-exercise--1d0dfb3c-0e5a-4b0a-8ba9-4f0d5a2d9a11"]"#,
        r#""type":"observed-data","first_observed":"2020-01-01T00:00:00Z","last_observed":"2020-01-01T00:00:00Z","number_observed":1,"object_refs":["relationship--1d0dfb3c-0e5a-4b0a-8ba9-4f0d5a2d9a11"]"#,
        "observed-observable object_refs",
    ),
    (
        r#""type":"observed-data","first_observed":"2020-01-01T00:00:00Z","last_observed":"2020-01-01T00:00:00Z","number_observed":1,"objects":{"0":{"type":"mutex","name":"EXERCISE"}}"#,
        r#""type":"observed-data","first_observed":"2020-01-01T00:00:00Z","last_observed":"2020-01-01T00:00:00Z","number_observed":1,"objects":{"0":{"type":"mutex","name":"EXERCISE"}},"object_refs":["file--1d0dfb3c-0e5a-4b0a-8ba9-4f0d5a2d9a11"]"#,
        "dependency",
    ),
    (
        r#""type":"observed-data","first_observed":"2020-01-01T00:00:00Z","last_observed":"2020-01-01T00:00:00Z","number_observed":1,"object_refs":["file--1d0dfb3c-0e5a-4b0a-8ba9-4f0d5a2d9a11"]"#,
        r#""type":"observed-data","first_observed":"2020-01-01T00:00:00Z","last_observed":"2020-01-01T00:00:00Z","number_observed":1,"objects":{"0":{"type":"mutex","name":"EXERCISE"}}"#,
        "container objects",
    ),
    (
        r#""type":"observed-data","first_observed":"2020-01-01T00:00:00Z","last_observed":"2020-01-01T00:00:00Z","number_observed":1,"objects":{"0":{"type":"file","name":"a","content_ref":"1"},"1":{"type":"artifact","payload_bin":"AAAA"},"2":{"type":"file","name":"b","extensions":{"archive-ext":{"contains_refs":["0"]}}}}"#,
        r#""type":"observed-data","first_observed":"2020-01-01T00:00:00Z","last_observed":"2020-01-01T00:00:00Z","number_observed":1,"objects":{"0":{"type":"file","name":"a","content_ref":"1"},"1":{"type":"artifact","payload_bin":"AAAA"},"2":{"type":"mutex","name":"EXERCISE"}}"#,
        "container-unrelated objects",
    ),
    (
        r#""type":"observed-data","first_observed":"2020-01-01T00:00:00Z","last_observed":"2020-01-01T00:00:00Z","number_observed":1,"objects":{"1":{"type":"mutex","name":"a"},"0":{"type":"mutex","name":"b"}}"#,
        r#""type":"observed-data","first_observed":"2020-01-01T00:00:00Z","last_observed":"2020-01-01T00:00:00Z","number_observed":1,"objects":{"1":{"type":"mutex","name":"a"},"00":{"type":"mutex","name":"b"}}"#,
        "container-key objects",
    ),
    (
        r#""type":"observed-data","first_observed":"2020-01-01T00:00:00Z","last_observed":"2020-01-01T00:00:00Z","number_observed":1,"objects":{"0":{"type":"x-exercise","name":"a"}}"#,
        r#""type":"observed-data","first_observed":"2020-01-01T00:00:00Z","last_observed":"2020-01-01T00:00:00Z","number_observed":1,"objects":{"0":{"type":"tool","name":"a"}}"#,
        "container-type objects.0",
    ),
    (
        r#""type":"observed-data","first_observed":"2020-01-01T00:00:00Z","last_observed":"2020-01-01T00:00:00Z","number_observed":1,"objects":{"0":{"type":"file","name":"a","content_ref":"1"},"1":{"type":"artifact","payload_bin":"AAAA"}}"#,
        r#""type":"observed-data","first_observed":"2020-01-01T00:00:00Z","last_observed":"2020-01-01T00:00:00Z","number_observed":1,"objects":{"0":{"type":"file","name":"a","content_ref":"2"},"1":{"type":"artifact","payload_bin":"AAAA"}}"#,
        "container-reference objects.0.content_ref",
    ),
    (
        r#""type":"observed-data","first_observed":"2020-01-01T00:00:00Z","last_observed":"2020-01-01T00:00:00Z","number_observed":1,"objects":{"0":{"type":"file","name":"a","extensions":{"archive-ext":{"contains_refs":["1"]}}},"1":{"type":"file","name":"b"}}"#,
        r#""type":"observed-data","first_observed":"2020-01-01T00:00:00Z","last_observed":"2020-01-01T00:00:00Z","number_observed":1,"objects":{"0":{"type":"file","name":"a","extensions":{"archive-ext":{"contains_refs":["1"]}}},"1":{"type":"mutex","name":"b"}}"#,
        "reference-type objects.0.extensions.archive-ext.contains_refs.[0]",
    ),
    (
        r#""type":"opinion","opinion":"agree","object_refs":["tool--1d0dfb3c-0e5a-4b0a-8ba9-4f0d5a2d9a11"]"#,
        r#""type":"opinion","opinion":"perhaps","object_refs":["tool--1d0dfb3c-0e5a-4b0a-8ba9-4f0d5a2d9a11"]"#,
        "enumeration opinion",
    ),
    // Clause 5.
    (
        r#""type":"relationship","relationship_type":"exercise-of","source_ref":"x-own--1d0dfb3c-0e5a-4b0a-8ba9-4f0d5a2d9a11","target_ref":"tool--1d0dfb3c-0e5a-4b0a-8ba9-4f0d5a2d9a11""#,
        r#""type":"relationship","relationship_type":"Exercise_of","source_ref":"x-own--1d0dfb3c-0e5a-4b0a-8ba9-4f0d5a2d9a11","target_ref":"tool--1d0dfb3c-0e5a-4b0a-8ba9-4f0d5a2d9a11""#,
        "relationship-type relationship_type",
    ),
    (
        r#""type":"relationship","relationship_type":"uses","source_ref":"malware--1d0dfb3c-0e5a-4b0a-8ba9-4f0d5a2d9a11","target_ref":"tool--1d0dfb3c-0e5a-4b0a-8ba9-4f0d5a2d9a11""#,
        r#""type":"relationship","relationship_type":"uses","source_ref":"tool--1d0dfb3c-0e5a-4b0a-8ba9-4f0d5a2d9a11","target_ref":"malware--1d0dfb3c-0e5a-4b0a-8ba9-4f0d5a2d9a11""#,
        "relationship-undefined relationship_type",
    ),
    (
        r#""type":"relationship","relationship_type":"related-to","source_ref":"file--1d0dfb3c-0e5a-4b0a-8ba9-4f0d5a2d9a11","target_ref":"tool--1d0dfb3c-0e5a-4b0a-8ba9-4f0d5a2d9a11""#,
        r#""type":"relationship","relationship_type":"related-to","source_ref":"sighting--1d0dfb3c-0e5a-4b0a-8ba9-4f0d5a2d9a11","target_ref":"tool--1d0dfb3c-0e5a-4b0a-8ba9-4f0d5a2d9a11""#,
        "reference-type source_ref",
    ),
    (
        r#""type":"sighting","sighting_of_ref":"tool--1d0dfb3c-0e5a-4b0a-8ba9-4f0d5a2d9a11","count":0"#,
        r#""type":"sighting","sighting_of_ref":"tool--1d0dfb3c-0e5a-4b0a-8ba9-4f0d5a2d9a11","count":1000000000"#,
        "integer-range count",
    ),
    (
        r#""type":"sighting","sighting_of_ref":"tool--1d0dfb3c-0e5a-4b0a-8ba9-4f0d5a2d9a11","count":5"#,
        r#""type":"sighting","sighting_of_ref":"tool--1d0dfb3c-0e5a-4b0a-8ba9-4f0d5a2d9a11","count":5.0"#,
        "integer-form count",
    ),
    // Clause 6.
    (
        r#""type":"artifact","payload_bin":"AAAA","encryption_algorithm":"AES-256-GCM","decryption_key":"x""#,
        r#""type":"artifact","payload_bin":"AAAA","decryption_key":"x""#,
        "dependency",
    ),
    (
        r#""type":"artifact","url":"https://example.org/","hashes":{"SHA-256":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}"#,
        r#""type":"artifact","url":"example.org","hashes":{"SHA-256":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}"#,
        "url url",
    ),
    (
        r#""type":"artifact","payload_bin":"AAAA","mime_type":"application/zip""#,
        r#""type":"artifact","payload_bin":"AAAA","mime_type":"zip""#,
        "mime-type mime_type",
    ),
    (
        r#""type":"directory","path":"EXERCISE","path_enc":"iso-8859-2""#,
        r#""type":"directory","path":"EXERCISE","path_enc":"latin-two""#,
        "character-set path_enc",
    ),
    (
        r#""type":"domain-name","value":"b\u00fccher.example.org.""#,
        r#""type":"domain-name","value":"example..org""#,
        "domain-name value",
    ),
    (
        r#""type":"domain-name","value":"example.org""#,
        r#""type":"domain-name","value":"_dmarc.example.org""#,
        "domain-name-form value",
    ),
    (
        r#""type":"domain-name","value":"example[.]org","defanged":true"#,
        r#""type":"domain-name","value":"example[.]org""#,
        "domain-name value",
    ),
    (
        r#""type":"email-addr","value":"exercise@example.org""#,
        r#""type":"email-addr","value":"EXERCISE <exercise@example.org>""#,
        "email-display-name value",
    ),
    (
        r#""type":"email-addr","value":"\"an exercise\"@[192.0.2.1]""#,
        r#""type":"email-addr","value":"exercise""#,
        "email-address value",
    ),
    (
        r#""type":"email-message","is_multipart":false,"body":"EXERCISE""#,
        r#""type":"email-message","is_multipart":true,"body":"EXERCISE""#,
        "dependency",
    ),
    (
        r#""type":"email-message","is_multipart":true,"body_multipart":[{"body":"EXERCISE"}]"#,
        r#""type":"email-message","is_multipart":true,"body_multipart":[{"content_type":"text/plain"}]"#,
        "required body_multipart.[0]",
    ),
    (
        r#""type":"email-message","is_multipart":true,"body_multipart":[{"body":"EXERCISE","content_type":"Text/html"}]"#,
        r#""type":"email-message","is_multipart":true,"body_multipart":[{"body":"EXERCISE","content_type":"image/png"}]"#,
        "mime-part body_multipart.[0]",
    ),
    (
        r#""type":"email-message","is_multipart":false,"additional_header_fields":{"Reply-To":["a"]}"#,
        r#""type":"email-message","is_multipart":false,"additional_header_fields":{"Reply-To":"a"}"#,
        "header-value additional_header_fields.Reply-To",
    ),
    (
        r#""type":"email-message","is_multipart":false,"additional_header_fields":{"Reply-To":["a"]}"#,
        r#""type":"email-message","is_multipart":false,"additional_header_fields":{"Reply-To":[1]}"#,
        "dictionary-value additional_header_fields.Reply-To",
    ),
    (
        r#""type":"email-message","is_multipart":false,"subject":"what is =? here?=""#,
        r#""type":"email-message","is_multipart":false,"subject":"=?utf-8?Q?EXERCISE?=""#,
        "encoded-word subject",
    ),
    (
        r#""type":"file","name":"EXERCISE","magic_number_hex":"ab0c""#,
        r#""type":"file","name":"EXERCISE","magic_number_hex":"AB0C""#,
        "hex-case magic_number_hex",
    ),
    (
        r#""type":"file","hashes":{"SHA-256":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","own":"x"}"#,
        r#""type":"file","hashes":{"SHA-256":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","ow":"x"}"#,
        "hash-key hashes.ow",
    ),
    (
        r#""type":"file","hashes":{"SHA-256":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}"#,
        r#""type":"file","hashes":{"sha256":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}"#,
        "hash-algorithm hashes.sha256",
    ),
    (
        r#""type":"file","hashes":{"SHA-256":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}"#,
        r#""type":"file","hashes":{"MD5":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}"#,
        "hash-preferred hashes",
    ),
    (
        r#""type":"file","hashes":{"SSDEEP":"96:s4Ud1Lj96tHHlZDrwciQmA+4uy1I0G4HYuL8N3TzS8QsO/wqWXLcMSx:sF1LjEtHHlZDrJzrhuyZvHYm8tKp/RWO"}"#,
        r#""type":"file","hashes":{"SSDEEP":"sF1LjEtHHlZDrJzrhuyZvHYm8tKp/RWO"}"#,
        "hash-form hashes.SSDEEP",
    ),
    (
        r#""type":"file","name":"EXERCISE","extensions":{"ntfs-ext":{"sid":"x"}}"#,
        r#""type":"file","name":"EXERCISE","extensions":{"ntfs-ext":{"x_own":"x"}}"#,
        "required extensions.ntfs-ext",
    ),
    (
        r#""type":"file","name":"EXERCISE","extensions":{"raster-image-ext":{"exif_tags":{"Make":"x"}}}"#,
        r#""type":"file","name":"EXERCISE","extensions":{"raster-image-ext":{"exif_tags":{"make":"x"}}}"#,
        "exif-tag extensions.raster-image-ext.exif_tags.make",
    ),
    (
        r#""type":"file","name":"EXERCISE","extensions":{"raster-image-ext":{"exif_tags":{"Make":5}}}"#,
        r#""type":"file","name":"EXERCISE","extensions":{"raster-image-ext":{"exif_tags":{"Make":[5]}}}"#,
        "dictionary-value extensions.raster-image-ext.exif_tags.Make",
    ),
    (
        r#""type":"file","name":"EXERCISE","extensions":{"windows-pebinary-ext":{"pe_type":"exe","number_of_sections":1}}"#,
        r#""type":"file","name":"EXERCISE","extensions":{"windows-pebinary-ext":{"pe_type":"exe","x_own":1}}"#,
        "required extensions.windows-pebinary-ext",
    ),
    (
        r#""type":"file","name":"EXERCISE","extensions":{"windows-pebinary-ext":{"pe_type":"exe","time_date_stamp":"2020-01-01T00:00:00Z"}}"#,
        r#""type":"file","name":"EXERCISE","extensions":{"windows-pebinary-ext":{"pe_type":"exe","time_date_stamp":"2020-01-01T00:00:00.5Z"}}"#,
        "pe-time extensions.windows-pebinary-ext.time_date_stamp",
    ),
    (
        r#""type":"file","name":"EXERCISE","extensions":{"windows-pebinary-ext":{"pe_type":"exe","optional_header":{"magic_hex":"010b"}}}"#,
        r#""type":"file","name":"EXERCISE","extensions":{"windows-pebinary-ext":{"pe_type":"exe","optional_header":{"x_own":"010b"}}}"#,
        "required extensions.windows-pebinary-ext.optional_header",
    ),
    (
        r#""type":"ipv6-addr","value":"::ffff:192.0.2.1/128""#,
        r#""type":"ipv6-addr","value":"2001:db8::/129""#,
        "address value",
    ),
    (
        r#""type":"ipv6-addr","value":"fe80::1""#,
        r#""type":"ipv6-addr","value":"fe80::1%eth0""#,
        "address-zone value",
    ),
    (
        r#""type":"mac-addr","value":"00:00:5e:00:53:0a""#,
        r#""type":"mac-addr","value":"00:00:5E:00:53:0A""#,
        "mac-address value",
    ),
    (
        r#""type":"network-traffic","src_ref":"ipv4-addr--1d0dfb3c-0e5a-4b0a-8ba9-4f0d5a2d9a11","protocols":["tcp"],"src_port":1,"dst_port":65535"#,
        r#""type":"network-traffic","protocols":["tcp"],"src_port":1,"dst_port":65535"#,
        "required",
    ),
    (
        r#""type":"network-traffic","src_ref":"ipv4-addr--1d0dfb3c-0e5a-4b0a-8ba9-4f0d5a2d9a11","protocols":["tcp"],"end":"2020-01-01T00:00:00Z","is_active":false"#,
        r#""type":"network-traffic","src_ref":"ipv4-addr--1d0dfb3c-0e5a-4b0a-8ba9-4f0d5a2d9a11","protocols":["tcp"],"end":"2020-01-01T00:00:00Z","is_active":true"#,
        "dependency",
    ),
    (
        r#""type":"network-traffic","src_ref":"ipv4-addr--1d0dfb3c-0e5a-4b0a-8ba9-4f0d5a2d9a11","protocols":["tcp"],"end":"2020-01-01T00:00:00Z","is_active":false"#,
        r#""type":"network-traffic","src_ref":"ipv4-addr--1d0dfb3c-0e5a-4b0a-8ba9-4f0d5a2d9a11","protocols":["tcp"],"end":"2020-01-01T00:00:00Z""#,
        "traffic-active",
    ),
    (
        r#""type":"network-traffic","src_ref":"ipv4-addr--1d0dfb3c-0e5a-4b0a-8ba9-4f0d5a2d9a11","protocols":["tcp"],"src_port":1,"dst_port":65535"#,
        r#""type":"network-traffic","src_ref":"ipv4-addr--1d0dfb3c-0e5a-4b0a-8ba9-4f0d5a2d9a11","protocols":["tcp"],"dst_port":65535"#,
        "ports",
    ),
    (
        r#""type":"network-traffic","src_ref":"ipv4-addr--1d0dfb3c-0e5a-4b0a-8ba9-4f0d5a2d9a11","protocols":["ipv4","tcp"]"#,
        r#""type":"network-traffic","src_ref":"ipv4-addr--1d0dfb3c-0e5a-4b0a-8ba9-4f0d5a2d9a11","protocols":["ipv4","TCP"]"#,
        "protocol protocols.[1]",
    ),
    (
        r#""type":"network-traffic","src_ref":"ipv4-addr--1d0dfb3c-0e5a-4b0a-8ba9-4f0d5a2d9a11","protocols":["tcp","http"],"extensions":{"http-request-ext":{"request_method":"get","request_value":"/"}}"#,
        r#""type":"network-traffic","src_ref":"ipv4-addr--1d0dfb3c-0e5a-4b0a-8ba9-4f0d5a2d9a11","protocols":["tcp"],"extensions":{"http-request-ext":{"request_method":"get","request_value":"/"}}"#,
        "protocol protocols",
    ),
    (
        r#""type":"network-traffic","src_ref":"ipv4-addr--1d0dfb3c-0e5a-4b0a-8ba9-4f0d5a2d9a11","protocols":["tcp","http"],"extensions":{"http-request-ext":{"request_method":"get","request_value":"/","request_header":{"Host":["a"]}}}"#,
        r#""type":"network-traffic","src_ref":"ipv4-addr--1d0dfb3c-0e5a-4b0a-8ba9-4f0d5a2d9a11","protocols":["tcp","http"],"extensions":{"http-request-ext":{"request_method":"get","request_value":"/","request_header":{"Host":"a"}}}"#,
        "dictionary-value extensions.http-request-ext.request_header.Host",
    ),
    (
        r#""type":"network-traffic","src_ref":"ipv4-addr--1d0dfb3c-0e5a-4b0a-8ba9-4f0d5a2d9a11","protocols":["tcp"],"extensions":{"socket-ext":{"address_family":"AF_INET","options":{"SO_KEEPALIVE":1}}}"#,
        r#""type":"network-traffic","src_ref":"ipv4-addr--1d0dfb3c-0e5a-4b0a-8ba9-4f0d5a2d9a11","protocols":["tcp"],"extensions":{"socket-ext":{"address_family":"AF_INET","options":{"KEEPALIVE":1}}}"#,
        "socket-option extensions.socket-ext.options.KEEPALIVE",
    ),
    (
        r#""type":"process","pid":1,"environment_variables":{"PATH":"x"}"#,
        r#""type":"process","pid":1,"environment_variables":{"PATH":1}"#,
        "dictionary-value environment_variables.PATH",
    ),
    (
        r#""type":"process","extensions":{"windows-process-ext":{"priority":"HIGH_PRIORITY_CLASS"}}"#,
        r#""type":"process","extensions":{"windows-process-ext":{"priority":"high"}}"#,
        "priority extensions.windows-process-ext.priority",
    ),
    (
        r#""type":"process","extensions":{"windows-process-ext":{"startup_info":{"lpDesktop":"x"}}}"#,
        r#""type":"process","extensions":{"windows-process-ext":{"startup_info":{"desktop":"x"}}}"#,
        "startup-info extensions.windows-process-ext.startup_info.desktop",
    ),
    (
        r#""type":"software","name":"EXERCISE","cpe":"cpe:2.3:a:own\\:er:ex\\!ercise:1.0:*:*:en-us:*:-:*:?x*""#,
        r#""type":"software","name":"EXERCISE","cpe":"cpe:/a:owner:exercise:1.0""#,
        "cpe cpe",
    ),
    (
        r#""type":"software","name":"EXERCISE","languages":["en","zh-Hant"]"#,
        r#""type":"software","name":"EXERCISE","languages":["en","english!"]"#,
        "language languages.[1]",
    ),
    (
        r#""type":"url","value":"https://[2001:db8::1]:8080/a%20b?c=d#e""#,
        r#""type":"url","value":"https://example.org/a b""#,
        "url value",
    ),
    (r#""type":"user-account","user_id":"1""#, r#""type":"user-account","x_own":1"#, "required"),
    (
        r#""type":"windows-registry-key","key":"hkey_local_machine\\exercise""#,
        r#""type":"windows-registry-key","key":"hklm\\exercise""#,
        "registry-hive key",
    ),
    (
        r#""type":"windows-registry-key","values":[{"name":""}]"#,
        r#""type":"windows-registry-key","values":[{"x_own":""}]"#,
        "required values.[0]",
    ),
    (
        r#""type":"x509-certificate","x509_v3_extensions":{"key_usage":"x"}"#,
        r#""type":"x509-certificate","x509_v3_extensions":{"x_own":"x"}"#,
        "required x509_v3_extensions",
    ),
    // Clause 2.5.
    (
        r#""type":"tool","name":"EXERCISE","external_references":[{"source_name":"x","description":"x","hashes":{"SHA-256":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}}]"#,
        r#""type":"tool","name":"EXERCISE","external_references":[{"source_name":"x","description":"x","hashes":{"own":"x"}}]"#,
        "hash-unknown external_references.[0].hashes.own",
    ),
    (r#""type":"tool","name":"EXERCISE""#, r#""type":"tool","name":"""#, "empty-string name"),
];

/// The object of these properties, with an identifier and, unless it is an observable, times.
pub(super) fn whole(properties: &str) -> String {
    let kind = properties.split('"').nth(3).unwrap();
    let observable = Registry::standard().class(kind) == crate::object::Class::Sco;
    let times = r#","created":"2020-01-01T00:00:00.000Z","modified":"2020-01-01T00:00:00.000Z""#;
    let times = if observable { "" } else { times };
    format!(
        r#"{{{properties},"spec_version":"2.1","id":"{kind}--1d0dfb3c-0e5a-4b0a-8ba9-4f0d5a2d9a11"{times}}}"#
    )
}

fn named(finding: &Finding) -> String {
    format!("{} {}", finding.code, finding.path).trim().to_owned()
}

#[test]
fn each_rule_of_the_types_is_broken_by_one_object_and_kept_by_the_other() {
    for (good, bad, expected) in CASES {
        let kept = judge(&whole(good));
        assert!(is_valid(&kept), "{good}: {kept:?}");
        assert!(!kept.iter().any(|finding| named(finding) == *expected), "{good}: {kept:?}");
        let found = judge(&whole(bad));
        assert!(found.iter().any(|finding| named(finding) == *expected), "{bad}: {found:?}");
        let errors: Vec<_> =
            found.iter().filter(|finding| finding.level == Level::Error).map(named).collect();
        let code = expected.split(' ').next().unwrap();
        let wanted = if rule::find(code).unwrap().level == Level::Error {
            vec![(*expected).to_owned()]
        } else {
            vec![]
        };
        assert_eq!(errors, wanted, "{bad}");
    }
}

#[test]
fn every_rule_of_the_types_has_its_case() {
    let first = rule::ALL.iter().position(|rule| *rule == rule::ADDRESS).unwrap();
    for rule in &rule::ALL[first..] {
        let code = rule.code;
        assert!(CASES.iter().any(|(_, _, expected)| expected.split(' ').next() == Some(code)), "{code}");
    }
}

#[test]
fn what_stands_in_an_observable_of_the_container_is_judged_as_outside() {
    let container = |entry: &str| {
        let start = r#""type":"observed-data","first_observed":"2020-01-01T00:00:00Z","last_observed":"2020-01-01T00:00:00Z","number_observed":1"#;
        let found = judge(&whole(&format!(r#"{start},"objects":{{"0":{entry}}}"#)));
        found.iter().filter(|finding| finding.level == Level::Error).map(named).collect::<Vec<_>>()
    };
    let id = "mutex--1d0dfb3c-0e5a-4b0a-8ba9-4f0d5a2d9a11";
    assert_eq!(container(&format!(r#"{{"type":"mutex","name":"EXERCISE","id":"{id}"}}"#)), [""; 0]);
    for (entry, expected) in [
        (r#"{"name":"EXERCISE"}"#.to_owned(), "type objects.0"),
        ("5".to_owned(), "dictionary objects.0"),
        (format!(r#"{{"type":"file","name":"EXERCISE","id":"{id}"}}"#), "id-type objects.0.id"),
        (r#"{"type":"mutex","name":"EXERCISE","id":"0"}"#.to_owned(), "id objects.0.id"),
        (r#"{"type":"mutex"}"#.to_owned(), "required objects.0"),
        (
            r#"{"type":"mutex","name":"EXERCISE","extensions":["x"]}"#.to_owned(),
            "dictionary objects.0.extensions",
        ),
        (
            r#"{"type":"mutex","name":"EXERCISE","extensions":{}}"#.to_owned(),
            "empty-dictionary objects.0.extensions",
        ),
        (
            r#"{"type":"mutex","name":"EXERCISE","spec_version":"2.0"}"#.to_owned(),
            "spec-version objects.0.spec_version",
        ),
        (r#"{"type":"mac-addr","value":"EXERCISE"}"#.to_owned(), "mac-address objects.0.value"),
        (r#"{"type":"mutex","name":"EXERCISE","defanged":"no"}"#.to_owned(), "boolean objects.0.defanged"),
        (
            r#"{"type":"network-traffic","protocols":["tcp"],"dst_ref":"0"}"#.to_owned(),
            "reference-type objects.0.dst_ref",
        ),
    ] {
        assert_eq!(container(&entry), [expected], "{entry}");
    }
}
