using System.Net;
using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Tests.Simulation.WholeBroker.Clients;
using KafkaCompatBroker.Tests.Simulation.WholeCluster.Run;

namespace KafkaCompatBroker.Tests.Simulation.WholeCluster.Clients;

/// <summary>
/// What a client knows of a cluster, from Metadata of whichever broker it asks. It keeps the leader with the highest epoch that it has
/// heard of, because a broker may be behind; once something goes wrong it asks again, another broker perhaps.
/// </summary>
internal sealed class ClusterDirectory(ClusterContext run) : IBrokerDirectory
{
    private readonly Random random = run.World.NewRandom();
    private readonly Dictionary<TopicPartition, KnownLeader> leaders = [];
    private readonly Dictionary<string, int> coordinators = [];
    private int? controller;
    private int? any;
    private bool isStale = true;

    public async ValueTask<int?> Find(Peer peer, Func<int, Task<KafkaConnection?>> connect)
    {
        if (peer.Kind == PeerKind.Any)
            return any ??= Draw();
        if (peer.Kind == PeerKind.Coordinator)
            return coordinators.TryGetValue(peer.Group, out var found) ? found : null;
        if (isStale || Known(peer) is null)
            await Ask(await connect(any ??= Draw()));
        return Known(peer);
    }

    public IPEndPoint EndPointOf(int broker) => new(ClusterAddresses.OfBroker(broker), ClusterSettings.Port);

    public int EpochOf(TopicPartition partition) => leaders.TryGetValue(partition, out var leader) ? leader.Epoch : -1;

    public void SetCoordinator(string group, int broker) => coordinators[group] = broker;

    public void LookAgain() => (controller, any, isStale) = (null, null, true);

    private int Draw() => random.Next(run.Cluster.BrokerCount) + 1;

    private int? Known(Peer peer) => peer.Kind == PeerKind.Controller ? controller
        : leaders.TryGetValue(peer.Partition, out var leader) && leader.Broker >= 0 ? leader.Broker : null;

    private async Task Ask(KafkaConnection? connection)
    {
        var request = new MetadataRequest { Topics = null, AllowAutoTopicCreation = false };
        if (connection is null
            || await connection.Ask<MetadataRequest, MetadataResponse>(request, TopicCalls.MetadataVersion) is not { } response)
        {
            any = null;
            return;
        }
        isStale = false;
        controller = response.ControllerId >= 0 ? response.ControllerId : null;
        foreach (var topic in response.Topics)
        {
            foreach (var partition in topic.Partitions)
            {
                var name = new TopicPartition(topic.Name!, partition.PartitionIndex);
                var told = new KnownLeader(topic.TopicId, partition.LeaderId, partition.LeaderEpoch);
                if (!leaders.TryGetValue(name, out var known) || known.TopicId != told.TopicId || known.Epoch <= told.Epoch)
                    leaders[name] = told;
            }
        }
        if (controller is null)
            any = null;
    }

    private readonly record struct KnownLeader(TopicId TopicId, int Broker, int Epoch);
}
