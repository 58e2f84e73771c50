//! Counters of the network face and their Prometheus text. Labels have few values: route templates, methods,
//! statuses; never a member, a key or a record.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use metrics::{Counter, Gauge, Histogram, Key, Label, Level, Metadata, Recorder as _};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle, PrometheusRecorder};

use crate::app::Alarms;

const META: Metadata<'static> = Metadata::new("comity_http", Level::INFO, Some("comity_http"));

/// The figures of one router. Cloning shares them.
#[derive(Clone)]
pub struct Telemetry {
    recorder: Arc<PrometheusRecorder>,
    handle: PrometheusHandle,
}

impl Default for Telemetry {
    fn default() -> Self {
        Self::new()
    }
}

impl Telemetry {
    /// An empty set of figures of its own: two routers in one process do not mix.
    #[must_use]
    pub fn new() -> Self {
        let recorder = PrometheusBuilder::new().build_recorder();
        let handle = recorder.handle();
        Self { recorder: Arc::new(recorder), handle }
    }

    /// Folds what was measured into the summaries; call it every few seconds so that memory stays small.
    pub fn fold(&self) {
        self.handle.run_upkeep();
    }

    /// The figures as Prometheus text, with the node's own alarms.
    pub(crate) fn text(&self, alarms: &Alarms) -> String {
        let count = |alarm: &AtomicU64| alarm.load(Ordering::Relaxed);
        self.counter("comity_rule_errors_total", Vec::new()).absolute(count(&alarms.rule_errors));
        self.counter("comity_door_denials_total", Vec::new()).absolute(count(&alarms.door_denials));
        self.counter("comity_witness_alarms_total", Vec::new()).absolute(count(&alarms.witness));
        self.handle.render()
    }

    /// Notes one answered request.
    pub(crate) fn answered(&self, route: &str, method: &str, status: u16, took: Duration) {
        let labels = vec![
            Label::new("route", route.to_owned()),
            Label::new("method", method.to_owned()),
            Label::new("status", status.to_string()),
        ];
        self.counter("comity_http_requests_total", labels).increment(1);
        let by_route = vec![Label::new("route", route.to_owned())];
        self.histogram("comity_http_request_seconds", by_route).record(took.as_secs_f64());
    }

    /// Notes objects that left in pages.
    pub(crate) fn served(&self, objects: usize) {
        self.counter("comity_http_objects_served_total", Vec::new()).increment(objects as u64);
    }

    /// Notes objects that came in by POST, by outcome.
    pub(crate) fn received(&self, outcome: &'static str, objects: u64) {
        self.counter("comity_http_objects_received_total", vec![Label::new("outcome", outcome)])
            .increment(objects);
    }

    /// Notes a request that was turned away: `login`, `key-rate`, `address-rate`, `busy`, `time`.
    pub(crate) fn turned_away(&self, why: &'static str) {
        self.counter("comity_http_turned_away_total", vec![Label::new("why", why)]).increment(1);
    }

    /// The number of open connections.
    pub(crate) fn connections(&self) -> Gauge {
        self.recorder.register_gauge(&Key::from_name("comity_http_connections"), &META)
    }

    fn counter(&self, name: &'static str, labels: Vec<Label>) -> Counter {
        self.recorder.register_counter(&Key::from_parts(name, labels), &META)
    }

    fn histogram(&self, name: &'static str, labels: Vec<Label>) -> Histogram {
        self.recorder.register_histogram(&Key::from_parts(name, labels), &META)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_sets_do_not_mix() {
        let (one, other) = (Telemetry::new(), Telemetry::new());
        one.answered("/healthz", "GET", 200, Duration::from_millis(3));
        let line = "comity_http_requests_total{route=\"/healthz\",method=\"GET\",status=\"200\"} 1";
        let alarms = Alarms::default();
        assert!(one.text(&alarms).contains(line), "{}", one.text(&alarms));
        assert!(!other.text(&alarms).contains("healthz"));
    }

    #[test]
    fn alarms_of_the_node_stand_among_the_figures() {
        let alarms = Alarms::default();
        alarms.rule_errors.store(3, Ordering::Relaxed);
        let text = Telemetry::new().text(&alarms);
        assert!(text.contains("comity_rule_errors_total 3"), "{text}");
        assert!(text.contains("comity_door_denials_total 0"), "{text}");
    }
}
