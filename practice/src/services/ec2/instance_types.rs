//! Instance types a student of ECS meets. Sizes follow "Amazon EC2 instance types".

/// An instance type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct InstanceType {
    /// `t2.micro`
    pub(crate) name: &'static str,
    pub(crate) vcpus: u32,
    /// Advertised memory, in MiB.
    pub(crate) memory_mib: u32,
    /// `x86_64` or `arm64`
    pub(crate) architecture: &'static str,
    pub(crate) current_generation: bool,
    /// Most network interfaces.
    pub(crate) interfaces: u32,
}

const X86: &str = "x86_64";
const ARM: &str = "arm64";

const fn t(
    name: &'static str,
    vcpus: u32,
    memory_mib: u32,
    architecture: &'static str,
    current_generation: bool,
    interfaces: u32,
) -> InstanceType {
    InstanceType { name, vcpus, memory_mib, architecture, current_generation, interfaces }
}

/// All of them, by name.
pub(crate) const ALL: [InstanceType; 34] = [
    t("c4.large", 2, 3840, X86, false, 3),
    t("c5.large", 2, 4096, X86, true, 3),
    t("c5.xlarge", 4, 8192, X86, true, 4),
    t("c6g.large", 2, 4096, ARM, true, 3),
    t("m4.large", 2, 8192, X86, false, 2),
    t("m4.xlarge", 4, 16_384, X86, false, 4),
    t("m5.large", 2, 8192, X86, true, 3),
    t("m5.xlarge", 4, 16_384, X86, true, 4),
    t("m6g.medium", 1, 4096, ARM, true, 2),
    t("m6i.large", 2, 8192, X86, true, 3),
    t("m7g.medium", 1, 4096, ARM, true, 2),
    t("m7i.large", 2, 8192, X86, true, 3),
    t("r5.large", 2, 16_384, X86, true, 3),
    t("t2.2xlarge", 8, 32_768, X86, true, 3),
    t("t2.large", 2, 8192, X86, true, 3),
    t("t2.medium", 2, 4096, X86, true, 3),
    t("t2.micro", 1, 1024, X86, true, 2),
    t("t2.nano", 1, 512, X86, true, 2),
    t("t2.small", 1, 2048, X86, true, 3),
    t("t2.xlarge", 4, 16_384, X86, true, 3),
    t("t3.2xlarge", 8, 32_768, X86, true, 4),
    t("t3.large", 2, 8192, X86, true, 3),
    t("t3.medium", 2, 4096, X86, true, 3),
    t("t3.micro", 2, 1024, X86, true, 2),
    t("t3.nano", 2, 512, X86, true, 2),
    t("t3.small", 2, 2048, X86, true, 3),
    t("t3.xlarge", 4, 16_384, X86, true, 4),
    t("t3a.micro", 2, 1024, X86, true, 2),
    t("t3a.small", 2, 2048, X86, true, 2),
    t("t4g.large", 2, 8192, ARM, true, 3),
    t("t4g.medium", 2, 4096, ARM, true, 3),
    t("t4g.micro", 2, 1024, ARM, true, 2),
    t("t4g.nano", 2, 512, ARM, true, 2),
    t("t4g.small", 2, 2048, ARM, true, 3),
];

/// The type of that name.
pub(crate) fn find(name: &str) -> Option<&'static InstanceType> {
    ALL.iter().find(|kind| kind.name == name)
}

/// CPU units the ECS agent registers: 1024 per vCPU. 0 for an unknown type.
pub(crate) fn cpu_units(name: &str) -> u32 {
    find(name).map_or(0, |kind| kind.vcpus * 1024)
}

/// Memory the ECS agent registers, in MiB: what the kernel leaves of the advertised size ("Reserving Amazon ECS
/// Linux container instance memory" measures 7985 for 8 GiB). 0 for an unknown type.
pub(crate) fn memory_mib(name: &str) -> u32 {
    find(name).map_or(0, |kind| match kind.memory_mib {
        512 => 483,
        1024 => 993,
        2048 => 2004,
        4096 => 3955,
        8192 => 7985,
        other => other - other / 48,
    })
}
