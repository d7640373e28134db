use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::testing::Lab;

fn request(lab: &mut Lab, name: &str) -> String {
    let input =
        json!({"DomainName": name, "ValidationMethod": "DNS", "SubjectAlternativeNames": ["*.example.com"]});
    lab.call("acm", "RequestCertificate", input)["CertificateArn"].as_str().unwrap().to_owned()
}

fn describe(lab: &mut Lab, arn: &str) -> Value {
    lab.call("acm", "DescribeCertificate", json!({"CertificateArn": arn}))["Certificate"].clone()
}

#[test]
fn a_certificate_is_issued_after_a_while() {
    let mut lab = Lab::new();
    let arn = request(&mut lab, "example.com");
    let seen = describe(&mut lab, &arn);
    assert_eq!(seen["Status"], "PENDING_VALIDATION");
    let record = &seen["DomainValidationOptions"][0]["ResourceRecord"];
    assert_eq!(record["Type"], "CNAME");
    assert_eq!(record, &seen["DomainValidationOptions"][1]["ResourceRecord"], "a wildcard's is its domain's");
    let get = json!({"CertificateArn": arn});
    assert_eq!(lab.refused("acm", "GetCertificate", get.clone()), "RequestInProgressException");
    lab.advance(300);
    let seen = describe(&mut lab, &arn);
    assert_eq!((&seen["Status"], &seen["InUseBy"]), (&json!("ISSUED"), &json!([])));
    assert!(lab.call("acm", "GetCertificate", get.clone())["Certificate"].is_string());
    let list = lab.call("acm", "ListCertificates", json!({"CertificateStatuses": ["ISSUED"]}));
    assert_eq!(list["CertificateSummaryList"][0]["DomainName"], "example.com");
    lab.call(
        "acm",
        "AddTagsToCertificate",
        json!({"CertificateArn": arn, "Tags": [{"Key": "a", "Value": "b"}]}),
    );
    let tags = lab.call("acm", "ListTagsForCertificate", get.clone());
    assert_eq!(tags["Tags"], json!([{"Key": "a", "Value": "b"}]));
    lab.call("acm", "DeleteCertificate", get.clone());
    assert_eq!(lab.refused("acm", "DescribeCertificate", get), "ResourceNotFoundException");
}

#[test]
fn names_and_arns_are_checked() {
    let mut lab = Lab::new();
    for name in ["", "example", "-a.example.com", "a..b", "a b.c"] {
        assert_eq!(
            lab.refused("acm", "RequestCertificate", json!({"DomainName": name})),
            "ValidationException"
        );
    }
    let arn = json!({"CertificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/x"});
    assert_eq!(lab.refused("acm", "DescribeCertificate", arn), "ResourceNotFoundException");
    assert_eq!(
        lab.refused("acm", "DescribeCertificate", json!({"CertificateArn": "x"})),
        "InvalidArnException"
    );
}

/// As much of a self-signed certificate for `imported.example.com` as is read of one.
fn certificate() -> String {
    let mut bytes = vec![0x30, 0x82, 0x00, 0x00];
    for part in [&[0x17, 0x0d][..], b"260101000000Z", &[0x17, 0x0d], b"270101000000Z"] {
        bytes.extend(part);
    }
    bytes.extend([0x06, 0x03, 0x55, 0x04, 0x03, 0x0c, 20]);
    bytes.extend(b"imported.example.com");
    bytes.extend([0x06, 0x03, 0x55, 0x1d, 0x11, 0x04, 17, 0x30, 15, 0x82, 13]);
    bytes.extend(b"b.example.com");
    format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", STANDARD.encode(bytes))
}

#[test]
fn a_certificate_can_be_imported() {
    let mut lab = Lab::new();
    let key = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
    let input = json!({"Certificate": STANDARD.encode(certificate()), "PrivateKey": STANDARD.encode(key)});
    let arn = lab.call("acm", "ImportCertificate", input)["CertificateArn"].as_str().unwrap().to_owned();
    let seen = describe(&mut lab, &arn);
    assert_eq!((&seen["Type"], &seen["Status"]), (&json!("IMPORTED"), &json!("ISSUED")));
    assert_eq!(seen["SubjectAlternativeNames"], json!(["imported.example.com", "b.example.com"]));
    assert!(seen["NotAfter"].as_f64() > seen["NotBefore"].as_f64());
    let wrong = json!({"Certificate": STANDARD.encode("x"), "PrivateKey": STANDARD.encode(key)});
    assert_eq!(lab.refused("acm", "ImportCertificate", wrong), "ValidationException");
}
