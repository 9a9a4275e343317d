using KafkaCompatBroker.Broker.Configuration.Definitions;
using static KafkaCompatBroker.Broker.Configuration.Definitions.ConfigImportance;
using static KafkaCompatBroker.Broker.Configuration.Definitions.ConfigKey;

namespace KafkaCompatBroker.Broker.Configuration.Tables;

/// <summary>SASL on listeners, and who a connection is.</summary>
internal static class SaslSettings
{
    public static readonly ConfigKey[] Rows =
    [
        Int("connection.failed.authentication.delay.ms", 100, Low).AtLeast(0),
        Long("connections.max.reauth.ms", 0, Medium),
        Class("principal.builder.class", "org.apache.kafka.common.security.authenticator.DefaultKafkaPrincipalBuilder", Medium).PerBroker(),
        Class("sasl.client.callback.handler.class", null, Medium),
        List("sasl.enabled.mechanisms", ["GSSAPI"], Medium).PerBroker(),
        Password("sasl.jaas.config", Medium).PerBroker(),
        String("sasl.kerberos.kinit.cmd", "/usr/bin/kinit", Medium).PerBroker(),
        Long("sasl.kerberos.min.time.before.relogin", 60_000, Medium).PerBroker(),
        List("sasl.kerberos.principal.to.local.rules", ["DEFAULT"], Medium).PerBroker(),
        String("sasl.kerberos.service.name", null, Medium).PerBroker(),
        Double("sasl.kerberos.ticket.renew.jitter", 0.05, Medium).PerBroker(),
        Double("sasl.kerberos.ticket.renew.window.factor", 0.8, Medium).PerBroker(),
        Class("sasl.login.callback.handler.class", null, Medium),
        Class("sasl.login.class", null, Medium),
        Int("sasl.login.connect.timeout.ms", null, Low),
        Int("sasl.login.read.timeout.ms", null, Low),
        Short("sasl.login.refresh.buffer.seconds", 300, Medium).PerBroker(),
        Short("sasl.login.refresh.min.period.seconds", 60, Medium).PerBroker(),
        Double("sasl.login.refresh.window.factor", 0.8, Medium).PerBroker(),
        Double("sasl.login.refresh.window.jitter", 0.05, Medium).PerBroker(),
        Long("sasl.login.retry.backoff.max.ms", 10_000, Low),
        Long("sasl.login.retry.backoff.ms", 100, Low),
        String("sasl.mechanism.controller.protocol", "GSSAPI", High),
        String("sasl.mechanism.inter.broker.protocol", "GSSAPI", Medium).PerBroker(),
        Int("sasl.oauthbearer.clock.skew.seconds", 30, Low),
        List("sasl.oauthbearer.expected.audience", null, Low),
        String("sasl.oauthbearer.expected.issuer", null, Low),
        Long("sasl.oauthbearer.jwks.endpoint.refresh.ms", 3_600_000, Low),
        Long("sasl.oauthbearer.jwks.endpoint.retry.backoff.max.ms", 10_000, Low),
        Long("sasl.oauthbearer.jwks.endpoint.retry.backoff.ms", 100, Low),
        String("sasl.oauthbearer.jwks.endpoint.url", null, Medium),
        String("sasl.oauthbearer.scope.claim.name", "scope", Low),
        String("sasl.oauthbearer.sub.claim.name", "sub", Low),
        String("sasl.oauthbearer.token.endpoint.url", null, Medium),
        Class("sasl.server.callback.handler.class", null, Medium),
        Int("sasl.server.max.receive.size", 524_288, Medium),
    ];
}
