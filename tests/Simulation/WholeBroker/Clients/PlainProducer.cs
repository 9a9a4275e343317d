using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Tests.Simulation.WholeBroker.History;
using KafkaCompatBroker.Tests.Simulation.WholeBroker.Run;

namespace KafkaCompatBroker.Tests.Simulation.WholeBroker.Clients;

/// <summary>
/// A producer without idempotence, with acks=1 or acks=all and one request in flight. When it does not know what became of a batch it sends
/// it again a few times, which may put it there twice, or gives it up. On a cluster it never does: a leader that was cut off for long may
/// take what was given up behind what was sent after it.
/// </summary>
internal sealed class PlainProducer(RunContext run, string name, TopicSetup topic, short acks) : KafkaClient(run, name), ITopicUser
{
    private const int AttemptsMax = 4;

    private int number;

    public TopicSetup Topic => topic;

    public override async Task Run()
    {
        while (!Context.IsStopping)
        {
            await Pause(250);
            await Send(new TopicPartition(topic.Name, Random.Next(topic.PartitionCount)));
        }
    }

    private async Task Send(TopicPartition partition)
    {
        var history = Context.History.Of(partition);
        var records = Enumerable.Range(0, Random.Next(1, 4)).Select(
            _ => history.Send(Name, NextValue(), isIdempotent: false)).ToList();
        for (var attempt = 0; (attempt < AttemptsMax || Context.IsReplicated) && !Context.IsStopping; attempt++)
        {
            records.ForEach(record => record.Sending(Context.History.Life, Context.Now));
            var request = ProduceCall.Request(
                partition, TopicId.Zero, acks, records.Select(record => record.Value), Context.Now.ToUnixTimeMilliseconds(),
                ProducerIdAndEpoch.None, -1);
            var response = await Ask<ProduceRequest, ProduceResponse>(Peer.Leader(partition), request, ProduceCall.Version);
            if (response is not null && IsDone(response, history, records))
                return;
            // Some clients leave it at that.
            if (Random.Next(4) == 0 && !Context.IsReplicated)
                return;
            await Pause(200);
        }
    }

    private string NextValue() => Values.Next(Name, number++, Random, Context.Settings.LargestValueLength);

    private bool IsDone(ProduceResponse response, PartitionHistory history, List<SentRecord> records)
    {
        var answer = ProduceCall.AnswerOf(response);
        if (answer.ErrorCode == KafkaError.None)
        {
            history.Acknowledged(Life, answer.BaseOffset, records);
            Progress();
            return true;
        }
        Trouble($"Produce {history.Name}: {answer.ErrorCode}");
        if (!ClientErrors.IsTransient(answer.ErrorCode))
            throw new Violation($"{Name} was refused with {answer.ErrorCode} in {history.Name}");
        return false;
    }
}
