using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Tests.Simulation.WholeBroker.History;
using KafkaCompatBroker.Tests.Simulation.WholeBroker.Run;

namespace KafkaCompatBroker.Tests.Simulation.WholeBroker.Clients;

/// <summary>
/// A consumer without a group that reads a topic from its first record on while it is written, waiting at its end as consumers do. What it
/// reads must be next, must have been sent, and must be what others saw there.
/// </summary>
internal sealed class Reader(RunContext run, string name, TopicSetup topic) : KafkaClient(run, name), ITopicUser
{
    private readonly Dictionary<TopicPartition, long> positions = topic.Partitions.ToDictionary(partition => partition, _ => 0L);

    public TopicSetup Topic => topic;

    public override async Task Run()
    {
        while (!Context.IsStopping)
        {
            await Pause(100);
            await Fetch();
        }
    }

    private async Task Fetch()
    {
        var asked = positions.ToList();
        var request = FetchCall.Request(asked, Random.Next(700), Random.Next(100, 4000));
        if (await Connect() is null)
            return;
        var floors = asked.ToDictionary(position => position.Key, position => Context.History.Of(position.Key).EndFloor(Life));
        var response = await Ask<FetchRequest, FetchResponse>(request, FetchCall.Version);
        if (response is null)
            return;
        foreach (var answer in response.Responses.SelectMany(answers => answers.Partitions))
            Take(new TopicPartition(topic.Name, answer.PartitionIndex), answer, floors);
    }

    private void Take(TopicPartition partition, FetchResponse.PartitionData answer, Dictionary<TopicPartition, long> floors)
    {
        var history = Context.History.Of(partition);
        switch (answer.ErrorCode)
        {
            case KafkaError.None:
                history.SawEnd(Life, answer.HighWatermark, floors[partition]);
                foreach (var value in FetchCall.Values(partition, positions[partition], answer))
                    history.Read(Life, positions[partition]++, value);
                Progress();
                break;
            // The log is shorter than it was.
            case KafkaError.OffsetOutOfRange when !history.IsDurable && Life > 0:
                positions[partition] = 0;
                break;
            case var error when ClientErrors.IsTransient(error):
                Trouble($"Fetch {partition}: {error}");
                break;
            default:
                throw new Violation($"{Name} was refused with {answer.ErrorCode} at {partition} offset {positions[partition]}");
        }
    }
}
