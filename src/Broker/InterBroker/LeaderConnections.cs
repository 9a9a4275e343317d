using KafkaCompatBroker.Broker.InterBroker.Client;
using KafkaCompatBroker.Broker.Metadata;
using KafkaCompatBroker.Replication.Following;

namespace KafkaCompatBroker.Broker.InterBroker;

/// <summary>
/// Over which replicas of this broker ask their leaders: a connection for each fetcher, to where the metadata say that the leader is.
/// </summary>
internal sealed class LeaderConnections(BrokerClients clients, MetadataCache metadata) : ILeaderConnections
{
    private readonly LeaderProtocol protocol = new()
    {
        TopicIds = clients.Protocol.IsAtLeast("3.1-IV0"),
        ReplicaStates = clients.Protocol.IsAtLeast("3.5-IV1"),
        DivergingEpochs = clients.Protocol.IsAtLeast("2.7-IV1"),
        EpochEndOffsets = InterBrokerVersions.Find(ApiKey.OffsetForLeaderEpoch, clients.Protocol) is not null,
    };

    public ILeaderConnection Connect(BrokerId leader, int fetcher)
    {
        var clientId = $"broker-{clients.Self}-fetcher-{fetcher}";
        var loop = clients.Loops.Create(clientId);
        return new Connection(
            clients.Create(() => clients.AddressOf(metadata.Image, leader), clientId, clients.LeaderConnectTimeout, loop), clients.Protocol,
            protocol, loop);
    }

    /// <summary>Has a loop of its own for the client, because whoever made it may be called from any loop.</summary>
    private sealed class Connection(BrokerClient client, MetadataVersion version, LeaderProtocol protocol, ILoop loop) : ILeaderConnection
    {
        private readonly LoopTurns turns = new(loop);

        public LeaderProtocol Protocol => protocol;

        public Task<ReceivedFetch> Fetch(FetchRequest request)
        {
            var fetchVersion = InterBrokerVersions.OfFetch(version, request.TopicIds);
            request.PlaceReplicaFor(fetchVersion);
            return OnLoop(async () =>
            {
                var answer = await client.SendForRecords<FetchRequest, FetchResponse>(request, fetchVersion);
                return new ReceivedFetch(answer.Response, answer);
            });
        }

        public Task<OffsetForLeaderEpochResponse> EndOffsets(OffsetForLeaderEpochRequest request)
            => OnLoop(() => client.Send<OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse>(
                request, InterBrokerVersions.Of(ApiKey.OffsetForLeaderEpoch, version)));

        public Task<ListOffsetsResponse> ListOffsets(ListOffsetsRequest request) => OnLoop(async () =>
        {
            var response = await client.Send<ListOffsetsRequest, ListOffsetsResponse>(
                request, InterBrokerVersions.Of(ApiKey.ListOffsets, version));
            response.TakeOldStyleOffsets();
            return response;
        });

        public void Dispose() => loop.Post(client.Dispose);

        private Task<T> OnLoop<T>(Func<Task<T>> ask) => turns.InTurn(async () =>
        {
            try
            {
                return await ask();
            }
            catch (BrokerUnreachable unreachable)
            {
                throw new LeaderUnreachable(unreachable.Message);
            }
        });
    }
}
