using KafkaCompatBroker.Broker.Requests;
using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Protocol.Wire;
using KafkaCompatBroker.Replication.Following;

namespace KafkaCompatBroker.Tests.Simulation.Cluster;

/// <summary>
/// What a broker's fetchers ask others over: requests and answers as the wire has them, brought by the run, which is late and loses some.
/// An answer that does not come in time, and a broker that is not there, fail the request; the request itself may arrive all the same, also
/// when its sender is long gone.
/// </summary>
internal sealed class LeaderLinks(ReplicationRun run, ReplicaBroker self) : ILeaderConnections
{
    public ILeaderConnection Connect(BrokerId leader, int fetcher) => new Link(run, self.Id, run.Broker(leader));

    private sealed class Link(ReplicationRun run, BrokerId self, ReplicaBroker leader) : ILeaderConnection
    {
        private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(1);

        private TaskCompletionSource<byte[]?>? pending;

        public LeaderProtocol Protocol => run.Protocol;

        public async Task<ReceivedFetch> Fetch(FetchRequest request)
        {
            var version = (short)(request.TopicIds ? 17 : run.Protocol.DivergingEpochs ? 12 : 11);
            return new ReceivedFetch(await Ask(request, version, () => leader.Fetch!), null);
        }

        public Task<OffsetForLeaderEpochResponse> EndOffsets(OffsetForLeaderEpochRequest request)
            => Ask(request, version: 3, () => leader.EndOffsets!);

        public Task<ListOffsetsResponse> ListOffsets(ListOffsetsRequest request) => Ask(request, version: 5, () => leader.ListOffsets!);

        public void Dispose() => pending?.TrySetResult(null);

        private async Task<TResponse> Ask<TRequest, TResponse>(
            TRequest request, short version, Func<IHandler<TRequest, TResponse>> handler)
            where TRequest : class, IRequest<TRequest, TResponse>
            where TResponse : class, IMessage<TResponse>
        {
            var answer = pending = new TaskCompletionSource<byte[]?>(TaskCreationOptions.RunContinuationsAsynchronously);
            var sent = Encode(request, version);
            run.Carry(self, leader.Id, () => Handle(sent, version, handler, answer));
            using var timer = run.World.Time.CreateTimer(
                _ => answer.TrySetResult(null), null, Timeout, System.Threading.Timeout.InfiniteTimeSpan);
            var received = await answer.Task ?? throw new LeaderUnreachable("no answer");
            return Decode<TResponse>(received, version);
        }

        private void Handle<TRequest, TResponse>(
            byte[] sent, short version, Func<IHandler<TRequest, TResponse>> handler, TaskCompletionSource<byte[]?> answer)
            where TRequest : class, IRequest<TRequest, TResponse>
            where TResponse : class, IMessage<TResponse>
        {
            if (!leader.IsUp)
                return;
            leader.Process!.Start(async () =>
            {
                var response = await handler().Handle(Decode<TRequest>(sent, version), leader.Context);
                var bytes = Encode(response!, version);
                run.Carry(leader.Id, self, () => answer.TrySetResult(bytes));
            });
        }

        private static byte[] Encode(IMessage message, short version)
        {
            using var writer = new WireWriter();
            message.Encode(writer, version);
            return writer.ToArray();
        }

        private static T Decode<T>(byte[] bytes, short version)
            where T : IMessage<T>
        {
            var reader = new WireReader(bytes);
            return T.Decode(ref reader, version);
        }
    }
}
