namespace KafkaCompatBroker.Tests.Unit.Kernel.Model;

public sealed class FileBudgetTest
{
    private int openFiles;

    [Fact]
    public void Logs_may_take_three_quarters_and_connections_what_is_left_but_for_a_few()
    {
        var files = new FileBudget(1024, () => openFiles);
        Assert.Equal((768, 848), (files.LogFilesMax, files.ConnectionsMax));
        Assert.Null(files.Problem(768));
        openFiles = 700;
        Assert.Null(files.Problem(68));
        Assert.Equal(
            "69 more partitions need as many files; the broker has 700 open, and its limit of 1024 file descriptors (nofile) leaves 768 "
            + "for logs.", files.Problem(69));
        Assert.Equal(148, files.ConnectionsMax);
        openFiles = 1000;
        Assert.Equal(0, files.ConnectionsMax);
    }

    [Fact]
    public void Without_a_limit_there_is_room_for_everything()
    {
        var files = new FileBudget(int.MaxValue, () => 1_000_000);
        Assert.Null(files.Problem(100_000_000));
        Assert.True(files.ConnectionsMax > 1_000_000_000);
    }
}
