using KafkaCompatBroker.Broker.Network;

namespace KafkaCompatBroker.Tests.Unit.Broker.Network;

public sealed class MemoryShortageTest
{
    private const long LimitBytes = 1000;

    [Fact]
    public void Those_go_first_who_hold_most_for_longest_until_a_quarter_is_free()
        => Assert.Equal(
            ["old", "large"],
            Victims(usedBytes: 1100, ("new", 300, 0.6), ("old", 250, 9), ("large", 350, 1), ("small", 100, 5)));

    [Fact]
    public void A_slow_peer_that_holds_less_than_the_average_stays_however_old()
        => Assert.Equal(["b", "a"], Victims(usedBytes: 1400, ("slow", 10, 600), ("a", 500, 1), ("b", 500, 2), ("c", 50, 3)));

    [Fact]
    public void Who_has_held_memory_for_a_moment_only_may_be_about_to_finish()
        => Assert.Equal(["a"], Victims(usedBytes: 1400, ("a", 500, 0.25), ("b", 500, 0.2)));

    [Fact]
    public void Nobody_goes_while_the_brokers_own_work_holds_the_memory()
        => Assert.Empty(Victims(usedBytes: 1000, ("a", 249, 60), ("b", 250, 60)));

    private static IEnumerable<string> Victims(long usedBytes, params (string Holder, long Bytes, double Seconds)[] holdings)
        => MemoryShortage.Victims(
            [.. holdings.Append(("none", 0, 900)).Select(
                holding => new Holding<string>(holding.Item1, holding.Item2, TimeSpan.FromSeconds(holding.Item3)))],
            usedBytes,
            LimitBytes).Select(victim => victim.Holder);
}
