//! Certificates, driven by hand.

use serde_json::json;

use crate::testing::driver::Driver;

#[test]
fn a_certificate_holds_the_stack_until_it_is_issued() {
    let mut driver = Driver::new();
    let properties = |value: &str| {
        json!({
            "DomainName": "shop.example.com", "ValidationMethod": "DNS",
            "SubjectAlternativeNames": ["www.shop.example.com"],
            "DomainValidationOptions": [{"DomainName": "shop.example.com", "HostedZoneId": "Z1"}],
            "Tags": [{"Key": value, "Value": value}],
        })
    };
    let mut made = driver.create("AWS::CertificateManager::Certificate", &properties("a"));
    assert_eq!(driver.reference(&made), made.id);
    let arn = json!({"CertificateArn": made.id});
    let told = driver.lab.call("acm", "DescribeCertificate", arn.clone());
    assert_eq!(told["Certificate"]["Status"], "ISSUED");
    driver.update(&mut made, &properties("b"));
    let told = driver.lab.call("acm", "ListTagsForCertificate", arn);
    let keys: Vec<&str> =
        told["Tags"].as_array().unwrap().iter().map(|tag| tag["Key"].as_str().unwrap()).collect();
    assert!(keys.contains(&"b") && !keys.contains(&"a"), "{keys:?}");
    driver.delete(&made);
    let fault = driver.try_create(
        "AWS::CertificateManager::Certificate",
        &json!({"DomainName": "x.example.com", "ValidationMethod": "EMAIL"}),
    );
    assert!(fault.unwrap_err().message.contains("validation method"));
    driver.be_user("nobody", r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:GetCallerIdentity","Resource":"*"}}"#);
    let fault = driver.try_create("AWS::CertificateManager::Certificate", &properties("a")).unwrap_err();
    assert!(fault.message.contains("acm:RequestCertificate"), "{fault}");
}
