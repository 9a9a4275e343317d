using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Tests.Simulation.WholeBroker.History;
using KafkaCompatBroker.Tests.Simulation.WholeBroker.Run;

namespace KafkaCompatBroker.Tests.Simulation.WholeBroker.Clients;

/// <summary>The partitions that a member of a group consumes, from what the group has committed on, and its commits.</summary>
/// <param name="connect">The member's connection to a broker.</param>
/// <param name="epochOf">The leader epoch that the member knows of.</param>
/// <param name="trouble">Told of what went wrong and may be mended.</param>
internal sealed class GroupConsumption(
    RunContext run, string group, Func<Peer, Task<KafkaConnection?>> connect, Func<TopicPartition, int> epochOf, Action<string> trouble)
{
    private readonly Dictionary<TopicPartition, long> positions = [];

    /// <summary>Begins where the group has committed, or at the first record. Null when no answer came.</summary>
    public async Task<KafkaError?> TakeUp(KafkaConnection connection, IReadOnlyList<TopicPartition> partitions)
    {
        positions.Clear();
        if (partitions.Count == 0)
            return KafkaError.None;
        var begun = run.Now;
        var request = OffsetsCall.FetchRequest(group, partitions);
        var response = await connection.Ask<OffsetFetchRequest, OffsetFetchResponse>(request, OffsetsCall.FetchVersion);
        if (response is null || response.ErrorCode != KafkaError.None)
            return response?.ErrorCode;
        foreach (var (partition, answer) in OffsetsCall.AnswersOf(response))
        {
            if (answer.ErrorCode != KafkaError.None)
                return answer.ErrorCode;
            if (run.IsCoordinator(group, connection.Broker, begun))
                HistoryOf(partition).Fetched(answer.CommittedOffset, connection.Life, begun);
            positions[partition] = Math.Max(0, answer.CommittedOffset);
        }
        return KafkaError.None;
    }

    /// <summary>Reads a little of each partition.</summary>
    public async Task Read(int partitionMaxBytes)
    {
        var byLeader = new SortedDictionary<int, (KafkaConnection Connection, Dictionary<TopicPartition, long> Positions)>();
        foreach (var (partition, position) in positions.ToList())
        {
            if (await connect(Peer.Leader(partition)) is not { } connection)
                return;
            byLeader.TryAdd(connection.Broker, (connection, []));
            byLeader[connection.Broker].Positions.Add(partition, position);
        }
        foreach (var (connection, led) in byLeader.Values)
            await Read(connection, led, partitionMaxBytes);
    }

    private async Task Read(KafkaConnection connection, Dictionary<TopicPartition, long> led, int partitionMaxBytes)
    {
        var begun = run.Now;
        var request = FetchCall.Request(led, maxWaitMs: 100, partitionMaxBytes, epochOf);
        if (await connection.Ask<FetchRequest, FetchResponse>(request, FetchCall.Version) is not { } response)
            return;
        foreach (var topic in response.Responses)
        {
            foreach (var answer in topic.Partitions)
                Take(new TopicPartition(topic.Topic, answer.PartitionIndex), answer, connection, begun);
        }
    }

    /// <summary>Commits all positions. The first error of a partition; null when no answer came.</summary>
    public async Task<KafkaError?> Commit(KafkaConnection connection, int generation, string memberId)
    {
        if (positions.Count == 0)
            return KafkaError.None;
        var newestGeneration = run.History.Groups.Newest(group, connection.Life);
        var begun = positions.ToDictionary(
            position => position.Key, position => HistoryOf(position.Key).Begin(position.Value, generation, connection.Life, run.Now));
        var request = OffsetsCall.CommitRequest(group, generation, memberId, positions);
        var response = await connection.Ask<OffsetCommitRequest, OffsetCommitResponse>(request, OffsetsCall.CommitVersion);
        foreach (var commit in begun.Values)
            commit.Ended = run.Now;
        if (response is null)
            return null;
        var first = KafkaError.None;
        foreach (var (partition, error) in OffsetsCall.AnswersOf(response))
        {
            begun[partition].IsAcknowledged = error == KafkaError.None;
            begun[partition].IsRefused = OffsetsCall.IsRefusal(error);
            if (error == KafkaError.None)
                GroupHistory.Committed(group, generation, newestGeneration);
            else
                first = error;
        }
        return first;
    }

    private CommitHistory HistoryOf(TopicPartition partition)
        => run.History.CommitsOf(group, partition, run.Settings.AreOffsetsDurable);

    private void Take(TopicPartition partition, FetchResponse.PartitionData answer, KafkaConnection connection, DateTimeOffset begun)
    {
        var life = connection.Life;
        var history = run.History.Of(partition);
        if (answer.ErrorCode == KafkaError.None)
        {
            foreach (var value in FetchCall.Values(partition, positions[partition], answer))
                history.Read(life, positions[partition]++, value);
        }
        else if (answer.ErrorCode == KafkaError.OffsetOutOfRange && !history.IsDurable && life > 0)
        {
            positions[partition] = 0;
        }
        else if (!ClientErrors.IsTransient(answer.ErrorCode) && run.IsLeader(partition, connection.Broker, begun))
        {
            throw new Violation($"{group} was refused with {answer.ErrorCode} at {partition} offset {positions[partition]}");
        }
        else
        {
            trouble($"Fetch {partition}: {answer.ErrorCode}");
        }
    }
}
