//! Why the sender of a request is not known, and how each protocol's services say so. Follows "Common errors" of
//! the API references and "Error codes for the Amazon EC2 API".

use super::Protocol;
use crate::core::fault::Fault;

/// Why a caller is not who they say, or does not say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// No signature at all.
    Unsigned,
    /// A signature that is not complete or not of Signature Version 4; what is wrong with it.
    Incomplete(String),
    /// No such access key, or an inactive one, or not its session token.
    UnknownKey,
    /// Temporary credentials past their time.
    ExpiredToken,
    /// The signature is not that of this request.
    Mismatch,
    /// The request was signed for another service, region or day; the sentence.
    Scope(String),
    /// Signed too long ago or too far ahead; the sentence.
    Skewed(String),
}

impl Refusal {
    /// The fault in the words of the services that speak `protocol`.
    pub fn fault(self, protocol: Protocol) -> Fault {
        match protocol {
            Protocol::Json11 | Protocol::Json10 | Protocol::Cbor { .. } => self.json(),
            // REST services say it with HTTP's own status.
            Protocol::RestJson => self.json().with_status(403),
            Protocol::Query { .. } => self.query(),
            Protocol::RestXml => self.s3(),
            Protocol::Ec2 { .. } => self.ec2(),
        }
    }

    fn json(self) -> Fault {
        let message = self.message();
        let code = match self {
            Self::Unsigned => "MissingAuthenticationTokenException",
            Self::Incomplete(_) => "IncompleteSignatureException",
            Self::UnknownKey => "UnrecognizedClientException",
            Self::ExpiredToken => "ExpiredTokenException",
            Self::Mismatch | Self::Scope(_) | Self::Skewed(_) => "InvalidSignatureException",
        };
        Fault::new(code, message)
    }

    fn query(self) -> Fault {
        let message = self.message();
        match self {
            Self::Unsigned => Fault::new("MissingAuthenticationToken", message).with_status(403),
            Self::Incomplete(_) => Fault::new("IncompleteSignature", message),
            Self::UnknownKey => Fault::new("InvalidClientTokenId", message).with_status(403),
            Self::ExpiredToken => Fault::new("ExpiredToken", message).with_status(403),
            Self::Mismatch | Self::Scope(_) | Self::Skewed(_) => {
                Fault::new("SignatureDoesNotMatch", message).with_status(403)
            }
        }
    }

    /// "Error responses" of the S3 API reference.
    fn s3(self) -> Fault {
        let message = self.message();
        match self {
            Self::Unsigned => Fault::new("AccessDenied", "Access Denied"),
            Self::Incomplete(_) => Fault::new("AuthorizationHeaderMalformed", message).with_status(400),
            Self::UnknownKey => {
                let message = "The AWS Access Key Id you provided does not exist in our records.";
                Fault::new("InvalidAccessKeyId", message)
            }
            Self::ExpiredToken => Fault::new("ExpiredToken", "The provided token has expired."),
            Self::Mismatch => Fault::new("SignatureDoesNotMatch", message),
            Self::Scope(_) => Fault::new("AuthorizationHeaderMalformed", message),
            Self::Skewed(_) => Fault::new(
                "RequestTimeTooSkewed",
                "The difference between the request time and the current time is too large.",
            ),
        }
        .with_status(403)
    }

    fn ec2(self) -> Fault {
        const NOT_VALIDATED: &str = "AWS was not able to validate the provided access credentials";
        match self {
            Self::Unsigned => Fault::new("MissingAuthenticationToken", self.message()).with_status(403),
            Self::Incomplete(_) => Fault::new("IncompleteSignature", self.message()),
            Self::UnknownKey | Self::Mismatch => Fault::new("AuthFailure", NOT_VALIDATED).with_status(401),
            Self::Scope(message) => Fault::new("AuthFailure", message).with_status(401),
            Self::ExpiredToken | Self::Skewed(_) => Fault::new("RequestExpired", "Request has expired."),
        }
    }

    fn message(&self) -> String {
        match self {
            Self::Unsigned => "Request is missing Authentication Token".to_owned(),
            Self::Incomplete(what) | Self::Scope(what) | Self::Skewed(what) => what.clone(),
            Self::UnknownKey => "The security token included in the request is invalid.".to_owned(),
            Self::ExpiredToken => "The security token included in the request is expired".to_owned(),
            Self::Mismatch => "The request signature we calculated does not match the signature you provided. \
                Check your AWS Secret Access Key and signing method. Consult the service documentation for details."
                .to_owned(),
        }
    }
}
