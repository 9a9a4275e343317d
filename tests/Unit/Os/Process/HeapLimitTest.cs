using KafkaCompatBroker.Os.Process;

namespace KafkaCompatBroker.Tests.Unit.Os.Process;

/// <summary>That a limit is kept is tried where it matters, on the native file.</summary>
public sealed class HeapLimitTest
{
    [Theory]
    [InlineData(null, null)]
    [InlineData("", null)]
    [InlineData("20000000", null)]
    [InlineData("512m", "DOTNET_GCHeapHardLimit=512m is not a number in hexadecimal digits, as 20000000 is for 512 MiB")]
    [InlineData("0x", "DOTNET_GCHeapHardLimit=0x is not a number in hexadecimal digits, as 20000000 is for 512 MiB")]
    [InlineData("-1", "DOTNET_GCHeapHardLimit=-1 is not a number in hexadecimal digits, as 20000000 is for 512 MiB")]
    public void A_limit_that_the_runtime_cannot_read_is_told(string? text, string? problem)
        => Assert.Equal(problem, HeapLimit.Apply(variable => variable == "DOTNET_GCHeapHardLimit" ? text : null));
}
