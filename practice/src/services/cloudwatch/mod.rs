//! Amazon CloudWatch: metrics, alarms, dashboards. AWS's own metrics are computed from the state of the world whenever
//! somebody asks ([`sources`]); only what is put here is stored. Not here: percentiles, anomaly detection, metric
//! streams, Metrics Insights, actions other than scaling policies.

use crate::operation::{Service, read, write};
use crate::wire::Protocol;

mod composite;
mod data;
mod evaluate;
mod fault;
mod insights;
mod load;
mod math;
pub mod model;
mod ops;
mod reconcile;
mod record;
mod resource;
mod shapes;
mod sources;

#[cfg(test)]
mod tests;

pub use evaluate::latest;
pub use ops::alarms::{delete_alarm, put_alarm};
pub use record::record;

const PROTOCOL: Protocol = Protocol::Cbor { namespace: "http://monitoring.amazonaws.com/doc/2010-08-01/" };

/// The operation table.
pub fn service() -> Service {
    use ops::{alarms, dashboards, describe, metrics, tags};
    Service {
        name: "monitoring",
        protocol: PROTOCOL,
        operations: vec![
            write(PROTOCOL, "DeleteAlarms", alarms::delete),
            write(PROTOCOL, "DeleteDashboards", dashboards::delete),
            read(PROTOCOL, "DescribeAlarmHistory", describe::history),
            read(PROTOCOL, "DescribeAlarms", describe::alarms),
            read(PROTOCOL, "DescribeAlarmsForMetric", describe::for_metric),
            write(PROTOCOL, "DisableAlarmActions", alarms::disable),
            write(PROTOCOL, "EnableAlarmActions", alarms::enable),
            read(PROTOCOL, "GetDashboard", dashboards::get),
            read(PROTOCOL, "GetMetricData", metrics::data),
            read(PROTOCOL, "GetMetricStatistics", metrics::statistics),
            read(PROTOCOL, "ListDashboards", dashboards::list),
            read(PROTOCOL, "ListMetrics", metrics::list),
            read(PROTOCOL, "ListTagsForResource", tags::list),
            write(PROTOCOL, "PutCompositeAlarm", alarms::put_composite),
            write(PROTOCOL, "PutDashboard", dashboards::put),
            write(PROTOCOL, "PutMetricAlarm", alarms::put),
            write(PROTOCOL, "PutMetricData", metrics::put),
            write(PROTOCOL, "SetAlarmState", alarms::set_state_op),
            write(PROTOCOL, "TagResource", tags::tag),
            write(PROTOCOL, "UntagResource", tags::untag),
        ],
        next_due: reconcile::next_due,
        reconcile: reconcile::reconcile,
        resources: resource::ALL,
    }
}
