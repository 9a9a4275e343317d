using KafkaCompatBroker.Os.Process;

namespace KafkaCompatBroker.Tests.Unit.Os.Process;

public sealed class OsRandomTest
{
    private readonly OsRandom random = new();

    [Fact]
    public void Random_ids_of_two_sources_differ()
        => Assert.NotEqual(TopicId.Create(new OsRandom()), TopicId.Create(new OsRandom()));

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1_000_000)]
    public void All_bytes_of_a_buffer_are_drawn(int count)
    {
        var (bytes, others) = (new byte[count], new byte[count]);
        random.NextBytes(bytes);
        random.NextBytes(others);
        // The last of so many bytes would stay zero where a large buffer is filled in part.
        if (count > 1000)
            Assert.True(bytes.AsSpan(count - 16).IndexOfAnyExcept((byte)0) >= 0 && !bytes.AsSpan().SequenceEqual(others));
    }

    [Fact]
    public void Every_number_is_within_its_bounds_and_each_of_few_comes_up()
    {
        var seen = new HashSet<long>();
        for (var draw = 0; draw < 200; draw++)
        {
            seen.Add(random.NextInt64(-1, 3));
            Assert.InRange(random.Next(5, 7), 5, 6);
            Assert.InRange(random.NextDouble(), 0, 1 - double.Epsilon);
        }
        Assert.Equal([-1, 0, 1, 2], seen.Order());
    }

    [Fact]
    public void A_range_of_one_number_gives_it_and_one_upside_down_is_refused()
    {
        Assert.Equal((3, 3L), (random.Next(3, 3), random.NextInt64(3, 3)));
        Assert.Throws<ArgumentOutOfRangeException>(() => random.Next(3, 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => random.NextInt64(3, 2));
    }
}
