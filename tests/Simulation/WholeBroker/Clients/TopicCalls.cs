using System.Globalization;
using KafkaCompatBroker.Protocol.Messages;

namespace KafkaCompatBroker.Tests.Simulation.WholeBroker.Clients;

/// <summary>Makes CreateTopics, DeleteTopics and Metadata requests of one topic.</summary>
internal static class TopicCalls
{
    public const short CreateVersion = 7;
    public const short DeleteVersion = 5;
    public const short MetadataVersion = 12;

    /// <param name="isFlushed">Whether each append is flushed; null leaves that to the brokers' setting.</param>
    public static CreateTopicsRequest Create(string name, int partitionCount, short replicationFactor, bool? isFlushed)
    {
        var request = new CreateTopicsRequest { TimeoutMs = 5000 };
        var topic = new CreateTopicsRequest.CreatableTopic
        {
            Name = name,
            NumPartitions = partitionCount,
            ReplicationFactor = replicationFactor,
        };
        if (isFlushed is { } flushed)
        {
            topic.Configs.Add(new()
            {
                Name = "flush.messages",
                Value = (flushed ? 1 : long.MaxValue).ToString(CultureInfo.InvariantCulture),
            });
        }
        request.Topics.Add(topic);
        return request;
    }

    public static DeleteTopicsRequest Delete(string name) => new() { TopicNames = [name], TimeoutMs = 5000 };

    public static MetadataRequest Metadata(string name) => new() { Topics = [new() { Name = name }], AllowAutoTopicCreation = false };
}
