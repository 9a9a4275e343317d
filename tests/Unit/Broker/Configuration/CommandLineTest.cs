using KafkaCompatBroker.Broker.Configuration;
using KafkaCompatBroker.Tests.Simulation.World;

namespace KafkaCompatBroker.Tests.Unit.Broker.Configuration;

public sealed class CommandLineTest
{
    [Fact]
    public void Overrides_go_before_the_file()
    {
        var disk = new SimWorld(1).Disk;
        disk.CreateDirectory("/etc");
        var file = disk.Open("/etc/server.properties", DiskOpenMode.CreateNew);
        file.Write(0, "num.partitions=3\nbroker.id=4\n"u8);
        file.Release();
        var commandLine = CommandLine.Parse(
            ["/etc/server.properties", "--override", "num.partitions=5", "--override", "log.dirs=/a=b"], out var exitCode);
        var config = commandLine!.LoadConfig(disk, []);
        Assert.Equal((0, 5, 4, "/a=b"), (exitCode, config.NumPartitions, config.Id, config.LogDirs));
    }

    [Theory]
    [InlineData("--import-embedded", true)]
    [InlineData("--override a=b", false)]
    public void An_import_is_asked_for_by_its_option(string arguments, bool isAsked)
        => Assert.Equal(isAsked, CommandLine.Parse(arguments.Split(' '), out _)!.ImportsEmbedded);

    [Theory]
    [InlineData("--settings-from-environment", 7)]
    [InlineData("--override broker.id=7", 7)]
    [InlineData("--settings-from-environment --override broker.id=8", 8)]
    [InlineData("--override a=b", 0)]
    public void The_environment_counts_when_it_is_asked_for_and_overrides_go_before_it(string arguments, int id)
        => Assert.Equal(id, CommandLine.Parse(arguments.Split(' '), out _)!.LoadConfig(
            new SimWorld(1).Disk, [new("KAFKA_BROKER_ID", "7"), new("KAFKA_LISTENERS", "PLAINTEXT://127.0.0.1:9092")]).Id);

    [Fact]
    public void A_file_that_is_not_there_stops_the_start_with_its_name()
    {
        var commandLine = CommandLine.Parse(["missing.properties"], out _)!;
        Assert.StartsWith(
            "missing.properties cannot be read",
            Assert.Throws<StartupError>(() => commandLine.LoadConfig(new SimWorld(1).Disk, [])).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--help", 0)]
    [InlineData("--version", 0)]
    [InlineData("--override novalue", 1)]
    [InlineData("--nonsense", 1)]
    public void Help_version_and_faults_start_nothing(string arguments, int expected)
    {
        Assert.Null(CommandLine.Parse(arguments.Split(' '), out var exitCode));
        Assert.Equal(expected, exitCode);
    }
}
