using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Protocol.Wire;
using KafkaCompatBroker.Tests.Unit.Protocol.Messages;

namespace KafkaCompatBroker.Tests.Unit.Protocol.Wire;

public sealed class WireReaderTest
{
    /// <summary>A topic and its two partitions are three elements.</summary>
    [Theory]
    [InlineData(3, true)]
    [InlineData(2, false)]
    public void A_frame_holds_no_more_elements_than_the_bound_those_inside_others_counted_too(int maxElements, bool isRead)
    {
        var bytes = MessageCodec.Encode(new FetchRequest { Topics = [new() { Topic = "orders", Partitions = [new(), new()] }] }, 12);
        if (isRead)
            Assert.Equal(2, Decode(bytes, maxElements).Topics[0].Partitions.Count);
        else
            Assert.Throws<TooManyElements>(() => Decode(bytes, maxElements));
    }

    private static FetchRequest Decode(byte[] bytes, int maxElements)
    {
        var reader = new WireReader(bytes, maxElements);
        return FetchRequest.Decode(ref reader, 12);
    }
}
