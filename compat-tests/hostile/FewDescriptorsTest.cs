using KafkaCompatBroker.CompatTests.Differential;
using KafkaCompatBroker.Kernel.Model;
using KafkaCompatBroker.Protocol.Messages;

namespace KafkaCompatBroker.CompatTests.Hostile;

/// <summary>A broker that may have 1,024 files and sockets open, and somebody who wants more of them.</summary>
public sealed class FewDescriptorsTest(FewDescriptorsTest.Broker broker) : IClassFixture<FewDescriptorsTest.Broker>
{
    private const int Descriptors = 1024;

    public sealed class Broker : BrokerUnderTest
    {
        public Broker()
            : base(null, [])
            => FileDescriptors = Descriptors;
    }

    [Fact]
    public async Task A_creation_beyond_them_is_refused_and_one_of_five_hundred_partitions_is_served_and_found_again()
    {
        using (var talk = new Conversation(broker.Port))
        {
            var refused = Create(talk, "too-wide", 2_000);
            Assert.Equal(KafkaError.PolicyViolation, refused.ErrorCode);
            Assert.Contains("nofile", refused.ErrorMessage, StringComparison.Ordinal);
            Assert.Equal(KafkaError.None, Create(talk, "wide", 500).ErrorCode);
            Assert.Equal(KafkaError.PolicyViolation, Create(talk, "wide-again", 500).ErrorCode);
        }
        await broker.KillAndStart();
        using var again = new Conversation(broker.Port);
        foreach (var partition in Enumerable.Range(0, 500))
            Assert.Equal(KafkaError.None, Produce(again, "wide", partition));
        CheckLog();
    }

    [Fact]
    public async Task Who_is_connected_is_served_while_others_take_all_that_are_left_and_the_next_when_they_have_gone()
    {
        using var talk = new Conversation(broker.Port);
        Assert.Equal(KafkaError.None, Create(talk, "served", 1).ErrorCode);
        using var stop = new CancellationTokenSource();
        var attack = FrameAttacks.Idle(Descriptors + 200, broker.Port, stop.Token);
        await Admin.Until("no connection is accepted any more", async () => !await Probe.IsServing(broker.Port));
        for (var asked = 0; asked < 20; asked++)
            Assert.Equal(KafkaError.None, Produce(talk, "served", 0));
        await stop.CancelAsync();
        await attack;
        await Admin.Until("connections are accepted again", () => Probe.IsServing(broker.Port));
        CheckLog();
    }

    private static CreateTopicsResponse.CreatableTopicResult Create(Conversation talk, string topic, int partitions)
        => talk.Ask("create", 4, new CreateTopicsRequest
        {
            Topics = [new() { Name = topic, NumPartitions = partitions, ReplicationFactor = 1 }],
        })!.Topics[0];

    private static KafkaError Produce(Conversation talk, string topic, int partition)
        => talk.Ask("produce", 7, Topics.ProduceTo(topic, Topics.Batch(), partition))!.Responses[0].PartitionResponses[0].ErrorCode;

    private void CheckLog()
        => Assert.DoesNotContain("ERROR", broker.LogText, StringComparison.Ordinal);
}
