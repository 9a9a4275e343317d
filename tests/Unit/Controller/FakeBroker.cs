using KafkaCompatBroker.Controller.Active;
using KafkaCompatBroker.Controller.BrokerSide;
using KafkaCompatBroker.Controller.Channels;
using KafkaCompatBroker.Controller.Model;
using KafkaCompatBroker.Controller.Znodes;
using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.ZooKeeper.Embedded;

namespace KafkaCompatBroker.Tests.Unit.Controller;

/// <summary>A broker as the controllers see it: keeps the requests it gets, answers as told, and has a controller of its own.</summary>
public sealed class FakeBroker(ClusterFixture cluster, int id)
{
    public BrokerInfo Info { get; } = ClusterFixture.Info(id);
    public EmbeddedSession Session { get; private set; } = null!;
    /// <summary>The session as the broker's controller uses it.</summary>
    public InterposedZooKeeper ZooKeeper { get; private set; } = null!;
    public KafkaController? Controller { get; private set; }
    public BrokerEpoch Epoch { get; private set; }
    public bool IsDead { get; set; }

    /// <summary>Every request that arrived, in order.</summary>
    public List<object> Requests { get; } = [];
    /// <summary>How many sends from now on the channel fails to deliver.</summary>
    public int FailingSends { get; set; }
    /// <summary>Which requests the channel has a bug with.</summary>
    public Func<object, bool> HitsBug { get; set; } = _ => false;
    /// <summary>Partitions on a log dir that failed.</summary>
    public HashSet<int> FailedPartitions { get; } = [];
    /// <summary>How LeaderAndIsr is answered for a partition, where not without error.</summary>
    public Dictionary<int, KafkaError> LeaderAndIsrErrors { get; } = [];
    /// <summary>While set, StopReplica is not answered.</summary>
    public TaskCompletionSource? HoldStopReplica { get; set; }

    public IEnumerable<LeaderAndIsrRequest> LeaderAndIsrs => Requests.OfType<LeaderAndIsrRequest>();
    public IEnumerable<UpdateMetadataRequest> UpdateMetadatas => Requests.OfType<UpdateMetadataRequest>();
    public IEnumerable<StopReplicaRequest> StopReplicas => Requests.OfType<StopReplicaRequest>();

    /// <summary>The leadership this broker was told last.</summary>
    public LeaderAndIsrRequest.LeaderAndIsrPartitionState Told(string topic, int partition)
        => LeaderAndIsrs.SelectMany(request => request.TopicStates)
        .Where(state => state.TopicName == topic).SelectMany(state => state.PartitionStates).Last(
            state => state.PartitionIndex == partition);

    /// <summary>The leader in the metadata this broker was told last.</summary>
    public int KnownLeader(string topic, int partition) => UpdateMetadatas.SelectMany(request => request.TopicStates)
        .Where(state => state.TopicName == topic).SelectMany(state => state.PartitionStates).Last(
            state => state.PartitionIndex == partition).Leader;

    public async Task OpenSession()
    {
        Session = await cluster.Store.OpenSession();
        ZooKeeper = new InterposedZooKeeper(Session);
    }

    /// <summary>Opens the session and registers.</summary>
    public async Task Begin()
    {
        await OpenSession();
        await Register(Session);
        Controller = new KafkaController(Options(cluster.World.Loops.Create($"coordination-{id}")));
    }

    /// <summary>What a controller on the loop is made with; once for each session.</summary>
    public ControllerOptions Options(ILoop loop) => new()
    {
        Broker = Info,
        ZooKeeper = ZooKeeper,
        Watchers = new ZnodeWatchers(Session, loop),
        Loop = loop,
        Time = cluster.World.Time,
        Random = cluster.World.NewRandom(),
        Log = cluster.Log,
        InterBrokerListener = "PLAINTEXT",
        InterBrokerProtocol = cluster.InterBrokerProtocol,
        ChannelTo = to => new Channel(this, cluster.Brokers[to.Id.Value]),
        DeleteTopicEnable = cluster.DeleteTopicEnable,
        UncleanLeaderElectionEnable = () => cluster.UncleanLeaderElectionEnable,
        LeaderBalance = cluster.LeaderBalance,
        RegisterAgain = Register,
    };

    /// <summary>Stands for election.</summary>
    public async Task Stand() => await Controller!.Start(ZooKeeper.InSession(Session.SessionId));

    private async Task Register(IZooKeeper session)
    {
        var outcome = await new BrokerRegistration(session, cluster.World.Time).Register(Info);
        Assert.Null(outcome.Refusal);
        Epoch = outcome.Epoch;
    }

    private sealed class Channel(FakeBroker from, FakeBroker to) : IBrokerChannel
    {
        private bool isBusy;

        public Task<LeaderAndIsrResponse> Send(LeaderAndIsrRequest request) => Arrive(request, () => new LeaderAndIsrResponse
        {
            Topics = [.. request.TopicStates.Select(topic => new LeaderAndIsrResponse.LeaderAndIsrTopicError
            {
                TopicId = topic.TopicId,
                PartitionErrors = [.. topic.PartitionStates.Select(state => new LeaderAndIsrResponse.LeaderAndIsrPartitionError
                {
                    PartitionIndex = state.PartitionIndex,
                    ErrorCode = to.FailedPartitions.Contains(state.PartitionIndex)
                        ? KafkaError.KafkaStorageError
                        : to.LeaderAndIsrErrors.GetValueOrDefault(state.PartitionIndex),
                })],
            })],
        });

        public Task<UpdateMetadataResponse> Send(UpdateMetadataRequest request) => Arrive(request, () => new UpdateMetadataResponse());

        public async Task<StopReplicaResponse> Send(StopReplicaRequest request)
        {
            var response = await Arrive(request, () => new StopReplicaResponse
            {
                PartitionErrors = [.. request.TopicStates.SelectMany(topic => topic.PartitionStates.Select(
                    state => new StopReplicaResponse.StopReplicaPartitionError
                    {
                        TopicName = topic.TopicName,
                        PartitionIndex = state.PartitionIndex,
                        ErrorCode = to.FailedPartitions.Contains(state.PartitionIndex) ? KafkaError.KafkaStorageError : KafkaError.None,
                    }))],
            });
            if (to.HoldStopReplica is { } hold)
                await hold.Task;
            return response;
        }

        public void Move(LiveBroker broker)
        {
        }

        public void Dispose()
        {
        }

        private async Task<T> Arrive<T>(object request, Func<T> answer)
        {
            Assert.False(isBusy, "one request is under way at a time");
            isBusy = true;
            await Task.Yield();
            isBusy = false;
            if (from.IsDead || to.IsDead)
                return await new TaskCompletionSource<T>().Task;
            if (to.HitsBug(request))
                throw new InvalidOperationException("a bug");
            if (to.FailingSends > 0)
            {
                to.FailingSends--;
                throw new ChannelFailed("cut");
            }
            to.Requests.Add(request);
            return answer();
        }
    }
}
