using KafkaCompatBroker.CompatTests.Java;

namespace KafkaCompatBroker.CompatTests.Durability;

/// <summary>
/// What a broker is at when it is killed: a topic of its own, a writer that goes on through all kills, and a moment to kill at.
/// </summary>
internal abstract class KilledWork : IDisposable
{
    /// <summary>Makes the topic and starts the writer.</summary>
    public abstract Task Start();

    /// <summary>Ends once the broker is in the middle of the work.</summary>
    /// <param name="kill">How many kills there were before.</param>
    public abstract Task AwaitMoment(int kill);

    /// <summary>What the disk says that the killed broker was at; empty where it says nothing.</summary>
    public virtual IEnumerable<string> Interrupted() => [];

    /// <summary>Ends the writer; fails unless everything that was acknowledged is there as it must be.</summary>
    public abstract Task FinishAndVerify();

    public abstract void Dispose();
}

/// <summary>An idempotent producer of Java writes on: each record that it was told of must be there, once, in order.</summary>
internal class KilledProduce(BrokerUnderTest broker, JavaDriver driver, string topic) : KilledWork
{
    protected const int Partitions = 4;
    /// <summary>Acknowledgements between two kills, so that each kill meets a producer at work.</summary>
    private const int AcknowledgedBetweenKills = 500;

    private Tool? producer;

    protected BrokerUnderTest Broker => broker;

    protected string Topic => topic;

    /// <summary>The topic's settings.</summary>
    protected virtual (string Name, string Value)[] Settings => [];

    public override async Task Start()
    {
        using (var talk = new Differential.Conversation(broker.Port))
            Differential.Topics.Make(talk, topic, Partitions, Settings);
        producer = driver.ProduceUntilTold(broker.BootstrapServers, topic, Partitions).Start();
        await AwaitAcknowledged(1);
    }

    public override Task AwaitMoment(int kill) => AwaitAcknowledged(AcknowledgedBetweenKills);

    public override async Task FinishAndVerify()
    {
        await AwaitAcknowledged(AcknowledgedBetweenKills);
        var sent = await Acknowledged.AllOnceAndInOrder(producer!, Partitions);
        await driver.Verify(broker.BootstrapServers, new Dictionary<string, string> { ["none"] = topic }, Partitions, sent).Run();
    }

    public override void Dispose() => producer?.Dispose();

    /// <summary>Waits until so many more records are acknowledged.</summary>
    protected Task AwaitAcknowledged(int count) => Acknowledged.Await(producer!, producer!.Lines.Count + count);
}
