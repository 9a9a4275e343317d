using KafkaCompatBroker.Broker.Configuration.Definitions;
using static KafkaCompatBroker.Broker.Configuration.Definitions.ConfigImportance;
using static KafkaCompatBroker.Broker.Configuration.Definitions.ConfigKey;

namespace KafkaCompatBroker.Broker.Configuration.Tables;

/// <summary>The ensemble to join, and how.</summary>
internal static class ZooKeeperSettings
{
    public static readonly ConfigKey[] Rows =
    [
        String("zookeeper.clientCnxnSocket", null, Medium).NotNeeded(),
        String("zookeeper.connect", null, High).Acts(),
        Int("zookeeper.connection.timeout.ms", null, High).Acts(),
        Int("zookeeper.max.in.flight.requests", 10, High).AtLeast(1).Acts(),
        Boolean("zookeeper.metadata.migration.enable", false, High).Refused("migration to KRaft is not built"),
        Int("zookeeper.metadata.migration.min.batch.size", 200, Medium).AtLeast(1).Internal(),
        Int("zookeeper.session.timeout.ms", 18_000, High).Acts(),
        Boolean("zookeeper.set.acl", false, High).Refused(
            "znodes would belong to whom SASL or TLS tells ZooKeeper that the broker is, and neither is built yet"),
        List("zookeeper.ssl.cipher.suites", null, Low),
        Boolean("zookeeper.ssl.client.enable", false, Medium).Refused("TLS to ZooKeeper is not built yet"),
        Boolean("zookeeper.ssl.crl.enable", false, Low),
        List("zookeeper.ssl.enabled.protocols", null, Low),
        String("zookeeper.ssl.endpoint.identification.algorithm", "HTTPS", Low),
        String("zookeeper.ssl.keystore.location", null, Medium),
        Password("zookeeper.ssl.keystore.password", Medium),
        String("zookeeper.ssl.keystore.type", null, Medium),
        Boolean("zookeeper.ssl.ocsp.enable", false, Low),
        String("zookeeper.ssl.protocol", "TLSv1.2", Low),
        String("zookeeper.ssl.truststore.location", null, Medium),
        Password("zookeeper.ssl.truststore.password", Medium),
        String("zookeeper.ssl.truststore.type", null, Medium),
    ];
}
