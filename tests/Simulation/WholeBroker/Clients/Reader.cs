using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Tests.Simulation.WholeBroker.History;
using KafkaCompatBroker.Tests.Simulation.WholeBroker.Run;

namespace KafkaCompatBroker.Tests.Simulation.WholeBroker.Clients;

/// <summary>
/// A consumer without a group that reads a topic from its first record on while it is written, waiting at its end as consumers do, in a
/// fetch session or without one. What it reads must be next, must have been sent, and must be what others saw there.
/// </summary>
internal sealed class Reader : KafkaClient, ITopicUser
{
    private readonly Dictionary<TopicPartition, long> positions;
    private readonly Dictionary<int, FetchSessionState>? sessions;
    private Dictionary<TopicPartition, long> goals = [];

    public Reader(RunContext run, string name, TopicSetup topic)
        : base(run, name)
    {
        Topic = topic;
        positions = topic.Partitions.ToDictionary(partition => partition, _ => 0L);
        sessions = Random.Next(2) == 0 ? [] : null;
    }

    public TopicSetup Topic { get; }

    /// <summary>It has to reach what is known to be there now.</summary>
    public override void MustProgress()
    {
        base.MustProgress();
        goals = positions.Keys.ToDictionary(
            partition => partition, partition => Context.History.Of(partition).EndFloor(Context.History.Life));
    }

    public override async Task Run()
    {
        while (!Context.IsStopping)
        {
            await Pause(100);
            await Fetch();
            if (positions.All(position => position.Value >= goals.GetValueOrDefault(position.Key)))
                Progress();
        }
    }

    private async Task Fetch()
    {
        var byLeader = new SortedDictionary<int, List<TopicPartition>>();
        foreach (var partition in positions.Keys)
        {
            if (await Connect(Peer.Leader(partition)) is not { } connection)
                return;
            if (!byLeader.TryGetValue(connection.Broker, out var led))
                byLeader.Add(connection.Broker, led = []);
            led.Add(partition);
        }
        foreach (var led in byLeader.Values)
            await Fetch(led);
    }

    /// <summary>Asks one leader.</summary>
    private async Task Fetch(List<TopicPartition> led)
    {
        if (await Connect(Peer.Leader(led[0])) is not { } connection)
            return;
        var asked = led.ToDictionary(partition => partition, partition => positions[partition]);
        var session = SessionWith(connection.Broker, led);
        var request = FetchCall.Request(session?.ToTell(asked) ?? [.. asked], Random.Next(700), Random.Next(100, 4000), EpochOf);
        session?.Sign(request);
        var begun = Context.Now;
        var floors = asked.ToDictionary(position => position.Key, position => Context.History.Of(position.Key).EndFloor(Life));
        var response = await connection.Ask<FetchRequest, FetchResponse>(request, FetchCall.Version);
        if (response is null || response.ErrorCode != KafkaError.None)
        {
            session?.Restart();
            if (response is not null)
            {
                NoteSessionError(response.ErrorCode, isInSession: session is not null);
                return;
            }
            Trouble("no answer to Fetch");
            Disconnect(connection);
            await Pause(100);
            return;
        }
        session?.Answered(response, asked);
        foreach (var answer in response.Responses.SelectMany(answers => answers.Partitions))
            Take(new TopicPartition(Topic.Name, answer.PartitionIndex), answer, floors, connection.Broker, begun);
    }

    /// <summary>The session with a broker, begun anew where it leads others than before; null for a reader without sessions.</summary>
    private FetchSessionState? SessionWith(int broker, List<TopicPartition> led)
    {
        if (sessions is null)
            return null;
        if (!sessions.TryGetValue(broker, out var session))
            sessions.Add(broker, session = new FetchSessionState(EpochOf));
        if (!session.IsOf(led))
            session.Restart();
        return session;
    }

    private void NoteSessionError(KafkaError error, bool isInSession)
    {
        Trouble($"Fetch: {error}");
        // A broker that has started anew knows no sessions, and drops old ones for new ones.
        if (!isInSession || error is not (KafkaError.FetchSessionIdNotFound or KafkaError.InvalidFetchSessionEpoch))
            throw new Violation($"{Name} was refused with {error} by Fetch");
    }

    private void Take(
        TopicPartition partition, FetchResponse.PartitionData answer, Dictionary<TopicPartition, long> floors, int broker,
        DateTimeOffset begun)
    {
        var history = Context.History.Of(partition);
        switch (answer.ErrorCode)
        {
            case KafkaError.None:
                if (Context.IsEndKnown(partition, begun))
                    history.SawEnd(Life, answer.HighWatermark, floors[partition]);
                foreach (var value in FetchCall.Values(partition, positions[partition], answer))
                    history.Read(Life, positions[partition]++, value);
                break;
            // The log is shorter than it was.
            case KafkaError.OffsetOutOfRange when !history.IsDurable && Life > 0:
                positions[partition] = 0;
                break;
            case var error when ClientErrors.IsTransient(error) || !Context.IsLeader(partition, broker, begun):
                Trouble($"Fetch {partition}: {error}");
                break;
            default:
                throw new Violation($"{Name} was refused with {answer.ErrorCode} at {partition} offset {positions[partition]}");
        }
    }
}
