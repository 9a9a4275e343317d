namespace KafkaCompatBroker.CompatTests.Java;

public sealed class JavaClientTest(BrokerUnderTest broker) : IClassFixture<BrokerUnderTest>
{
    [NeedsTheory(Need.Java)]
    [InlineData("clients-0.11.0.3", 1)]
    [InlineData("clients-0.11.0.3", 12)]
    [InlineData("clients-2.0.1", 1)]
    [InlineData("clients-2.0.1", 12)]
    [InlineData("3.9", 1)]
    [InlineData("3.9", 12)]
    [InlineData("4.3", 1)]
    [InlineData("4.3", 12)]
    public async Task Records_of_every_codec_come_back_after_a_restart(string clients, int partitions)
        => await Scenarios.RecordsComeBackAfterRestart(broker, await JavaDriver.Compile(clients), $"java-{clients}", partitions);

    [NeedsTheory(Need.Java)]
    [InlineData("clients-0.11.0.3")]
    [InlineData("clients-2.0.1")]
    [InlineData("3.9")]
    [InlineData("4.3")]
    public async Task A_group_misses_nothing_when_one_member_leaves_one_is_killed_and_the_broker_is_killed(string clients)
        => await Scenarios.GroupMissesNothing(broker, await JavaDriver.Compile(clients), $"java-{clients}");
}
