using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Tests.Simulation.WholeBroker.History;
using KafkaCompatBroker.Tests.Simulation.WholeBroker.Run;

namespace KafkaCompatBroker.Tests.Simulation.WholeBroker.Clients;

/// <summary>
/// Makes a topic, writes and reads it, deletes it and makes it again under the same name: each time it is empty, has another id, and holds
/// only what was written to it under that id.
/// </summary>
internal sealed class TopicChurner(RunContext run, string name) : TopicClient(run, name)
{
    private const int AttemptsMax = 20;

    private int incarnation;

    public override async Task Run()
    {
        while (!Context.IsStopping)
        {
            var partitionCount = Random.Next(1, 3);
            if (await Create(Name, partitionCount, isDurable: true) is not { } id)
                return;
            incarnation++;
            var partition = new TopicPartition(Name, Random.Next(partitionCount));
            var values = new List<string>();
            var isWritten = true;
            for (var batches = Random.Next(4); batches > 0 && isWritten && !Context.IsStopping; batches--)
            {
                await Pause(300);
                isWritten = await Produce(partition, id, values);
            }
            if (isWritten && values.Count > 0)
                await Read(partition, values);
            await Pause(1500);
            if (Context.IsStopping)
                return;
            await Delete(Name);
            Progress();
        }
    }

    /// <summary>
    /// Sends one record, until the broker says where it is: the next one after those that are there. False when it is given up, as on a log
    /// dir that has failed.
    /// </summary>
    private async Task<bool> Produce(TopicPartition partition, TopicId id, List<string> values)
    {
        var value = $"{Name}@{incarnation}.{values.Count}";
        var version = Random.Next(2) == 0 ? ProduceCall.Version : ProduceCall.VersionById;
        for (var attempts = 1; attempts <= AttemptsMax && !Context.IsStopping; attempts++)
        {
            var request = ProduceCall.Request(
                partition, id, -1, [value], Context.Now.ToUnixTimeMilliseconds(), ProducerIdAndEpoch.None, -1);
            var response = await Ask<ProduceRequest, ProduceResponse>(Peer.Leader(partition), request, version);
            if (response is not null && ProduceCall.AnswerOf(response) is var answer)
            {
                if (answer.ErrorCode == KafkaError.None)
                {
                    var first = values.Count;
                    if (answer.BaseOffset < first || answer.BaseOffset >= first + attempts)
                        throw new Violation(
                            $"{partition} {id} gave offset {answer.BaseOffset} to its record {first}, which was sent {attempts} times");
                    // Tries that were not answered may have put it there before.
                    while (values.Count <= answer.BaseOffset)
                        values.Add(value);
                    return true;
                }
                Trouble($"Produce {partition}: {answer.ErrorCode}");
                if (!ClientErrors.IsTransient(answer.ErrorCode))
                    throw new Violation($"{Name} was refused with {answer.ErrorCode} in {partition}");
            }
            await Pause(300);
        }
        return false;
    }

    private async Task Read(TopicPartition partition, List<string> values)
    {
        var request = FetchCall.Request([KeyValuePair.Create(partition, 0L)], maxWaitMs: 0, partitionMaxBytes: 1 << 20);
        var response = await Ask<FetchRequest, FetchResponse>(Peer.Leader(partition), request, FetchCall.Version);
        if (response is null || response.Responses is not [{ Partitions: [{ ErrorCode: KafkaError.None } answer] }])
            return;
        var read = FetchCall.Values(partition, 0, answer);
        // Reads end with a segment; a new leader shows a record once its followers have told it that they have it.
        if (read.Count == 0 && !Context.IsReplicated || !read.SequenceEqual(values.Take(read.Count)))
            throw new Violation($"{partition} holds [{string.Join(", ", read)}], having been sent [{string.Join(", ", values)}]");
    }
}
