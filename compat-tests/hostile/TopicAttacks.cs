using KafkaCompatBroker.CompatTests.Differential;
using KafkaCompatBroker.Kernel.Model;
using KafkaCompatBroker.Protocol.Messages;

namespace KafkaCompatBroker.CompatTests.Hostile;

/// <summary>Topics that are created because somebody asks for them, and topics that are wide.</summary>
internal static class TopicAttacks
{
    private const string WideTopic = "wide";
    private const int NamesPerRequest = 2_000;
    private static readonly TimeSpan CreationPatience = TimeSpan.FromMinutes(5);

    private static int WidePartitions => HostileTest.Given("HOSTILE_PARTITIONS", 1_000);

    /// <summary>Four connections, each asking for thousands of names that nobody had before.</summary>
    public static Task NamesWithoutEnd(int port, CancellationToken stop)
    {
        var number = 0;
        return Attacker.Crowd(4, port, stop, attacker => attacker.AskAgainAndAgain(NewNames, stop));

        byte[] NewNames() => Attacker.Frame(4, new MetadataRequest
        {
            Topics =
            [
                .. Enumerable.Range(0, NamesPerRequest).Select(
                    _ => new MetadataRequest.MetadataRequestTopic { Name = $"asked-for-{Interlocked.Increment(ref number)}" }),
            ],
            AllowAutoTopicCreation = true,
        });
    }

    /// <summary>A topic of thousands of partitions, described to many again and again.</summary>
    public static Task MetadataOfManyPartitions(int port, CancellationToken stop)
    {
        var frame = Attacker.Frame(4, new MetadataRequest { Topics = [new() { Name = WideTopic }] });
        return Attacker.Crowd(50, port, stop, attacker => attacker.AskAgainAndAgain(() => frame, stop));
    }

    public static void CreateWideTopic(int port)
    {
        using var talk = new Conversation(port);
        var create = new CreateTopicsRequest
        {
            Topics = [new() { Name = WideTopic, NumPartitions = WidePartitions, ReplicationFactor = 1 }],
            TimeoutMs = (int)CreationPatience.TotalMilliseconds,
        };
        var created = talk.Ask("create", 4, create, CreationPatience);
        Assert.True(created?.Topics[0].ErrorCode is KafkaError.None or KafkaError.TopicAlreadyExists);
    }
}
