namespace KafkaCompatBroker.Tests.Unit.Kernel.Model;

public sealed class TopicIdTest
{
    /// <summary>Text and bytes as Kafka's <c>Uuid</c> prints them.</summary>
    [Theory]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAA", 0, 0)]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAQ", 0, 1)]
    [InlineData("ESIzRFVmd4gRIjNEVWZ3iA", 0x1122334455667788, 0x1122334455667788)]
    public void An_id_is_written_as_Kafka_writes_it_and_read_back(string text, ulong high, ulong low)
    {
        var id = new TopicId(high, low);
        Assert.Equal(text, id.ToString());
        Assert.True(TopicId.TryParse(text, out var parsed));
        Assert.Equal(id, parsed);
        Span<byte> bytes = stackalloc byte[16];
        id.Write(bytes);
        Assert.Equal(id, TopicId.Read(bytes));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("AAAAAAAAAAAAAAAAAAAA+A")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAA=")]
    public void Anything_else_is_no_id(string? text)
    {
        Assert.False(TopicId.TryParse(text, out var id));
        Assert.True(id.IsZero);
    }

    [Fact]
    public void A_fresh_id_is_a_random_uuid_whose_text_tools_do_not_take_for_an_option()
    {
        var random = new Random(1);
        for (var index = 0; index < 1000; index++)
        {
            var id = TopicId.Create(random);
            Assert.NotEqual('-', id.ToString()[0]);
            Assert.Equal(4ul, (id.High >> 12) & 0xf);
            Assert.Equal(2ul, id.Low >> 62);
        }
    }
}
