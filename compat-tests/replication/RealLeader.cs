using KafkaCompatBroker.CompatTests.Differential;
using KafkaCompatBroker.Kernel.Model;
using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Replication.Following;

namespace KafkaCompatBroker.CompatTests.Replication;

/// <summary>A real Kafka as the leader that a replica copies from, asked over a connection for each fetcher.</summary>
internal sealed class RealLeader(int port, LeaderProtocol protocol) : ILeaderConnections
{
    public ILeaderConnection Connect(BrokerId leader, int fetcher) => new Connection(port, protocol);

    private sealed class Connection(int port, LeaderProtocol protocol) : ILeaderConnection
    {
        private readonly Conversation talk = new(port);

        public LeaderProtocol Protocol => protocol;

        public async Task<ReceivedFetch> Fetch(FetchRequest request)
            => new(await Ask((short)(request.TopicIds ? 17 : protocol.DivergingEpochs ? 12 : 11), request), null);

        public Task<OffsetForLeaderEpochResponse> EndOffsets(OffsetForLeaderEpochRequest request) => Ask(3, request);

        public Task<ListOffsetsResponse> ListOffsets(ListOffsetsRequest request) => Ask(5, request);

        public void Dispose() => talk.Dispose();

        private Task<TResponse> Ask<TRequest, TResponse>(short version, IRequest<TRequest, TResponse> request)
            where TRequest : class, IRequest<TRequest, TResponse>
            where TResponse : class, IMessage<TResponse>
            => Task.Run(() =>
            {
                try
                {
                    return talk.Ask("replica", version, request) ?? throw new LeaderUnreachable("the connection was closed");
                }
                catch (Exception exception) when (exception is IOException or ObjectDisposedException)
                {
                    throw new LeaderUnreachable(exception.Message);
                }
            });
    }
}
