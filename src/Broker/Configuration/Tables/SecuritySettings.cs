using KafkaCompatBroker.Broker.Configuration.Definitions;
using static KafkaCompatBroker.Broker.Configuration.Definitions.ConfigImportance;
using static KafkaCompatBroker.Broker.Configuration.Definitions.ConfigKey;

namespace KafkaCompatBroker.Broker.Configuration.Tables;

/// <summary>Authorization, delegation tokens and the encoding of stored passwords.</summary>
internal static class SecuritySettings
{
    public static readonly ConfigKey[] Rows =
    [
        String("authorizer.class.name", "", Low).NotNull().Refused("authorization is not built yet, and everything would be allowed"),
        Long("delegation.token.expiry.check.interval.ms", 3_600_000, Low).AtLeast(1),
        Long("delegation.token.expiry.time.ms", 86_400_000, Medium).AtLeast(1),
        Password("delegation.token.master.key", Medium),
        Long("delegation.token.max.lifetime.ms", 604_800_000, Medium).AtLeast(1),
        Password("delegation.token.secret.key", Medium),
        String("password.encoder.cipher.algorithm", "AES/CBC/PKCS5Padding", Low),
        Int("password.encoder.iterations", 4096, Low).AtLeast(1024),
        Int("password.encoder.key.length", 128, Low).AtLeast(8),
        String("password.encoder.keyfactory.algorithm", null, Low),
        Password("password.encoder.old.secret", Medium),
        // Kafka takes what brokers ask from everybody, unless an authorizer refuses it.
        List("inter.broker.allowed.addresses", [], High).Own().Acts(),
        Password("password.encoder.secret", Medium),
    ];
}
