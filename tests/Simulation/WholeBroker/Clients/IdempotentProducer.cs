using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Tests.Simulation.WholeBroker.History;
using KafkaCompatBroker.Tests.Simulation.WholeBroker.Run;

namespace KafkaCompatBroker.Tests.Simulation.WholeBroker.Clients;

/// <summary>
/// An idempotent producer with up to five batches in flight for a partition, sent one behind the other without waiting. A batch whose
/// outcome is not known is sent again with the sequence it had; a batch that expires, or an answer that cannot be mended, makes it take a
/// new producer id and leave what was in flight as it may be. KIP-98, KIP-360.
/// </summary>
internal sealed class IdempotentProducer(RunContext run, string name, TopicSetup topic) : KafkaClient(run, name), ITopicUser
{
    private const int InFlightMax = 5;
    private static readonly TimeSpan DeliveryTimeout = TimeSpan.FromSeconds(25);

    private readonly List<Batch> inFlight = [];
    private readonly Dictionary<TopicPartition, int> nextSequences = [];
    private ProducerIdAndEpoch producer = ProducerIdAndEpoch.None;
    private int lifeOfProducer;
    private int number;

    public TopicSetup Topic => topic;

    /// <summary>
    /// Whose order is held. What was left in flight under one producer id may come behind what is sent under the next, when a leader of a
    /// cluster was cut off meanwhile.
    /// </summary>
    private string SenderName => Context.IsReplicated ? $"{Name}@{producer.ProducerId}" : Name;

    public override async Task Run()
    {
        while (!Context.IsStopping)
        {
            await Pause(300);
            if (producer.IsNone && !await Initialize())
                continue;
            if (inFlight.Count == 0)
                AddBatches();
            await SendAll();
            if (inFlight.Exists(batch => Context.Now - batch.Made > DeliveryTimeout))
                StartOver("a batch has expired");
        }
    }

    private async Task<bool> Initialize()
    {
        var request = new InitProducerIdRequest { TransactionalId = null, ProducerEpoch = -1 };
        var response = await Ask<InitProducerIdRequest, InitProducerIdResponse>(Peer.Any, request, 4);
        if (response is null)
            return false;
        if (response.ErrorCode != KafkaError.None)
        {
            Trouble($"InitProducerId: {response.ErrorCode}");
            return ClientErrors.IsTransient(response.ErrorCode) ? false : throw new Violation($"InitProducerId: {response.ErrorCode}");
        }
        producer = new ProducerIdAndEpoch(response.ProducerId, response.ProducerEpoch);
        Context.History.GivenProducerId(producer.ProducerId);
        lifeOfProducer = Context.History.Life;
        nextSequences.Clear();
        return true;
    }

    private void AddBatches()
    {
        var partition = new TopicPartition(topic.Name, Random.Next(topic.PartitionCount));
        for (var count = Random.Next(1, InFlightMax + 1); count > 0; count--)
        {
            if (Random.Next(4) == 0)
                partition = new TopicPartition(topic.Name, Random.Next(topic.PartitionCount));
            var records = Enumerable.Range(0, Random.Next(1, 4)).Select(_ => Context.History.Of(partition).Send(
                SenderName, Values.Next(Name, number++, Random, Context.Settings.LargestValueLength), isIdempotent: true)).ToList();
            var sequence = nextSequences.GetValueOrDefault(partition);
            nextSequences[partition] = sequence + records.Count;
            inFlight.Add(new Batch(partition, sequence, records, Context.Now, Context.Starts));
        }
    }

    private async Task SendAll()
    {
        var sent = new List<(Batch Batch, KafkaConnection Connection, Task<ProduceResponse?> Answer)>();
        foreach (var batch in ToSend())
        {
            if (await Connect(Peer.Leader(batch.Partition)) is not { } connection)
                break;
            // Behind one that went to another broker it would be taken for a producer's first.
            if (sent.Exists(one => one.Batch.Partition == batch.Partition && one.Connection != connection))
                continue;
            batch.WasSent = true;
            batch.Records.ForEach(record => record.Sending(Context.History.Life, Context.Now));
            sent.Add((batch, connection, connection.Ask<ProduceRequest, ProduceResponse>(
                ProduceCall.Request(
                    batch.Partition, TopicId.Zero, -1, batch.Records.Select(record => record.Value),
                    batch.Made.ToUnixTimeMilliseconds(), producer, batch.Sequence), ProduceCall.Version)));
        }
        var doubt = "";
        foreach (var (batch, connection, answer) in sent)
        {
            if (await answer is not { } response)
            {
                Trouble("no answer to Produce");
                Disconnect(connection);
            }
            else if (doubt.Length == 0)
            {
                doubt = Take(batch, ProduceCall.AnswerOf(response), connection.Life);
            }
        }
        if (doubt.Length > 0)
            StartOver(doubt);
    }

    /// <summary>
    /// Those in flight. On a cluster, where the leader may be another one by now, the first of a partition comes alone when it is sent
    /// again, as with Kafka's own producer: a leader that has nothing of the producer takes any sequence.
    /// </summary>
    private List<Batch> ToSend()
        => [.. inFlight.Where(batch => !Context.IsReplicated || inFlight.First(first => first.Partition == batch.Partition) is var first
            && (first == batch || !first.WasSent))];

    /// <summary>Why the producer has to start over; empty when it need not.</summary>
    private string Take(Batch batch, ProduceResponse.PartitionProduceResponse answer, int life)
    {
        var history = Context.History.Of(batch.Partition);
        switch (answer.ErrorCode)
        {
            case KafkaError.None:
                inFlight.Remove(batch);
                history.Acknowledged(life, answer.BaseOffset, batch.Records);
                Progress();
                return "";
            case KafkaError.DuplicateSequenceNumber:
                inFlight.Remove(batch);
                return "";
            // One before it was not taken: both are sent again.
            case KafkaError.OutOfOrderSequenceNumber when inFlight.First(other => other.Partition == batch.Partition) != batch:
                return "";
            // Only a log that has lost records may have forgotten what the producer remembers.
            case KafkaError.OutOfOrderSequenceNumber or KafkaError.UnknownProducerId
                when !history.IsDurable && Context.History.Life > lifeOfProducer || MayBeForgotten(batch):
                return $"{batch.Partition}: {answer.ErrorCode}";
            case var error when ClientErrors.IsTransient(error):
                Trouble($"Produce {batch.Partition}: {error}");
                return "";
            default:
                throw new Violation($"{Name} was refused with {answer.ErrorCode} in {batch.Partition} at sequence {batch.Sequence} "
                    + $"of producer {producer}, whose life is {lifeOfProducer} of {life}");
        }
    }

    /// <summary>
    /// As in Kafka, what is kept of a producer over a start is its last batch: of those that were under way when the broker ended, the
    /// earlier ones may not be recognised when they come again, though the last one was.
    /// </summary>
    private bool MayBeForgotten(Batch batch)
        => batch.FirstStart < Context.Starts && nextSequences[batch.Partition] > batch.Sequence + batch.Records.Count;

    private void StartOver(string reason)
    {
        Trouble($"takes a new producer id: {reason}");
        inFlight.Clear();
        producer = ProducerIdAndEpoch.None;
    }

    /// <param name="FirstStart">Which start of the broker it was made under.</param>
    private sealed record Batch(
        TopicPartition Partition, int Sequence, List<SentRecord> Records, DateTimeOffset Made, int FirstStart)
    {
        public bool WasSent { get; set; }
    }
}
