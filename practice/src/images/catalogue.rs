//! The images that exist, and how long they take to pull: a handful of repositories on Docker Hub, some of them also
//! in Amazon ECR Public.

use super::reference::Reference;
use super::sock_shop::Kind;

/// An image of the simulated registries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Image {
    /// Name on Docker Hub without `library/`: `redis`, `2opremio/weaveecsdemo`.
    pub repository: &'static str,
    /// Compressed size.
    pub megabytes: u32,
    pub(super) runs: Builtin,
    tags: Tags,
}

/// What an image runs when the container definition does not say otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Builtin {
    /// A shell, which ends at once without a terminal.
    Shell,
    /// The key-value store.
    Redis,
    /// The Flask program that counts visits in redis.
    HitCounter,
    /// nginx with its welcome page.
    Nginx,
    /// Apache with its test page.
    Httpd,
    /// AWS's sample page, on Apache.
    EcsSample,
    /// Python, which ends at once without a terminal.
    Python,
    /// The load generators stress and stress-ng.
    Stress,
    /// A part of Sock Shop.
    Shop(Kind),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tags {
    /// `latest` alone was ever pushed.
    Latest,
    /// Releases: `latest`, numbers, and words such as `alpine`.
    Releases,
}

impl Image {
    /// How long a small container instance takes to pull it, in AWS's milliseconds.
    pub fn pull_ms(&self) -> i64 {
        2_000 + i64::from(self.megabytes) * 40
    }
}

const IMAGES: [Image; 30] = [
    image("2opremio/weaveecsdemo", 73, Builtin::Shell, Tags::Latest),
    image("alexeiled/stress-ng", 8, Builtin::Stress, Tags::Releases),
    image("alpine", 4, Builtin::Shell, Tags::Releases),
    image("amazon/amazon-ecs-sample", 96, Builtin::EcsSample, Tags::Latest),
    image("busybox", 2, Builtin::Shell, Tags::Releases),
    image("errordeveloper/hit-counter", 34, Builtin::HitCounter, Tags::Latest),
    image("httpd", 59, Builtin::Httpd, Tags::Releases),
    image("nginx", 72, Builtin::Nginx, Tags::Releases),
    image("polinux/stress", 5, Builtin::Stress, Tags::Latest),
    image("progrium/stress", 94, Builtin::Stress, Tags::Latest),
    image("python", 370, Builtin::Python, Tags::Releases),
    image("redis", 45, Builtin::Redis, Tags::Releases),
    shop("mongo", 130, Kind::Mongo),
    shop("mysql", 140, Kind::MySql),
    shop("openzipkin/zipkin", 90, Kind::Zipkin),
    shop("openzipkin/zipkin-dependencies", 110, Kind::ZipkinDependencies),
    shop("openzipkin/zipkin-mysql", 70, Kind::ZipkinMySql),
    shop("rabbitmq", 60, Kind::RabbitMq { management: false }),
    shop("weaveworksdemos/carts", 86, Kind::Carts),
    shop("weaveworksdemos/catalogue", 18, Kind::Catalogue),
    shop("weaveworksdemos/catalogue-db", 125, Kind::CatalogueDb),
    shop("weaveworksdemos/front-end", 45, Kind::FrontEnd),
    shop("weaveworksdemos/load-test", 60, Kind::LoadTest),
    shop("weaveworksdemos/orders", 87, Kind::Orders),
    shop("weaveworksdemos/orders-aws", 96, Kind::OrdersAws),
    shop("weaveworksdemos/payment", 13, Kind::Payment),
    shop("weaveworksdemos/queue-master", 80, Kind::QueueMaster),
    shop("weaveworksdemos/shipping", 85, Kind::Shipping),
    shop("weaveworksdemos/user", 15, Kind::User),
    shop("weaveworksdemos/user-db", 200, Kind::UserDb),
];

/// Where ECR Public keeps the same images.
const ECR_PUBLIC: [(&str, &str); 2] =
    [("nginx/nginx", "nginx"), ("ecs-sample-image/amazon-ecs-sample", "amazon/amazon-ecs-sample")];

const fn image(repository: &'static str, megabytes: u32, runs: Builtin, tags: Tags) -> Image {
    Image { repository, megabytes, runs, tags }
}

const fn shop(repository: &'static str, megabytes: u32, kind: Kind) -> Image {
    image(repository, megabytes, Builtin::Shop(kind), Tags::Releases)
}

/// The image of that reference, if a registry has it.
pub fn find(reference: &str) -> Option<Image> {
    let reference = Reference::parse(reference)?;
    let found = repository(&reference).filter(|image| has_tag(image.tags, reference.tag))?;
    let managed = found.repository == "rabbitmq" && reference.tag.contains("management");
    Some(if managed {
        Image { runs: Builtin::Shop(Kind::RabbitMq { management: true }), ..found }
    } else {
        found
    })
}

/// Why `docker pull` fails for a reference that [`find`] does not find, in the daemon's words.
pub fn why_not(text: &str) -> String {
    match Reference::parse(text) {
        None => "invalid reference format".to_owned(),
        Some(reference) if repository(&reference).is_some() => {
            format!("manifest for {}:{} not found: manifest unknown", reference.familiar, reference.tag)
        }
        Some(reference) => format!(
            "pull access denied for {}, repository does not exist or may require 'docker login': denied: requested access to the resource is denied",
            reference.familiar
        ),
    }
}

fn repository(reference: &Reference<'_>) -> Option<Image> {
    let name = match reference.registry {
        "docker.io" => reference.path.strip_prefix("library/").unwrap_or(reference.path),
        "public.ecr.aws" => match reference.path.strip_prefix("docker/library/") {
            Some(name) => name,
            None => ECR_PUBLIC.iter().find(|(path, _)| *path == reference.path)?.1,
        },
        _ => return None,
    };
    IMAGES.into_iter().find(|image| image.repository == name)
}

fn has_tag(tags: Tags, tag: &str) -> bool {
    const WORDS: [&str; 17] = [
        "alpine",
        "bookworm",
        "bullseye",
        "glibc",
        "mainline",
        "musl",
        "stable",
        "trixie",
        "uclibc",
        "perl",
        "edge",
        "slim",
        "management",
        "debian",
        "oracle",
        "jammy",
        "focal",
    ];
    tag == "latest"
        || tags == Tags::Releases
            && tag.split('-').all(|part| {
                WORDS.iter().any(|word| part.strip_prefix(word).is_some_and(is_version))
                    || is_version(part) && !part.is_empty()
            })
}

fn is_version(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_digit() || c == '.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_image_has_many_names() {
        for name in [
            "redis",
            "redis:alpine",
            "redis:7.2-alpine3.20",
            "docker.io/library/redis",
            "public.ecr.aws/docker/library/redis:latest",
        ] {
            assert_eq!(find(name).map(|image| image.repository), Some("redis"), "{name}");
        }
        assert_eq!(find("public.ecr.aws/nginx/nginx:1.27").map(|image| image.repository), Some("nginx"));
        assert_eq!(
            find("2opremio/weaveecsdemo@sha256:0123456789012345678901234567890123456789012345678901234567890123")
                .map(|image| image.repository),
            Some("2opremio/weaveecsdemo")
        );
    }

    #[test]
    fn what_does_not_exist_says_so_as_docker_does() {
        for (name, why) in [
            (
                "2opremio/weaveecsdemos",
                "pull access denied for 2opremio/weaveecsdemos, repository does not exist",
            ),
            ("nginx:latset", "manifest for nginx:latset not found"),
            ("2opremio/weaveecsdemo:v2", "manifest for 2opremio/weaveecsdemo:v2 not found"),
            ("Nginx", "invalid reference format"),
            ("", "invalid reference format"),
            ("gcr.io/nginx", "pull access denied for gcr.io/nginx"),
        ] {
            assert_eq!(find(name), None, "{name}");
            assert!(why_not(name).starts_with(why), "{}", why_not(name));
        }
    }
}
