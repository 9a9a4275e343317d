namespace KafkaCompatBroker.Broker.Handlers.Records.Fetching;

/// <summary>
/// One fetch as its session sees it: which partitions to read and how to answer. Epoch −1 wants no session, 0 a new one, and any other
/// continues one; the first two name all their partitions and close the session whose id they give. KIP-227.
/// </summary>
internal sealed class FetchContext
{
    private const int FinalEpoch = -1, InitialEpoch = 0;

    private readonly FetchSessionCache sessions;
    private readonly FetchRequest request;
    private readonly FetchSession? session;
    private readonly int answerEpoch;

    private FetchContext(
        FetchSessionCache sessions, FetchRequest request, FetchedPartition[] partitions, FetchSession? session = null, int answerEpoch = 0)
    {
        (this.sessions, this.request, this.session, this.answerEpoch) = (sessions, request, session, answerEpoch);
        Partitions = partitions;
    }

    /// <summary>What is wrong with the request as a whole; then there is nothing to read.</summary>
    public KafkaError Error { get; private init; }

    /// <summary>To be read in this order.</summary>
    public FetchedPartition[] Partitions { get; }

    public static FetchContext Open(FetchSessionCache sessions, FetchRequest request)
    {
        if (request.SessionEpoch is FinalEpoch or InitialEpoch)
        {
            if (request.SessionId != 0)
                sessions.Remove(request.SessionId);
            return new FetchContext(sessions, request, AllOf(request));
        }
        if (!sessions.TryUse(request.SessionId, out var session))
            return Failed(KafkaError.FetchSessionIdNotFound);
        if (session.UsesTopicIds != request.TopicIds)
            return Failed(KafkaError.FetchSessionTopicIdError);
        if (!session.TryAdvance(request, out var partitions, out var epoch))
            return Failed(KafkaError.InvalidFetchSessionEpoch);
        if (!sessions.TryResize(session, partitions.Length))
            return Failed(KafkaError.FetchSessionIdNotFound);
        if (partitions.Length > 0)
            return new FetchContext(sessions, request, partitions, session, epoch);
        // Nothing is left to fetch, so the session ends.
        sessions.Remove(session.Id);
        return new FetchContext(sessions, request, []);

        FetchContext Failed(KafkaError error) => new(sessions, request, []) { Error = error };
    }

    /// <summary>
    /// The response around the partitions' answers, one for each of <see cref="Partitions"/>. Records that are left out are released.
    /// </summary>
    public FetchResponse Answer(FetchAnswer?[] answers)
    {
        var response = new FetchResponse { ErrorCode = Error };
        if (session is not null)
        {
            response.SessionId = session.Id;
            if (!session.TryDropUnchanged(answerEpoch, Partitions, answers))
            {
                response.ErrorCode = KafkaError.InvalidFetchSessionEpoch;
                foreach (var answer in answers)
                    answer?.Release();
                return response;
            }
        }
        else if (request.SessionEpoch == InitialEpoch)
            response.SessionId = Begin(answers);
        Group(answers, response);
        return response;
    }

    /// <summary>Begins a session; its id, or 0 when there is no room for one.</summary>
    private int Begin(FetchAnswer?[] answers)
    {
        var isFollower = FollowerFetches.ReplicaOf(request) is not null;
        if (sessions.TryCreate(request.TopicIds, isPrivileged: isFollower, Partitions.Length) is not { } created)
            return 0;
        for (var index = 0; index < answers.Length; index++)
            Partitions[index].UpdateSent(answers[index]!.Value);
        created.Fill(Partitions);
        return created.Id;
    }

    /// <summary>Puts the partitions of a topic together where they are neighbours; their order is the session's and is kept.</summary>
    private void Group(FetchAnswer?[] answers, FetchResponse response)
    {
        FetchResponse.FetchableTopicResponse? topic = null;
        FetchPartitionKey before = default;
        response.Responses = new(request.Topics.Count);
        for (var index = 0; index < answers.Length; index++)
        {
            if (answers[index] is not { } answer)
                continue;
            var key = Partitions[index].Key;
            if (topic is null || !key.IsSameTopic(before))
            {
                topic = new FetchResponse.FetchableTopicResponse { Topic = key.Topic, TopicId = key.TopicId };
                response.Responses.Add(topic);
            }
            topic.Partitions.Add(answer.Data);
            before = key;
        }
    }

    /// <summary>A partition that is named twice is read once, as it was named last.</summary>
    private static FetchedPartition[] AllOf(FetchRequest request)
    {
        if (request.Topics is [{ Partitions: [var only] } topicOfOnly])
            return [Wanted(topicOfOnly, only)];
        var all = new List<FetchedPartition>();
        var places = new Dictionary<FetchPartitionKey, int>();
        foreach (var topic in request.Topics)
        {
            foreach (var wanted in topic.Partitions)
            {
                var partition = Wanted(topic, wanted);
                if (places.TryAdd(partition.Key, all.Count))
                    all.Add(partition);
                else
                    all[places[partition.Key]] = partition;
            }
        }
        return [.. all];
    }

    private static FetchedPartition Wanted(FetchRequest.FetchTopic topic, FetchRequest.FetchPartition wanted)
    {
        var partition = new FetchedPartition(new FetchPartitionKey(topic.Topic, topic.TopicId, wanted.Partition));
        partition.Update(wanted);
        return partition;
    }
}
