using KafkaCompatBroker.Broker.Configuration.Definitions;
using static KafkaCompatBroker.Broker.Configuration.Definitions.ConfigImportance;
using static KafkaCompatBroker.Broker.Configuration.Definitions.ConfigKey;

namespace KafkaCompatBroker.Broker.Configuration.Tables;

/// <summary>Metrics and client telemetry.</summary>
internal static class MetricsSettings
{
    public static readonly ConfigKey[] Rows =
    [
        Boolean("auto.include.jmx.reporter", true, Low).NotNeeded(),
        Int("kafka.metrics.polling.interval.secs", 10, Low).AtLeast(1).NotNeeded(),
        List("kafka.metrics.reporters", [], Low),
        List("metric.reporters", [], Low).ClusterWide(),
        Int("metrics.num.samples", 2, Low).AtLeast(1),
        String("metrics.recording.level", "INFO", Low),
        Long("metrics.sample.window.ms", 30_000, Low).AtLeast(1),
        Int("telemetry.max.bytes", 1_048_576, Low).AtLeast(1),
    ];
}
