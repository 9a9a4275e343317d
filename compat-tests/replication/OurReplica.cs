using System.Text;
using KafkaCompatBroker.Kernel.Model;
using KafkaCompatBroker.Os.Disk;
using KafkaCompatBroker.Os.Loops;
using KafkaCompatBroker.Os.Process;
using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Protocol.RecordBatches;
using KafkaCompatBroker.Replication.Control;
using KafkaCompatBroker.Replication.Fetchers;
using KafkaCompatBroker.Replication.Following;
using KafkaCompatBroker.Replication.Leading;
using KafkaCompatBroker.Replication.Partitions;
using KafkaCompatBroker.Storage.Dirs;
using KafkaCompatBroker.Storage.Log;

namespace KafkaCompatBroker.CompatTests.Replication;

/// <summary>The replicas of a broker of ours on this machine's disk, without the broker, commanded by the test.</summary>
internal sealed class OurReplica : IAsyncDisposable, ILiveBrokers, IAlterPartition
{
    private readonly string folder = Directory.CreateTempSubdirectory("kafka-replica-").FullName;
    private readonly int self;
    private readonly Replicas replicas;
    private int partitionEpoch;

    public OurReplica(int leaderPort, LeaderProtocol protocol, int self)
    {
        this.self = self;
        var loops = new OsLoops(NoLog.Instance);
        var config = LogConfig.Default with { SegmentBytes = 6000 };
        var logDirs = LogDirs.Open(new LogDirsOptions
        {
            Paths = [folder],
            Disk = new OsDisk(),
            Time = loops.Time,
            Random = new OsRandom(),
        });
        logDirs.Claim(new BrokerId(self), "cluster");
        logDirs.Load(_ => config);
        replicas = new Replicas(new ReplicasSettings
        {
            Options = new ReplicationOptions
            {
                BrokerId = new BrokerId(self),
                ReplicaLagTimeMax = TimeSpan.FromSeconds(30),
                HighWatermarkCheckpointInterval = TimeSpan.FromSeconds(5),
                RecoveryPointCheckpointInterval = TimeSpan.FromMinutes(1),
                LogStartOffsetCheckpointInterval = TimeSpan.FromMinutes(1),
                FlushCheckInterval = null,
                RetentionCheckInterval = TimeSpan.FromMinutes(5),
                ProducerIdExpirationCheckInterval = TimeSpan.FromMinutes(10),
                QuotaSample = TimeSpan.FromSeconds(1),
                QuotaSampleCount = 11,
                MoveQuotaSample = TimeSpan.FromSeconds(1),
                MoveQuotaSampleCount = 11,
                Fetchers = new FetcherOptions
                {
                    FetchersPerLeader = 1,
                    // Less than there is, so that it takes several requests.
                    PartitionMaxBytes = 1000,
                    ResponseMaxBytes = 10_000,
                    MinBytes = 1,
                    WaitMaxMs = 500,
                    Backoff = TimeSpan.FromMilliseconds(200),
                },
            },
            Loops = loops,
            LogDirs = logDirs,
            Log = NoLog.Instance,
            LiveBrokers = this,
            OtherBrokers = new OtherBrokers(new RealLeader(leaderPort, protocol), this),
            ConfigOf = _ => config,
            DirLost = () => { },
            LastDirLost = () => { },
            LockLost = _ => { },
        });
    }

    public long LogEndOffset => Partition.Snapshot.LogEndOffset;

    public long HighWatermark => Partition.Snapshot.HighWatermark;

    private Partition Partition => replicas.Find(new TopicPartition("copied", 0))!;

    public string LogFolder(string topic) => Path.Combine(folder, $"{topic}-0");

    public Task Follow(PartitionState state) => Decide(state.TopicId, state.Leader, state.LeaderEpoch, [state.Leader, self]);

    /// <summary>Writes records as a leader that no other replica has followed.</summary>
    public async Task LeadAndAppend(PartitionState state, int leaderEpoch, int records)
    {
        await Decide(state.TopicId, self, leaderEpoch, [state.Leader, self]);
        for (var number = 0; number < records; number++)
        {
            var builder = new RecordBatchBuilder();
            builder.Append(1000, null, Encoding.UTF8.GetBytes($"of my own {number}"));
            var appended = await Partition.Append(builder.Build(), AppendOrigin.Client, 1, v2Only: true, TimeSpan.FromSeconds(1));
            Assert.Equal(KafkaError.None, appended.Error);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await replicas.Stop();
        Directory.Delete(folder, recursive: true);
    }

    bool ILiveBrokers.IsLive(BrokerId broker) => true;

    Task<IsrDecision> IAlterPartition.Propose(IsrProposal proposal)
        => Task.FromResult(IsrDecision.Refused(KafkaError.OperationNotAttempted));

    private async Task Decide(TopicId topicId, int leader, int leaderEpoch, List<int> assigned)
    {
        var answer = await replicas.Apply(new LeaderAndIsrRequest
        {
            ControllerId = leader,
            ControllerEpoch = 1,
            TopicStates =
            [
                new()
                {
                    TopicName = "copied",
                    TopicId = topicId,
                    PartitionStates =
                    [
                        new()
                        {
                            PartitionIndex = 0,
                            ControllerEpoch = 1,
                            Leader = leader,
                            LeaderEpoch = leaderEpoch,
                            PartitionEpoch = partitionEpoch++,
                            Isr = [leader],
                            Replicas = assigned,
                            IsNew = true,
                        },
                    ],
                },
            ],
        });
        Assert.Equal(KafkaError.None, answer.Topics[0].PartitionErrors[0].ErrorCode);
    }
}
