using KafkaCompatBroker.CompatTests.Java;

namespace KafkaCompatBroker.CompatTests.Native;

/// <summary>
/// What people get: the file that publish.sh writes, published and started here and driven by Kafka's own client. BROKER_UNDER_TEST=native
/// runs every other test of this project against it as well.
/// </summary>
public sealed class NativeFileTest(NativeFileTest.Broker broker) : IClassFixture<NativeFileTest.Broker>
{
    [NeedsTheory(Need.NativeLinker, Need.Java)]
    [InlineData(1)]
    [InlineData(12)]
    public async Task Records_of_every_codec_come_back_after_a_restart(int partitions)
        => await Scenarios.RecordsComeBackAfterRestart(broker, await JavaDriver.Compile("3.9"), "native", partitions);

    [NeedsFact(Need.NativeLinker, Need.Java)]
    public async Task A_group_misses_nothing_when_one_member_leaves_one_is_killed_and_the_broker_is_killed()
        => await Scenarios.GroupMissesNothing(broker, await JavaDriver.Compile("3.9"), "native");

    [NeedsFact(Need.NativeLinker)]
    public async Task The_file_stands_alone_without_symbols_and_needs_no_library_but_the_systems()
    {
        var file = await NativeFile.Path();
        Assert.Equal([file], Directory.GetFiles(Path.GetDirectoryName(file)!));
        var sections = string.Join('\n', await new Tool("objdump", ["--private-headers", "--section-headers", file]).Run());
        Assert.DoesNotContain(".debug_info", sections, StringComparison.Ordinal);
        var needed = sections.Split('\n').Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(words => words is ["NEEDED", _]).Select(words => words[1]).ToArray();
        Assert.NotEmpty(needed);
        Assert.All(needed, library => Assert.Matches("^(libc|libm|ld-linux.*)[.]so", library));
    }

    [NeedsFact(Need.NativeLinker)]
    public async Task A_start_that_fails_is_one_line_and_exit_code_1()
    {
        using var refused = new Tool(await NativeFile.Path(), ["--override", "num.partitions=0"]).Start();
        await refused.WaitForExit();
        Assert.Equal(1, refused.ExitCode);
        Assert.Empty(refused.Lines);
        var line = Assert.Single(refused.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.StartsWith("KafkaCompatBroker cannot start: ", line, StringComparison.Ordinal);
        Assert.Contains("num.partitions", line, StringComparison.Ordinal);
    }

    [NeedsTheory(Need.NativeLinker)]
    [InlineData("20000000")]
    [InlineData("0x20000000")]
    public async Task A_limit_of_the_heap_is_kept_however_its_number_is_written(string limit)
    {
        var limited = new Broker(new() { ["DOTNET_GCHeapHardLimit"] = limit });
        await limited.InitializeAsync();
        try
        {
            Assert.Contains("memory=512 MiB", limited.LogText, StringComparison.Ordinal);
        }
        finally
        {
            await limited.DisposeAsync();
        }
    }

    /// <summary>One that is the native file whatever else is under test.</summary>
    public sealed class Broker : BrokerUnderTest
    {
        public Broker() : this([])
        {
        }

        internal Broker(Dictionary<string, string> environment) : base(kafkaRelease: null, [], environment: environment) => IsNative = true;
    }
}
