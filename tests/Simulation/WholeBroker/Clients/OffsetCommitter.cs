using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Tests.Simulation.WholeBroker.History;
using KafkaCompatBroker.Tests.Simulation.WholeBroker.Run;

namespace KafkaCompatBroker.Tests.Simulation.WholeBroker.Clients;

/// <summary>Commits rising offsets outside the group protocol, as tools and simple consumers do, and fetches them in between.</summary>
internal sealed class OffsetCommitter(RunContext run, string name, TopicPartition partition) : KafkaClient(run, name)
{
    private long offset;

    private CommitHistory History => Context.History.CommitsOf(Name, partition, Context.Settings.AreOffsetsDurable);

    public override async Task Run()
    {
        while (!Context.IsStopping)
        {
            await Pause(300);
            if (await FindCoordinator())
                await (Random.Next(3) == 0 ? Fetch() : Commit());
        }
    }

    private async Task<bool> FindCoordinator()
    {
        return await FindCoordinator(Name) is { } error && IsFine("FindCoordinator", error);
    }

    private async Task Commit()
    {
        if (await Connect(Peer.Coordinator(Name)) is not { } connection)
            return;
        var commit = History.Begin(++offset, generation: -1, connection.Life, Context.Now);
        var request = OffsetsCall.CommitRequest(Name, -1, "", [KeyValuePair.Create(partition, offset)]);
        var response = await Ask<OffsetCommitRequest, OffsetCommitResponse>(
            Peer.Coordinator(Name), request, OffsetsCall.CommitVersion);
        commit.Ended = Context.Now;
        if (response is null)
            return;
        var error = OffsetsCall.AnswersOf(response).Single().Error;
        (commit.IsAcknowledged, commit.IsRefused) = (error == KafkaError.None, OffsetsCall.IsRefusal(error));
        if (IsFine("OffsetCommit", error))
            Progress();
    }

    private async Task Fetch()
    {
        if (await Connect(Peer.Coordinator(Name)) is not { } connection)
            return;
        var begun = Context.Now;
        var response = await Ask<OffsetFetchRequest, OffsetFetchResponse>(
            Peer.Coordinator(Name), OffsetsCall.FetchRequest(Name, [partition]), OffsetsCall.FetchVersion);
        if (response is null || !IsFine("OffsetFetch", response.ErrorCode))
            return;
        var answer = OffsetsCall.AnswersOf(response).Single().Answer;
        if (IsFine("OffsetFetch", answer.ErrorCode) && Context.IsCoordinator(Name, connection.Broker, begun))
            History.Fetched(answer.CommittedOffset, connection.Life, begun);
    }

    private bool IsFine(string call, KafkaError error)
    {
        if (error == KafkaError.None)
            return true;
        Trouble($"{call}: {error}");
        return ClientErrors.IsTransient(error) ? false : throw new Violation($"{Name} was refused with {error} by {call}");
    }
}
