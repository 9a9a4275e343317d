using KafkaCompatBroker.Broker.Configuration.Definitions;
using static KafkaCompatBroker.Broker.Configuration.Definitions.ConfigImportance;
using static KafkaCompatBroker.Broker.Configuration.Definitions.ConfigKey;

namespace KafkaCompatBroker.Broker.Configuration.Tables;

/// <summary>TLS on listeners.</summary>
internal static class SslSettings
{
    public static readonly ConfigKey[] Rows =
    [
        String("security.providers", null, Low),
        Boolean("ssl.allow.dn.changes", false, Low),
        Boolean("ssl.allow.san.changes", false, Low),
        List("ssl.cipher.suites", [], Medium).PerBroker(),
        String("ssl.client.auth", "none", Medium).OneOf("required", "requested", "none").PerBroker(),
        List("ssl.enabled.protocols", ["TLSv1.2", "TLSv1.3"], Medium).PerBroker(),
        String("ssl.endpoint.identification.algorithm", "https", Low).PerBroker(),
        Class("ssl.engine.factory.class", null, Low).PerBroker(),
        Password("ssl.key.password", Medium).PerBroker(),
        String("ssl.keymanager.algorithm", "SunX509", Medium).PerBroker(),
        Password("ssl.keystore.certificate.chain", Medium).PerBroker(),
        Password("ssl.keystore.key", Medium).PerBroker(),
        String("ssl.keystore.location", null, Medium).PerBroker(),
        Password("ssl.keystore.password", Medium).PerBroker(),
        String("ssl.keystore.type", "JKS", Medium).PerBroker(),
        String("ssl.principal.mapping.rules", "DEFAULT", Low),
        String("ssl.protocol", "TLSv1.3", Medium).PerBroker(),
        String("ssl.provider", null, Medium).PerBroker(),
        String("ssl.secure.random.implementation", null, Low).PerBroker(),
        String("ssl.trustmanager.algorithm", "PKIX", Medium).PerBroker(),
        Password("ssl.truststore.certificates", Medium).PerBroker(),
        String("ssl.truststore.location", null, Medium).PerBroker(),
        Password("ssl.truststore.password", Medium).PerBroker(),
        String("ssl.truststore.type", "JKS", Medium).PerBroker(),
    ];
}
