using KafkaCompatBroker.Broker.Network;
using KafkaCompatBroker.Tests.Simulation.World;
using KafkaCompatBroker.Tests.Unit.Broker.Configuration;

namespace KafkaCompatBroker.Tests.Unit.Broker.Network;

public sealed class ConnectionDeadlinesTest
{
    private static readonly NetworkOptions Options = BrokerDefaults.Network with
    {
        ConnectionsMaxIdleMs = 60_000,
        TransferTimeoutMs = 10_000,
        TransferMinBytesPerSecond = 1000,
    };

    private readonly SimWorld world = new(1);
    private readonly ConnectionDeadlines deadlines;

    public ConnectionDeadlinesTest() => deadlines = new ConnectionDeadlines(Options, world.Time);

    [Fact]
    public void A_begun_frame_has_a_time_that_grows_with_what_has_come()
    {
        deadlines.OnFrameAwaited(true);
        Assert.Null(After(seconds: 12, receivedBytes: 3000));
        Assert.Equal("a started request was not received in time", After(seconds: 2, receivedBytes: 3000));
    }

    [Fact]
    public void The_time_of_a_frame_counts_over_all_its_pieces_and_ends_with_it()
    {
        deadlines.OnFrameAwaited(true);
        Assert.Null(After(seconds: 8));
        deadlines.OnFrameAwaited(true);
        Assert.NotNull(After(seconds: 3));
        deadlines.OnFrameEnded();
        deadlines.OnFrameAwaited(true);
        Assert.Null(After(seconds: 8));
    }

    [Fact]
    public void The_time_of_a_frame_does_not_count_while_it_is_not_read()
    {
        deadlines.OnFrameAwaited(true);
        Assert.Null(After(seconds: 8));
        deadlines.OnFrameAwaited(false);
        Assert.Null(After(seconds: 8));
        deadlines.OnFrameAwaited(true);
        Assert.Null(After(seconds: 8));
    }

    [Fact]
    public void An_answer_has_a_time_that_grows_with_its_length()
    {
        deadlines.OnSendBegun();
        Assert.Null(After(seconds: 12, sendingBytes: 3000));
        Assert.Equal("an answer was not read in time", After(seconds: 2, sendingBytes: 3000));
    }

    [Fact]
    public void A_quiet_connection_is_idle_only_when_nothing_is_in_flight()
    {
        Assert.Null(After(seconds: 1));
        Assert.Null(After(seconds: 59));
        Assert.Null(After(seconds: 59, isBusy: true));
        Assert.Null(After(seconds: 59));
        Assert.Equal("idle", After(seconds: 2));
        deadlines.OnActivity();
        Assert.Null(After(seconds: 0));
    }

    [Fact]
    public void A_connection_was_last_used_at_the_check_after_its_last_activity()
    {
        var made = deadlines.LastUsedTimestamp;
        After(seconds: 5);
        var first = deadlines.LastUsedTimestamp;
        After(seconds: 5);
        Assert.Equal(first, deadlines.LastUsedTimestamp);
        deadlines.OnActivity();
        After(seconds: 5);
        Assert.Equal(
            [TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(15)],
            [world.Time.GetElapsedTime(made, first), world.Time.GetElapsedTime(made, deadlines.LastUsedTimestamp)]);
    }

    /// <summary>What a check says when so much time has passed.</summary>
    private string? After(double seconds, long receivedBytes = 0, long? sendingBytes = null, bool isBusy = false)
    {
        world.Advance(TimeSpan.FromSeconds(seconds));
        return deadlines.Overdue(receivedBytes, sendingBytes, isBusy);
    }
}
