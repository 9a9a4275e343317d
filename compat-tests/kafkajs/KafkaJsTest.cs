namespace KafkaCompatBroker.CompatTests.KafkaJs;

public sealed class KafkaJsTest(BrokerUnderTest broker) : IClassFixture<BrokerUnderTest>
{
    [NeedsTheory(Need.KafkaJs)]
    [InlineData(1)]
    [InlineData(12)]
    public async Task Records_of_every_codec_come_back_after_a_restart(int partitions)
        => await Scenarios.RecordsComeBackAfterRestart(broker, new KafkaJsDriver(), "kafkajs", partitions);

    [NeedsFact(Need.KafkaJs)]
    public async Task A_group_misses_nothing_when_one_member_leaves_one_is_killed_and_the_broker_is_killed()
        => await Scenarios.GroupMissesNothing(broker, new KafkaJsDriver(), "kafkajs");
}
