using KafkaCompatBroker.CompatTests.ZooKeeper;

namespace KafkaCompatBroker.CompatTests.Tools;

/// <summary>
/// Tools that describe and change settings, by requests and in ZooKeeper, against a Kafka 3.9 and ours, each with a path of its own in one
/// ensemble. What they print is compared, and what brokers make of it is asked of the brokers themselves.
/// </summary>
public sealed class ConfigToolTest(ZooKeepers zooKeepers) : IClassFixture<ZooKeepers>
{
    private const string Topic = "configured";

    [NeedsFact(Need.Java, Need.ZooKeepers)]
    public Task Kafka_configs_of_3_9_prints_the_same() => PrintAlike(
        "requests", "Completed updating default config for brokers in the cluster.", async session =>
    {
        await session.Configs("--alter", "--entity-type", "topics", "--entity-name", Topic,
            "--add-config", "retention.ms=500000,cleanup.policy=[compact,delete]");
        await session.Configs("--describe", "--entity-type", "topics", "--entity-name", Topic);
        await session.Configs("--alter", "--entity-type", "topics", "--entity-name", Topic, "--delete-config", "retention.ms");
        await session.Configs("--alter", "--entity-type", "topics", "--entity-name", Topic, "--add-config", "retention.ms=many");
        await session.Configs("--alter", "--entity-type", "brokers", "--entity-default", "--add-config",
            "log.retention.ms=600000,log.segment.bytes=80000");
        await session.Configs("--alter", "--entity-type", "brokers", "--entity-name", "0", "--add-config", "log.retention.ms=700000");
        await session.ConfigsUntil("log.retention.ms=700000", "--describe", "--entity-type", "brokers", "--entity-name", "0");
        await session.Configs("--describe", "--entity-type", "brokers", "--entity-default");
        await session.Configs("--alter", "--entity-type", "brokers", "--entity-name", "0", "--add-config", "broker.rack=r");
        await session.Configs("--alter", "--entity-type", "broker-loggers", "--entity-name", "0", "--add-config", "root=ERROR");
    });

    [NeedsFact(Need.Java, Need.ZooKeepers)]
    public Task Kafka_configs_of_2_8_with_ZooKeeper_prints_the_same_and_brokers_obey() => PrintAlike(
        "znodes", "Completed updating config for entity: topic 'configured'.", async session =>
    {
        await session.OldConfigs("--alter", "--entity-type", "topics", "--entity-name", Topic, "--add-config", "retention.ms=500000");
        await session.Configs("--describe", "--entity-type", "topics", "--entity-name", Topic);
        await session.OldConfigs("--alter", "--entity-type", "brokers", "--entity-default", "--add-config", "log.segment.bytes=80000");
        await session.OldConfigs("--describe", "--entity-type", "brokers", "--entity-default");
        await session.Write("/config/brokers/0", """{"version":1,"config":{"log.retention.ms":"700000"}}""", "brokers/0");
        await session.ConfigsUntil("log.retention.ms=700000", "--describe", "--entity-type", "brokers", "--entity-name", "0");
    });

    [NeedsFact(Need.Java, Need.ZooKeepers)]
    public Task Kafka_reassign_partitions_throttles_verifies_and_cancels_alike() => PrintAlike(
        "moves", "The inter-broker throttle limit was set to 100000 B/s", async session =>
    {
        var plan = Path.GetTempFileName();
        await File.WriteAllTextAsync(
            plan, $$"""{"version":1,"partitions":[{"topic":"{{Topic}}","partition":0,"replicas":[0]}]}""");
        await session.Reassign("--execute", "--throttle", "100000", "--reassignment-json-file", plan);
        await session.Configs("--describe", "--entity-type", "topics", "--entity-name", Topic);
        await session.Reassign("--execute", "--additional", "--throttle", "200000", "--reassignment-json-file", plan);
        await session.ConfigsUntil(
            "leader.replication.throttled.rate=200000", "--describe", "--entity-type", "brokers", "--entity-name", "0");
        await session.Reassign("--cancel", "--preserve-throttles", "--reassignment-json-file", plan);
        await session.Reassign("--verify", "--reassignment-json-file", plan);
        await session.Configs("--describe", "--entity-type", "topics", "--entity-name", Topic);
        File.Delete(plan);
    });

    /// <param name="line">One that is among what is printed, lest nothing is compared with nothing.</param>
    private async Task PrintAlike(string name, string line, Func<ToolSession, Task> run)
    {
        var server = await zooKeepers.Shared("3.8.4");
        // Side by side, since most of a tool's time is the start of its virtual machine.
        var printed = await Task.WhenAll(
            Printed(BrokerUnderTest.Kafka39, $"{server.Connect}/config-tools-{name}-of-kafka", run),
            Printed(BrokerUnderTest.KafkaWanted, $"{server.Connect}/config-tools-{name}-of-ours", run));
        Assert.Contains(line, printed[0]);
        Assert.Equal(string.Join('\n', printed[0]), string.Join('\n', printed[1]));
    }

    private static async Task<IReadOnlyList<string>> Printed(string? release, string connect, Func<ToolSession, Task> run)
    {
        var broker = new BrokerUnderTest(release, new Dictionary<string, string>
        {
            ["zookeeper.connect"] = connect,
            ["zookeeper.session.timeout.ms"] = $"{ZooKeepers.SessionTimeout.TotalMilliseconds}",
        });
        try
        {
            await broker.InitializeAsync();
            using (var admin = new Admin(broker.Port))
                await admin.CreateTopic(Topic, 1);
            var session = new ToolSession(broker, connect);
            await run(session);
            return session.Printed;
        }
        finally
        {
            await broker.DisposeAsync();
        }
    }
}
