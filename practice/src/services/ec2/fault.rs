//! EC2's refusals, in its own words. Follows "Error codes for the Amazon EC2 API".

use crate::core::fault::Fault;

/// Something of that id does not exist. `kind` is the prefix of EC2 ids.
pub(crate) fn not_found(kind: &str, id: &str) -> Fault {
    let (code, what) = match kind {
        "vpc" => ("InvalidVpcID.NotFound", "vpc ID"),
        "subnet" => ("InvalidSubnetID.NotFound", "subnet ID"),
        "igw" => ("InvalidInternetGatewayID.NotFound", "internetGateway ID"),
        "rtb" => ("InvalidRouteTableID.NotFound", "routeTable ID"),
        "sg" => ("InvalidGroup.NotFound", "security group"),
        "sgr" => ("InvalidSecurityGroupRuleId.NotFound", "security group rule ID"),
        "eni" => ("InvalidNetworkInterfaceID.NotFound", "networkInterface ID"),
        "eipalloc" => ("InvalidAllocationID.NotFound", "allocation ID"),
        "rtbassoc" | "eipassoc" => ("InvalidAssociationID.NotFound", "association ID"),
        "key" => ("InvalidKeyPair.NotFound", "key pair"),
        "ami" => {
            let message = format!("The image id '[{id}]' does not exist");
            return Fault::new("InvalidAMIID.NotFound", message);
        }
        "i" => ("InvalidInstanceID.NotFound", "instance ID"),
        "nat" => {
            return Fault::new("NatGatewayNotFound", format!("NAT gateway {id} was not found"));
        }
        "vpce" => ("InvalidVpcEndpointId.NotFound", "Vpc Endpoint Id"),
        "vol" => ("InvalidVolume.NotFound", "volume"),
        "acl" => ("InvalidNetworkAclID.NotFound", "networkAcl ID"),
        "dopt" => ("InvalidDhcpOptionID.NotFound", "dhcpOption ID"),
        "pl" => ("InvalidPrefixListId.NotFound", "prefix list ID"),
        _ => ("InvalidID", "ID"),
    };
    Fault::new(code, format!("The {what} '{id}' does not exist"))
}

/// An id that is not even shaped like one.
pub(crate) fn malformed(kind: &str, id: &str) -> Fault {
    let code = match kind {
        "i" => "InvalidInstanceID.Malformed",
        "ami" => "InvalidAMIID.Malformed",
        "sg" => "InvalidGroupId.Malformed",
        "igw" => "InvalidInternetGatewayId.Malformed",
        "rtb" => "InvalidRouteTableId.Malformed",
        _ => "InvalidParameterValue",
    };
    Fault::new(code, format!("Invalid id: \"{id}\" (expecting \"{kind}-...\")"))
}

/// Not found, or malformed for the kinds of which EC2 checks the shape.
pub(crate) fn no_such(kind: &str, id: &str) -> Fault {
    let shaped = id
        .strip_prefix(kind)
        .and_then(|rest| rest.strip_prefix('-'))
        .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_alphanumeric()));
    if !shaped && matches!(kind, "i" | "ami" | "sg" | "igw" | "rtb") {
        malformed(kind, id)
    } else {
        not_found(kind, id)
    }
}

/// A required parameter is missing.
pub(crate) fn missing(name: &str) -> Fault {
    Fault::new("MissingParameter", format!("The request must contain the parameter {name}"))
}

/// A parameter has a value that cannot be.
pub(crate) fn invalid(name: &str, value: &str, why: &str) -> Fault {
    Fault::new("InvalidParameterValue", format!("Value ({value}) for parameter {name} is invalid. {why}"))
}

/// `InvalidParameterValue` with a whole sentence.
pub(crate) fn value(message: impl Into<String>) -> Fault {
    Fault::new("InvalidParameterValue", message)
}

/// Parameters that exclude each other.
pub(crate) fn combination(message: impl Into<String>) -> Fault {
    Fault::new("InvalidParameterCombination", message)
}

/// Something cannot go while something else needs it. `kind` as in "The vpc '...' has dependencies".
pub(crate) fn in_use(kind: &str, id: &str) -> Fault {
    dependency(format!("The {kind} '{id}' has dependencies and cannot be deleted."))
}

/// `DependencyViolation` with a whole sentence.
pub(crate) fn dependency(message: impl Into<String>) -> Fault {
    Fault::new("DependencyViolation", message)
}
