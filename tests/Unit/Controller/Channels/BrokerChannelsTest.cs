using KafkaCompatBroker.Controller.Channels;
using KafkaCompatBroker.Controller.Model;
using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Tests.Simulation.World;
using KafkaCompatBroker.Tests.Unit.Os;

namespace KafkaCompatBroker.Tests.Unit.Controller.Channels;

public sealed class BrokerChannelsTest
{
    private static readonly LiveBroker one = new(ClusterFixture.Info(1), new BrokerEpoch(1));
    private static readonly LeaderAndIsrRequest leaderAndIsr = new();
    private static readonly UpdateMetadataRequest updateMetadata = new();
    private static readonly StopReplicaRequest stopReplica = new();
    private static readonly BrokerRequests all = new(leaderAndIsr, updateMetadata, stopReplica);

    private readonly SimWorld world = new(1);
    private readonly ILoop loop;
    private readonly RecordedLog log = new();
    private readonly RecordedChannel channel = new();
    private readonly RecordedAnswers answers = new();
    private readonly BrokerChannels channels;

    public BrokerChannelsTest()
    {
        loop = world.Loops.Create("coordination");
        channels = new BrokerChannels(loop, log, _ => channel, answers);
        OnLoop(() => channels.Add(one));
    }

    [Fact]
    public void A_brokers_requests_go_out_in_order_and_are_answered()
    {
        Send();
        Assert.Equal([leaderAndIsr, updateMetadata, stopReplica], channel.Sends);
        Assert.Equal([("LeaderAndIsr", 0), ("UpdateMetadata", 0), ("StopReplica", 0)], answers.Answers.Select(Named));
    }

    [Fact]
    public void What_the_channel_failed_to_deliver_is_sent_again_before_anything_else_and_told_once()
    {
        for (var failure = 0; failure < 3; failure++)
            channel.Failures.Enqueue(new ChannelFailed("cut"));
        Send();
        world.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal([.. Enumerable.Repeat(leaderAndIsr, 4), updateMetadata, stopReplica], channel.Sends);
        Assert.Equal(3, answers.Answers.Count);
        Assert.Single(log.Lines, line => line.StartsWith("Warn", StringComparison.Ordinal));
        Assert.Single(log.Lines, line => line.StartsWith("Info", StringComparison.Ordinal));
    }

    [Fact]
    public void A_bug_in_a_send_is_an_error_and_an_answer_and_never_sent_again()
    {
        channel.Failures.Enqueue(new InvalidOperationException("a bug"));
        Send();
        world.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal([leaderAndIsr, updateMetadata, stopReplica], channel.Sends);
        Assert.Equal(
            [("LeaderAndIsr", (int)KafkaError.UnknownServerError), ("UpdateMetadata", 0), ("StopReplica", 0)],
            answers.Answers.Select(Named));
        Assert.Single(
            log.Lines, line => line.StartsWith("Error controller broker=1 LeaderAndIsrRequest not sent", StringComparison.Ordinal));
    }

    [Fact]
    public void Each_kind_of_request_is_answered_after_a_bug()
    {
        for (var bug = 0; bug < 3; bug++)
            channel.Failures.Enqueue(new InvalidOperationException("a bug"));
        Send();
        Assert.Equal(3, answers.Answers.Count);
        Assert.All(answers.Answers, answer => Assert.Equal(KafkaError.UnknownServerError, answer.Error));
    }

    [Fact]
    public void A_broker_that_is_gone_is_sent_nothing_more_and_its_answer_is_dropped()
    {
        channel.Failures.Enqueue(new ChannelFailed("cut"));
        Send();
        OnLoop(() => channels.Remove(one.Id));
        world.Advance(TimeSpan.FromMinutes(1));
        Assert.True(channel.IsDisposed);
        Assert.Single(channel.Sends);
        Send();
        Assert.Single(channel.Sends);
        Assert.Empty(answers.Answers);
    }

    [Fact]
    public void A_controller_that_has_resigned_in_the_middle_of_an_event_opens_no_channel_any_more()
    {
        var opened = 0;
        var later = new BrokerChannels(
            loop, log, _ =>
            {
                opened++;
                return channel;
            }, answers);
        OnLoop(() =>
        {
            later.Dispose();
            later.Add(one);
            later.Send(one.Id, all);
        });
        Assert.Equal(0, opened);
    }

    [Fact]
    public void A_touch_from_another_loop_fails()
    {
        Assert.Throws<InvariantViolation>(() => channels.Add(one));
        Assert.Throws<InvariantViolation>(() => channels.Send(one.Id, all));
        Assert.Throws<InvariantViolation>(() => channels.Remove(one.Id));
        Assert.Throws<InvariantViolation>(channels.Dispose);
    }

    private static (string Api, int Error) Named((string Api, KafkaError Error) answer) => (answer.Api, (int)answer.Error);

    private void Send()
    {
        OnLoop(() => channels.Send(one.Id, all));
        world.RunUntilIdle();
    }

    private void OnLoop(Action action) => world.Await(loop.Ask(() =>
    {
        action();
        return true;
    }));
}
