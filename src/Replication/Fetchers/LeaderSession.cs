using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Replication.Following;

namespace KafkaCompatBroker.Replication.Fetchers;

/// <summary>
/// A fetcher's side of its fetch session with a leader: what the leader remembers of the partitions, so that a request names only what has
/// changed. Where the leader has no session to give, each request names all. KIP-227. Touched only on the fetcher's loop.
/// </summary>
internal sealed class LeaderSession
{
    private const int NoSession = 0, InitialEpoch = 0;

    private readonly Dictionary<TopicPartition, SentPartition> sent = [];
    private bool usesTopicIds;

    public int Id { get; private set; }
    /// <summary>0 begins a session; what is counted from there continues it.</summary>
    public int Epoch { get; private set; }

    /// <summary>Puts into a request what the leader does not know of the partitions to fetch, in their order.</summary>
    public void Fill(FetchRequest request, IReadOnlyList<FetchedReplica> wanted, int partitionMaxBytes, LeaderProtocol protocol)
    {
        if (request.TopicIds != usesTopicIds)
            BeginAnew();
        usesTopicIds = request.TopicIds;
        (request.SessionId, request.SessionEpoch) = (Id, Epoch);
        if (Epoch == InitialEpoch)
            sent.Clear();
        foreach (var replica in wanted)
            Include(request, replica, partitionMaxBytes, protocol);
        // All that is wanted is in there by now.
        if (sent.Count > wanted.Count)
            ForgetAllBut(wanted, request);
    }

    /// <summary>Takes the leader's answer in. False when it refuses the session, so that it has nothing about partitions.</summary>
    public bool TryContinue(FetchResponse response)
    {
        if (response.ErrorCode == KafkaError.FetchSessionIdNotFound)
            (Id, Epoch) = (NoSession, InitialEpoch);
        else if (response.ErrorCode != KafkaError.None)
            BeginAnew();
        else if (response.SessionId == NoSession)
            (Id, Epoch) = (NoSession, InitialEpoch);
        else
            (Id, Epoch) = (response.SessionId, Epoch == int.MaxValue ? 1 : Epoch + 1);
        return response.ErrorCode == KafkaError.None;
    }

    /// <summary>The next request begins another session and ends this one, of which the leader's state is not known.</summary>
    public void BeginAnew() => Epoch = InitialEpoch;

    private void Include(FetchRequest request, FetchedReplica replica, int partitionMaxBytes, LeaderProtocol protocol)
    {
        var position = replica.Position!.Value;
        var now = new SentPartition(
            replica.TopicId, position.LogEndOffset, position.LogStartOffset, replica.LeaderEpoch,
            protocol.DivergingEpochs ? position.LatestEpoch : LeaderEpoch.Unknown);
        var isKnown = sent.TryGetValue(replica.Name, out var before);
        if (isKnown && before == now)
            return;
        if (isKnown && before.TopicId != now.TopicId)
            Forget(request, replica.Name, before.TopicId);
        sent[replica.Name] = now;
        if (request.Topics is not [.., var topic] || topic.Topic != replica.Name.Topic || topic.TopicId != NamedId(now.TopicId))
            request.Topics.Add(topic = new FetchRequest.FetchTopic { Topic = replica.Name.Topic, TopicId = NamedId(now.TopicId) });
        topic.Partitions.Add(new FetchRequest.FetchPartition
        {
            Partition = replica.Name.Partition,
            CurrentLeaderEpoch = now.LeaderEpoch.Value,
            FetchOffset = now.FetchOffset,
            LastFetchedEpoch = now.LastFetchedEpoch.Value,
            LogStartOffset = now.LogStartOffset,
            PartitionMaxBytes = partitionMaxBytes,
        });
    }

    private void ForgetAllBut(IReadOnlyList<FetchedReplica> wanted, FetchRequest request)
    {
        var names = wanted.Select(replica => replica.Name).ToHashSet();
        foreach (var (name, partition) in sent.Where(partition => !names.Contains(partition.Key)).ToList())
        {
            sent.Remove(name);
            Forget(request, name, partition.TopicId);
        }
    }

    private void Forget(FetchRequest request, TopicPartition name, TopicId topicId)
    {
        if (request.ForgottenTopicsData is not [.., var topic] || topic.Topic != name.Topic || topic.TopicId != NamedId(topicId))
            request.ForgottenTopicsData.Add(
                topic = new FetchRequest.ForgottenTopic { Topic = name.Topic, TopicId = NamedId(topicId) });
        topic.Partitions.Add(name.Partition);
    }

    private TopicId NamedId(TopicId topicId) => usesTopicIds ? topicId : TopicId.Zero;

    private readonly record struct SentPartition(
        TopicId TopicId, long FetchOffset, long LogStartOffset, LeaderEpoch LeaderEpoch, LeaderEpoch LastFetchedEpoch);
}
