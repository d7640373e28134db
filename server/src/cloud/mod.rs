//! Clients for one account and region. Practice or AWS differ by the HTTP client, the credentials and the endpoint, and
//! by nothing else: what is above this module cannot tell them apart.
//!
//! Not here: what is asked and what it means (`check::gather`), and where credentials come from (`provision`).

pub(crate) mod cloudformation;
pub(crate) mod ec2;
pub(crate) mod thin;
mod trouble;

use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;
use aws_types::region::Region;
use std::time::Duration;

pub use trouble::Trouble;
pub(crate) use trouble::code;

/// Everything that tells one account's API from another's.
#[derive(Debug, Clone)]
pub struct Access {
    /// The transport: `aws_http` for AWS, the in-process connector for a practice account.
    pub http: SharedHttpClient,
    /// Whose account it is.
    pub credentials: SharedCredentialsProvider,
    /// For example `us-east-1`.
    pub region: String,
    /// One URL for all services; `None` for AWS's own, by service and region.
    pub endpoint: Option<String>,
    /// Practice answers at once or never, so a retry would only wait.
    pub patience: Patience,
}

/// How long a call may take and how often it is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Patience {
    /// One attempt of at most five seconds.
    Practice,
    /// AWS's standard retry: three attempts, five seconds each, fifteen in all.
    Aws,
}

/// Typed clients that share one transport. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Cloud {
    /// Amazon ECS.
    pub(crate) ecs: aws_sdk_ecs::Client,
    /// Amazon EC2 Auto Scaling.
    pub(crate) autoscaling: aws_sdk_autoscaling::Client,
    /// IAM.
    pub(crate) iam: aws_sdk_iam::Client,
    /// STS.
    pub(crate) sts: aws_sdk_sts::Client,
    /// Amazon EC2, reads only.
    pub(crate) ec2: ec2::Ec2,
    /// AWS Secrets Manager: names and tags, never a secret.
    pub(crate) secrets: thin::Json,
    /// Amazon ECR.
    pub(crate) ecr: thin::Json,
    /// Amazon EventBridge.
    pub(crate) events: thin::Json,
    /// AWS CloudFormation, for the students' own stacks.
    pub(crate) cloudformation: cloudformation::CloudFormation,
    /// Elastic Load Balancing, version 2: reads only, as all that follow.
    pub(crate) elbv2: thin::Query,
    /// AWS Certificate Manager.
    pub(crate) acm: thin::Json,
    /// Amazon CloudWatch Logs.
    pub(crate) logs: thin::Json,
    /// Amazon EFS.
    pub(crate) efs: thin::Rest,
    /// AWS Cloud Map.
    pub(crate) discovery: thin::Json,
    /// Application Auto Scaling.
    pub(crate) scaling: thin::Json,
    /// AWS Systems Manager.
    pub(crate) ssm: thin::Json,
    /// Amazon CloudWatch.
    pub(crate) cloudwatch: thin::Query,
    /// AWS `CloudTrail`.
    pub(crate) cloudtrail: thin::Json,
    /// Elastic Load Balancing, the first version.
    pub(crate) elb: thin::Query,
    /// Amazon RDS.
    pub(crate) rds: thin::Query,
    /// Amazon DynamoDB.
    pub(crate) dynamodb: thin::Json,
    region: String,
}

impl Cloud {
    /// Makes the clients; nothing is sent.
    pub fn new(access: &Access) -> Self {
        let retry = match access.patience {
            Patience::Practice => RetryConfig::disabled(),
            Patience::Aws => RetryConfig::standard().with_max_attempts(3),
        };
        let timeout = TimeoutConfig::builder()
            .operation_attempt_timeout(Duration::from_secs(5))
            .operation_timeout(Duration::from_secs(15))
            .build();
        let mut shared = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .http_client(access.http.clone())
            .credentials_provider(access.credentials.clone())
            .region(Region::new(access.region.clone()))
            .retry_config(retry.clone())
            .timeout_config(timeout.clone());
        shared.set_endpoint_url(access.endpoint.clone());
        let shared = shared.build();
        let settings = thin::Settings { access, retry: &retry, timeout };
        let (json, query) = (
            |host, signing, target| thin::Json::new(thin::Service { host, signing }, target, &settings),
            |host, signing, version| thin::Query::new(thin::Service { host, signing }, version, &settings),
        );
        Self {
            ecs: aws_sdk_ecs::Client::new(&shared),
            autoscaling: aws_sdk_autoscaling::Client::new(&shared),
            iam: aws_sdk_iam::Client::new(&shared),
            sts: aws_sdk_sts::Client::new(&shared),
            ec2: ec2::Ec2::new(&settings),
            secrets: json("secretsmanager", "secretsmanager", "secretsmanager"),
            ecr: json("api.ecr", "ecr", "AmazonEC2ContainerRegistry_V20150921"),
            events: json("events", "events", "AWSEvents"),
            cloudformation: cloudformation::CloudFormation::new(query(
                "cloudformation",
                "cloudformation",
                "2010-05-15",
            )),
            elbv2: query("elasticloadbalancing", "elasticloadbalancing", "2015-12-01"),
            acm: json("acm", "acm", "CertificateManager"),
            logs: json("logs", "logs", "Logs_20140328"),
            discovery: json("servicediscovery", "servicediscovery", "Route53AutoNaming_v20170314"),
            scaling: json("application-autoscaling", "application-autoscaling", "AnyScaleFrontendService"),
            ssm: json("ssm", "ssm", "AmazonSSM"),
            cloudwatch: query("monitoring", "monitoring", "2010-08-01"),
            cloudtrail: json(
                "cloudtrail",
                "cloudtrail",
                "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101",
            ),
            elb: query("elasticloadbalancing", "elasticloadbalancing", "2012-06-01"),
            rds: query("rds", "rds", "2014-10-31"),
            dynamodb: json("dynamodb", "dynamodb", "DynamoDB_20120810")
                .speaking("application/x-amz-json-1.0"),
            efs: thin::Rest::new(
                thin::Service { host: "elasticfilesystem", signing: "elasticfilesystem" },
                &settings,
            ),
            region: access.region.clone(),
        }
    }

    /// The twelve digits of the account the credentials belong to.
    pub async fn account_id(&self) -> Result<String, Trouble> {
        let caller = self.sts.get_caller_identity().send().await.map_err(|e| Trouble::from_sdk(&e))?;
        caller.account().map(str::to_owned).ok_or_else(|| Trouble::Other("there is no account id".to_owned()))
    }

    /// The region all clients but IAM's ask.
    pub fn region(&self) -> &str {
        &self.region
    }
}

/// The transport for AWS itself, TLS by rustls with ring. Make one and share it: it holds the connections.
pub fn aws_http() -> SharedHttpClient {
    use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
    aws_smithy_http_client::Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https()
}
