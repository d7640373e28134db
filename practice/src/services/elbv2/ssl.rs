//! Security policies of HTTPS and TLS listeners. Follows "Security policies for your Application Load Balancer": the
//! ones in common use. The simulated connections are not encrypted, so that a policy is only shown.

use serde_json::{Value, json};

/// What a listener has when it names none.
pub(super) const DEFAULT: &str = "ELBSecurityPolicy-2016-08";

const TLS13: [&str; 3] = ["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"];
const FORWARD_GCM: [&str; 4] = [
    "ECDHE-ECDSA-AES128-GCM-SHA256",
    "ECDHE-RSA-AES128-GCM-SHA256",
    "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES256-GCM-SHA384",
];
const FORWARD_SHA2: [&str; 4] = [
    "ECDHE-ECDSA-AES128-SHA256",
    "ECDHE-RSA-AES128-SHA256",
    "ECDHE-ECDSA-AES256-SHA384",
    "ECDHE-RSA-AES256-SHA384",
];
const FORWARD_SHA1: [&str; 4] =
    ["ECDHE-ECDSA-AES128-SHA", "ECDHE-RSA-AES128-SHA", "ECDHE-ECDSA-AES256-SHA", "ECDHE-RSA-AES256-SHA"];
const RSA: [&str; 6] =
    ["AES128-GCM-SHA256", "AES128-SHA256", "AES128-SHA", "AES256-GCM-SHA384", "AES256-SHA256", "AES256-SHA"];
const TO_1_0: [&str; 3] = ["TLSv1", "TLSv1.1", "TLSv1.2"];

struct Policy {
    name: &'static str,
    protocols: &'static [&'static str],
    ciphers: &'static [&'static [&'static str]],
}

const POLICIES: [Policy; 13] = [
    Policy {
        name: DEFAULT,
        protocols: &TO_1_0,
        ciphers: &[&FORWARD_GCM, &FORWARD_SHA2, &FORWARD_SHA1, &RSA],
    },
    Policy {
        name: "ELBSecurityPolicy-TLS13-1-2-2021-06",
        protocols: &["TLSv1.2", "TLSv1.3"],
        ciphers: &[&TLS13, &FORWARD_GCM, &FORWARD_SHA2],
    },
    Policy {
        name: "ELBSecurityPolicy-TLS13-1-2-Res-2021-06",
        protocols: &["TLSv1.2", "TLSv1.3"],
        ciphers: &[&TLS13, &FORWARD_GCM],
    },
    Policy {
        name: "ELBSecurityPolicy-TLS13-1-2-Ext1-2021-06",
        protocols: &["TLSv1.2", "TLSv1.3"],
        ciphers: &[
            &TLS13,
            &FORWARD_GCM,
            &FORWARD_SHA2,
            &["AES128-GCM-SHA256", "AES128-SHA256", "AES256-GCM-SHA384", "AES256-SHA256"],
        ],
    },
    Policy {
        name: "ELBSecurityPolicy-TLS13-1-2-Ext2-2021-06",
        protocols: &["TLSv1.2", "TLSv1.3"],
        ciphers: &[&TLS13, &FORWARD_GCM, &FORWARD_SHA2, &FORWARD_SHA1, &RSA],
    },
    Policy {
        name: "ELBSecurityPolicy-TLS13-1-1-2021-06",
        protocols: &["TLSv1.1", "TLSv1.2", "TLSv1.3"],
        ciphers: &[&TLS13, &FORWARD_GCM, &FORWARD_SHA2, &FORWARD_SHA1, &RSA],
    },
    Policy {
        name: "ELBSecurityPolicy-TLS13-1-0-2021-06",
        protocols: &["TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"],
        ciphers: &[&TLS13, &FORWARD_GCM, &FORWARD_SHA2, &FORWARD_SHA1, &RSA],
    },
    Policy { name: "ELBSecurityPolicy-TLS13-1-3-2021-06", protocols: &["TLSv1.3"], ciphers: &[&TLS13] },
    Policy {
        name: "ELBSecurityPolicy-TLS-1-2-2017-01",
        protocols: &["TLSv1.2"],
        ciphers: &[
            &FORWARD_GCM,
            &FORWARD_SHA2,
            &["AES128-GCM-SHA256", "AES128-SHA256", "AES256-GCM-SHA384", "AES256-SHA256"],
        ],
    },
    Policy {
        name: "ELBSecurityPolicy-TLS-1-2-Ext-2018-06",
        protocols: &["TLSv1.2"],
        ciphers: &[&FORWARD_GCM, &FORWARD_SHA2, &FORWARD_SHA1, &RSA],
    },
    Policy {
        name: "ELBSecurityPolicy-TLS-1-1-2017-01",
        protocols: &["TLSv1.1", "TLSv1.2"],
        ciphers: &[&FORWARD_GCM, &FORWARD_SHA2, &FORWARD_SHA1, &RSA],
    },
    Policy {
        name: "ELBSecurityPolicy-FS-1-2-Res-2020-10",
        protocols: &["TLSv1.2"],
        ciphers: &[&FORWARD_GCM],
    },
    Policy {
        name: "ELBSecurityPolicy-FS-2018-06",
        protocols: &TO_1_0,
        ciphers: &[&FORWARD_GCM, &FORWARD_SHA2, &FORWARD_SHA1],
    },
];

/// Whether there is a policy of that name.
pub(super) fn exists(name: &str) -> bool {
    POLICIES.iter().any(|policy| policy.name == name)
}

/// Every policy, by name and shape.
pub(super) fn all() -> impl Iterator<Item = (&'static str, Value)> {
    POLICIES.iter().map(|policy| {
        let ciphers = policy.ciphers.iter().flat_map(|part| part.iter());
        let ciphers: Vec<Value> = ciphers
            .zip(1..)
            .map(|(name, priority): (_, i32)| json!({"Name": name, "Priority": priority}))
            .collect();
        let shape = json!({
            "SslProtocols": policy.protocols,
            "Ciphers": ciphers,
            "Name": policy.name,
            "SupportedLoadBalancerTypes": ["application", "network"],
        });
        (policy.name, shape)
    })
}
