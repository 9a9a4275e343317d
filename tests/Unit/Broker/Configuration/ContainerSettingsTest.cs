using System.Text;
using KafkaCompatBroker.Broker.Configuration;
using KafkaCompatBroker.Tests.Simulation.World;
using KafkaCompatBroker.Tests.Simulation.World.Disks;

namespace KafkaCompatBroker.Tests.Unit.Broker.Configuration;

public sealed class ContainerSettingsTest
{
    private const string Mounted = "/mnt/shared/config/server.properties";

    private readonly SimDisk disk = new SimWorld(1).Disk;

    [Theory]
    [InlineData("KAFKA_BROKER_ID", "broker.id")]
    [InlineData("KAFKA_LOG_RETENTION_MS", "log.retention.ms")]
    [InlineData("KAFKA_LISTENER_NAME_INTERNAL_SASL_ENABLED_MECHANISMS", "listener.name.internal.sasl.enabled.mechanisms")]
    [InlineData("KAFKA_A__B___C", "a_b-c")]
    [InlineData("KAFKA_HEAP_OPTS", null)]
    [InlineData("KAFKA_VERSION", null)]
    [InlineData("KAFKA_", null)]
    [InlineData("MY_KAFKA_BROKER_ID", null)]
    [InlineData("PATH", null)]
    public void Variable_stands_for_the_setting_that_it_does_in_Kafkas_image(string variable, string? setting)
    {
        var properties = Of([(variable, "value"), ("KAFKA_LOG_DIRS", "/data")]);

        Assert.True(properties.Remove("log.dirs"));
        Assert.Equal(setting is null ? [] : [KeyValuePair.Create(setting, "value")], properties);
    }

    [Fact]
    public void Variables_go_before_the_mounted_file_and_the_rest_of_it_stays()
    {
        Write("broker.id=3\nnum.partitions=5\nlog.dirs=/elsewhere\n");

        var properties = Of([("KAFKA_BROKER_ID", "4")]);

        Assert.Equal(("4", "5", "/elsewhere"), (properties["broker.id"], properties["num.partitions"], properties["log.dirs"]));
    }

    [Fact]
    public void Data_is_in_the_images_volume_unless_a_setting_says_otherwise()
    {
        Assert.Equal(ContainerSettings.DataFolder, Of([("KAFKA_BROKER_ID", "4")])["log.dirs"]);
        Assert.Equal("/other", Of([("KAFKA_LOG_DIRS", "/other")])["log.dirs"]);
        Assert.False(Of([("KAFKA_LOG_DIR", "/other")]).ContainsKey("log.dirs"));
    }

    [Fact]
    public void Without_any_setting_it_is_a_broker_alone_whose_port_may_be_published()
    {
        var config = BrokerConfig.Parse(Of([]));
        Assert.Equal("PLAINTEXT://:9092", config.Listeners.Listeners[0].ToString());
        Assert.Equal("PLAINTEXT://localhost:9092", config.Listeners.AdvertisedListeners[0].ToString());
        Assert.Equal([ContainerSettings.DataFolder], config.DataFolders);
    }

    [Fact]
    public void Folder_that_was_mounted_in_place_of_a_missing_file_is_refused()
    {
        disk.CreateDirectory(Mounted);
        Assert.Contains("is a folder", Assert.Throws<StartupError>(() => Of([])).Message, StringComparison.Ordinal);
    }

    private Dictionary<string, string> Of((string Name, string Value)[] environment)
        => ContainerSettings.Properties(
            disk, Mounted, environment.Select(variable => KeyValuePair.Create(variable.Name, variable.Value)));

    private void Write(string text)
    {
        disk.CreateDirectory(Mounted[..Mounted.LastIndexOf('/')]);
        var file = disk.Open(Mounted, DiskOpenMode.CreateNew);
        file.Write(0, Encoding.UTF8.GetBytes(text));
        file.Release();
    }
}
