//! Operations that AWS has and this practice cloud has not: refused by name, so that a client knows that it is not the
//! request that was wrong.

use serde_json::Value;

use crate::core::fault::Fault;
use crate::operation::{Operation, read};
use crate::wire::Protocol;

const ABSENT: [&str; 15] = [
    "AddTrustStoreRevocations",
    "CreateTrustStore",
    "DeleteSharedTrustStoreAssociation",
    "DeleteTrustStore",
    "DescribeCapacityReservation",
    "DescribeTrustStoreAssociations",
    "DescribeTrustStoreRevocations",
    "DescribeTrustStores",
    "GetResourcePolicy",
    "GetTrustStoreCaCertificatesBundle",
    "GetTrustStoreRevocationContent",
    "ModifyCapacityReservation",
    "ModifyIpPools",
    "ModifyTrustStore",
    "RemoveTrustStoreRevocations",
];

/// Each of them, refusing.
pub(crate) fn operations(protocol: Protocol) -> Vec<Operation> {
    let refusing = |name: &&'static str| {
        let name = *name;
        read(protocol, name, move |_, _: Value| -> Result<Value, Fault> {
            let message = format!("{name} is not part of this practice cloud.");
            Err(Fault::new("OperationNotPermitted", message))
        })
    };
    ABSENT.iter().map(refusing).collect()
}
