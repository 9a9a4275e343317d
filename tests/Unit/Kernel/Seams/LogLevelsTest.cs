namespace KafkaCompatBroker.Tests.Unit.Kernel.Seams;

public sealed class LogLevelsTest
{
    [Fact]
    public void A_part_has_its_own_level_or_the_roots()
    {
        var levels = new LogLevels();
        levels.Set("config", LogLevel.Error);
        Assert.Equal((LogLevel.Error, LogLevel.Info, LogLevel.Info), (levels.Of("config"), levels.Of("log"), levels.Lowest));
        levels.Set(LogLevels.Root, LogLevel.Warn);
        Assert.Equal((LogLevel.Error, LogLevel.Warn, LogLevel.Warn), (levels.Of("config"), levels.Of("log"), levels.Lowest));
        levels.Set("log", LogLevel.Debug);
        Assert.Equal((LogLevel.Debug, LogLevel.Debug), (levels.Of("log"), levels.Lowest));
        levels.Clear("log");
        levels.Clear("config");
        Assert.Equal((LogLevel.Warn, LogLevel.Warn), (levels.Of("config"), levels.Of("log")));
    }
}
