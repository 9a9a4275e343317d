using KafkaCompatBroker.Broker.Configuration;
using KafkaCompatBroker.Broker.Configuration.Changes;
using KafkaCompatBroker.Controller.BrokerSide;
using KafkaCompatBroker.Tests.Unit.Controller;
using KafkaCompatBroker.Tests.Unit.Os;

namespace KafkaCompatBroker.Tests.Unit.Broker.Configuration.Changes;

public sealed class DynamicBrokerConfigTest
{
    private readonly RecordedLog log = new();
    private readonly List<(int Before, int Now)> told = [];

    [Fact]
    public void This_brokers_settings_act_over_those_of_all_and_these_over_those_of_the_start()
    {
        var config = Of(("message.max.bytes", "1"));
        config.UpdateAllBrokers(Settings(("message.max.bytes", "2")));
        Assert.Equal(2, config.Current.MessageMaxBytes);
        config.UpdateBroker(Settings(("message.max.bytes", "3")));
        config.UpdateAllBrokers(Settings(("message.max.bytes", "4")));
        Assert.Equal(3, config.Current.MessageMaxBytes);
        config.UpdateBroker(Settings());
        config.UpdateAllBrokers(Settings());
        Assert.Equal(1, config.Current.MessageMaxBytes);
        Assert.Equal([(1, 2), (2, 3), (3, 4), (4, 1)], told);
    }

    [Fact]
    public void Who_acts_on_changes_is_not_told_of_what_was_so_before()
    {
        var config = Of();
        config.UpdateBroker(Settings(("message.max.bytes", "3")));
        config.UpdateBroker(Settings(("message.max.bytes", "3")));
        config.UpdateAllBrokers(Settings());
        Assert.Single(told);
    }

    [Theory]
    [InlineData("num.partitions", "7")]
    [InlineData("log.segment.bytes", "x")]
    [InlineData("ssl.keystore.location", "/x")]
    public void What_nobody_could_have_set_is_passed_over_and_told_and_the_rest_acts(string name, string value)
    {
        var config = Of();
        config.UpdateBroker(Settings((name, value), ("message.max.bytes", "3")));
        Assert.Equal(3, config.Current.MessageMaxBytes);
        Assert.Null(config.Current.TextOf(name));
        Assert.Contains(log.Lines, line => line.Contains("stored setting passed over", StringComparison.Ordinal));
    }

    [Fact]
    public void Settings_that_do_not_go_together_change_nothing()
    {
        var config = Of();
        config.UpdateBroker(Settings(("log.retention.ms", "0"), ("message.max.bytes", "3")));
        Assert.NotEqual(3, config.Current.MessageMaxBytes);
        Assert.Contains(log.Lines, line => line.Contains("are not taken: Invalid value 0", StringComparison.Ordinal));
    }

    [Fact]
    public void What_does_nothing_here_and_a_secret_are_told_without_the_secret()
    {
        Of().UpdateBroker(Settings(("log.local.retention.ms", "5"), ("listener.name.plaintext.ssl.key.password", "hunter2")));
        Assert.Contains(log.Lines, line => line.Contains("log.local.retention.ms=5 has no effect", StringComparison.Ordinal));
        Assert.DoesNotContain(log.Lines, line => line.Contains("hunter2", StringComparison.Ordinal));
    }

    [Fact]
    public void Topics_take_over_what_the_brokers_settings_are_but_for_what_they_set_themselves()
    {
        var config = Of();
        var topics = new TopicConfigs(config, new TopicStore(new ClusterFixture().Admin), log);
        topics.Put("own", Settings(("segment.bytes", "500")));
        topics.Put("other", Settings(("retention.ms", "9")));
        config.UpdateAllBrokers(Settings(("log.segment.bytes", "700"), ("log.retention.ms", "8")));
        Assert.Equal((500, 1 << 30), (topics.Of("own").SegmentBytes, topics.Of("other").SegmentBytes));
        topics.Renew();
        Assert.Equal((500, 700), (topics.Of("own").SegmentBytes, topics.Of("other").SegmentBytes));
        Assert.Equal(700, topics.Of("never-put").SegmentBytes);
        Assert.Equal((8, 9), (topics.Of("own").RetentionMs, topics.Of("other").RetentionMs));
    }

    private DynamicBrokerConfig Of(params (string, string)[] settings)
    {
        var config = new DynamicBrokerConfig(BrokerConfig.Parse(Settings(settings)), log);
        config.OnChange((before, now) => told.Add((before.MessageMaxBytes, now.MessageMaxBytes)));
        return config;
    }

    private static Dictionary<string, string> Settings(params (string Name, string Value)[] settings)
        => settings.ToDictionary(setting => setting.Name, setting => setting.Value);
}
