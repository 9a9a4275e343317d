using KafkaCompatBroker.Kernel.Model;
using KafkaCompatBroker.Protocol.Messages;

namespace KafkaCompatBroker.CompatTests.Differential;

/// <summary>A real Kafka 3.9 beside the broker under test.</summary>
public sealed class Kafka39AndOurs() : TwoBrokers(BrokerUnderTest.Kafka39);

/// <summary>A real Kafka 4.3 beside the broker under test.</summary>
public sealed class Kafka43AndOurs() : TwoBrokers("4.3");

/// <summary>
/// A real Kafka and the broker under test, both fresh and with the same topics. Started by the first test that needs them.
/// </summary>
public abstract class TwoBrokers(string release) : IAsyncLifetime
{
    /// <summary>
    /// Rolling is given under another name than the topics' settings that follow from it have. Nobody is killed here, so that a session may
    /// live through any stop of a busy machine. Both look every second for what retention lets go, so that a script which lets go what
    /// others read is found in every run, and not in one of many.
    /// </summary>
    private static readonly Dictionary<string, string> Overrides
        = new()
        {
            ["log.roll.hours"] = "100", ["zookeeper.session.timeout.ms"] = "60000", ["log.retention.check.interval.ms"] = "1000",
        };

    private readonly BrokerUnderTest kafka = new(release, Overrides);
    private readonly BrokerUnderTest ours = new(BrokerUnderTest.IsKafkaWanted ? release : null, Overrides);
    private Task? started;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        if (started is null)
            return;
        await kafka.DisposeAsync();
        await ours.DisposeAsync();
    }

    /// <summary>Runs a script on each and compares what each answered.</summary>
    internal async Task AnswerAlike(Action<Conversation> script)
    {
        await (started ??= Start());
        var wanted = Run("Kafka", kafka, script);
        var got = Run("ours", ours, script);
        Assert.NotEmpty(wanted.Steps);
        var expected = ExpectedDifferences.Load(release);
        var differences = Transcript.Compare(wanted, got).Where(
            difference => BrokerUnderTest.IsKafkaWanted || !expected.Covers(difference)).ToArray();
        Assert.True(differences.Length == 0, $"step | field | Kafka | ours\n{string.Join('\n', differences.AsEnumerable())}");
    }

    private static Transcript Run(string who, BrokerUnderTest broker, Action<Conversation> script)
    {
        using var conversation = new Conversation(broker.Port);
        try
        {
            script(conversation);
            return conversation.Transcript;
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"{who} {e.Message}, after {conversation.Transcript}", e);
        }
    }

    private async Task Start()
    {
        foreach (var broker in (BrokerUnderTest[])[kafka, ours])
        {
            await broker.InitializeAsync();
            using var admin = new Admin(broker.Port);
            await admin.CreateTopic(Topics.One, 1);
            await admin.CreateTopic(Topics.Twelve, 12);
            await admin.CreateTopic(Topics.Filled, 1);
            await admin.CreateTopic(Topics.ForZstd, 1);
            // The first of these makes __consumer_offsets, the second has Kafka fetch its first producer ids.
            await admin.Committed("warm-up", Topics.One, 1);
            using var conversation = new Conversation(broker.Port);
            await Admin.Until(
                "there are producer ids",
                () => conversation.Ask("warm-up", 0, new InitProducerIdRequest { TransactionalId = null })!.ErrorCode == KafkaError.None);
            Topics.Fill(conversation);
        }
    }
}
